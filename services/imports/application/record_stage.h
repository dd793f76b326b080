// The records that the tables' rows became, judged against each other: which row makes an id, which
// say the same thing twice, which name one id differently.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_RECORD_STAGE_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_RECORD_STAGE_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "bellwether/imports/v1/mapping.pb.h"
#include "common/spill/sorted_spill.h"
#include "services/imports/application/identity_ledger.h"
#include "services/imports/application/row_accounts.h"

namespace bellwether::imports {

inline constexpr size_t kRecordSpillBytes = 32 << 20;
// Accounts whose names are remembered while an import is planned.
inline constexpr size_t kNamedAccountsMax = 3'000'000;

// One record as it waits.
struct StagedRecord {
  imports::v1::RecordKind kind = imports::v1::RECORD_KIND_UNSPECIFIED;
  bool first_of_id = false;
  bool last_of_id = false;
  std::string id;
  // What the id was made of: of a fact the account it is about.
  std::string name;
  // FACT: the account it is about, and what that id was made of.
  std::string account_id;
  std::string account_name;
  RowPlace place;
  int64_t rows = 1;
  std::string message;  // serialized
};

// Filled, then read once. One thread.
class RecordStage {
 public:
  RecordStage(RowAccounts& accounts, IdentityLedger& ledger)
      : accounts_(accounts), ledger_(ledger), spill_(kRecordSpillBytes) {}

  absl::Status Add(const StagedRecord& record);
  // Accounts first, then opportunities, then facts, each id once. Records that do not hold are
  // accounted for: DUPLICATE_ID, ID_COLLISION, FACT_OF_ANOTHER_ACCOUNT. `merge` joins what a later
  // row of an account says into what the first one said.
  absl::Status ForEach(absl::FunctionRef<void(StagedRecord& kept, const StagedRecord& other)> merge,
                       absl::FunctionRef<absl::Status(const StagedRecord&)> take);

 private:
  absl::Status Finish(StagedRecord record,
                      absl::FunctionRef<absl::Status(const StagedRecord&)> take);
  // False: the record is refused, because its id belongs to something else.
  bool Claims(const StagedRecord& record);
  void Refuse(const StagedRecord& record, const char* reason, std::string message);

  RowAccounts& accounts_;
  IdentityLedger& ledger_;
  spill::SortedSpill spill_;
  int64_t added_ = 0;
  // What the ids of accounts were made of, both as fingerprints.
  absl::flat_hash_map<uint64_t, uint64_t> named_accounts_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_RECORD_STAGE_H_
