// Makes accounts, opportunities and facts of rows.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_ROW_RECORDS_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_ROW_RECORDS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/imports/application/mapping.h"
#include "services/imports/application/record_rules.h"
#include "services/imports/application/record_stage.h"
#include "services/imports/application/row_accounts.h"
#include "services/imports/application/row_facts.h"
#include "services/imports/application/table_rows.h"

namespace bellwether::imports {

// Of one file of a mapping. One thread.
class RowRecords {
 public:
  RowRecords(const CompiledMapping& mapping, const CompiledFile& file, const RecordRules& rules,
             absl::Time now, RowAccounts& accounts, RecordStage& stage)
      : mapping_(mapping),
        file_(file),
        rules_(rules),
        now_(now),
        facts_(mapping, file),
        accounts_(accounts),
        stage_(stage) {}

  // Puts what the row becomes on the stage: all of it, or nothing and a fault.
  absl::Status Make(const Thing& thing);

 private:
  std::optional<RowFault> MakeRecord(const CompiledRecord& record, const Thing& thing,
                                     StagedRecord& made) const;
  std::optional<RowFault> MakeFact(const CompiledRecord& record, const Thing& thing,
                                   StagedRecord& made) const;
  void Refuse(const Thing& thing, const RowFault& fault);

  const CompiledMapping& mapping_;
  const CompiledFile& file_;
  const RecordRules& rules_;
  const absl::Time now_;
  const RowFacts facts_;
  RowAccounts& accounts_;
  RecordStage& stage_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_ROW_RECORDS_H_
