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
        accounts_(accounts),
        stage_(stage) {}

  // Puts what the row becomes on the stage: all of it, or nothing and a fault.
  absl::Status Make(const Thing& thing);

 private:
  // A fault, and the column it lies in where one is known.
  struct Fault {
    absl::Status status;
    int column = -1;
  };

  std::optional<Fault> MakeRecord(const CompiledRecord& record, const Thing& thing,
                                  StagedRecord& made) const;
  std::optional<Fault> MakeFact(const CompiledRecord& record, const Thing& thing,
                                StagedRecord& made) const;
  // What the row says of the fact, before scales, rates and times of day: what is compared when it
  // comes again (ADR 0020).
  static std::string Stated(const CompiledRecord& record, const Thing& thing);
  std::optional<Fault> SetAll(const CompiledRecord& record, const Thing& thing,
                              google::protobuf::Message& message) const;
  absl::StatusOr<FieldValue> ValueOf(const CompiledField& field, const Value& value,
                                     absl::Span<const Value> row) const;
  void Refuse(const Thing& thing, const Fault& fault);

  const CompiledMapping& mapping_;
  const CompiledFile& file_;
  const RecordRules& rules_;
  const absl::Time now_;
  RowAccounts& accounts_;
  RecordStage& stage_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_ROW_RECORDS_H_
