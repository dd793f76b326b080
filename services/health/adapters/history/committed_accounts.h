// The accounts of a partition as of its last commit, whichever process folds it.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_COMMITTED_ACCOUNTS_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_COMMITTED_ACCOUNTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/calendar/calendar.h"
#include "common/store/store.h"
#include "common/stream/committed_partitions.h"
#include "services/health/adapters/history/sql_state.h"
#include "services/health/domain/account.h"

namespace bellwether::health {

// Reads states just as the fold loads them, all from one snapshot of the store. One thread;
// short-lived. Failures are the store's, DATA_LOSS, or UNAVAILABLE with reason FOLDING_BACK while
// the partition's states are of the past or of another generation than asked for.
class CommittedAccounts {
 public:
  using Accounts = std::vector<std::pair<std::string, Account>>;

  // Of any generation unless one is given: what is read in several snapshots is of one.
  static absl::StatusOr<CommittedAccounts> Open(store::Store& store,
                                                const stream::CommittedPartitions& partitions,
                                                const Calendar& calendar, int32_t partition,
                                                std::optional<int64_t> generation);

  // Every record before is in the states, and no other.
  int64_t next_offset() const { return next_offset_; }
  // Of the fold that committed them; 0 where nothing was ever committed.
  int64_t generation() const { return generation_; }

  // Those of `ids` that are known.
  absl::StatusOr<Accounts> Read(const std::vector<std::string>& ids) const;
  // At most `accounts_max` after `after`, by id.
  absl::StatusOr<Accounts> ReadAfter(const std::string& after, size_t accounts_max) const;

 private:
  CommittedAccounts(int32_t partition, std::unique_ptr<store::Transaction> snapshot)
      : partition_(partition), snapshot_(std::move(snapshot)) {}
  absl::Status ReadPartitionRows(const stream::CommittedPartitions& partitions,
                                 const Calendar& calendar);
  absl::StatusOr<Account> Decode(const std::string& state) const;

  int32_t partition_;
  std::unique_ptr<store::Transaction> snapshot_;
  int64_t next_offset_ = 0;
  int64_t generation_ = 0;
  int64_t activation_offset_ = -1;
  std::shared_ptr<const ActiveModel> model_;  // null before the first activation
  FoldDay today_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_COMMITTED_ACCOUNTS_H_
