// Port: what the RFM ranking (A3) keeps.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_RFM_REPOSITORY_H_
#define BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_RFM_REPOSITORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/store/store.h"
#include "services/accounts/domain/rfm.h"

namespace bellwether::accounts {

// An account's orders in the trailing window as signals told them; what is not set has no data.
// They hold the day of the last order and not how long ago it was, so that days on which nothing
// happens change nothing.
struct OrderFigures {
  int64_t version = 0;                    // of the signal that told them
  std::optional<int64_t> last_order_day;  // local, as Calendar counts days
  std::optional<int64_t> order_count;
  std::optional<int64_t> order_value_minor;

  friend bool operator==(const OrderFigures&, const OrderFigures&) = default;
};

// The figures as they stand at a local midnight.
struct FiguresAt {
  int32_t partition = 0;
  std::string account_id;
  absl::Time midnight;
  OrderFigures figures;

  friend bool operator==(const FiguresAt&, const FiguresAt&) = default;
};

struct RfmCut {
  absl::Time time;
  std::vector<RfmPlace> places;  // best first
};

struct RfmLevelSince {
  std::string account_id;
  RfmLevel level = RfmLevel::kMaintenance;
  absl::Time since;
};

struct RfmLevelChange {
  std::string account_id;
  absl::Time cut;
  std::optional<RfmLevel> previous;  // none: the account's first level
  RfmLevel level = RfmLevel::kMaintenance;
};

struct RfmSchedule {
  std::optional<absl::Time> next_cut;
  // A cut with accounts to rank has been taken: from then on every midnight has its cut.
  bool begun = false;

  friend bool operator==(const RfmSchedule&, const RfmSchedule&) = default;
};

// Thread-safe; every call works in the transaction it is given.
class RfmRepository {
 public:
  virtual ~RfmRepository() = default;

  // The latest figures of each account of the partition.
  virtual absl::StatusOr<std::vector<FiguresAt>> LatestFigures(store::Transaction& transaction,
                                                               int32_t partition) = 0;
  // The latest figures of each account at or before `cut`.
  virtual absl::StatusOr<std::vector<FiguresAt>> FiguresAsOf(store::Transaction& transaction,
                                                             absl::Time cut) = 0;
  virtual absl::Status SaveFigures(store::Transaction& transaction,
                                   absl::Span<const FiguresAt> figures) = 0;
  // Forgets figures that no cut after `cut` can read.
  virtual absl::Status PruneFigures(store::Transaction& transaction, absl::Time cut) = 0;

  // Locked until the transaction ends.
  virtual absl::StatusOr<RfmSchedule> Schedule(store::Transaction& transaction) = 0;
  virtual absl::Status SaveSchedule(store::Transaction& transaction,
                                    const RfmSchedule& schedule) = 0;

  virtual absl::Status SaveCut(store::Transaction& transaction, const RfmCut& cut) = 0;
  // The latest cut at or before `as_of`.
  virtual absl::StatusOr<std::optional<RfmCut>> CutAsOf(store::Transaction& transaction,
                                                        absl::Time as_of) = 0;

  virtual absl::StatusOr<std::vector<RfmLevelSince>> Levels(store::Transaction& transaction) = 0;
  virtual absl::StatusOr<std::optional<RfmLevelSince>> Level(store::Transaction& transaction,
                                                             const std::string& account_id) = 0;
  // Sets the levels and keeps the changes.
  virtual absl::Status SaveChanges(store::Transaction& transaction,
                                   absl::Span<const RfmLevelChange> changes) = 0;
  // Newest first, before `before`.
  virtual absl::StatusOr<std::vector<RfmLevelChange>> History(store::Transaction& transaction,
                                                              const std::string& account_id,
                                                              absl::Time before,
                                                              size_t count_max) = 0;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_RFM_REPOSITORY_H_
