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
#include "common/cut/cuts.h"
#include "common/store/store.h"
#include "services/accounts/domain/rfm.h"

namespace bellwether::accounts {

// An account's orders in the trailing window as signals carried them; what is not set has no data.
// They hold the day of the last order and not how long ago it was, so that days on which nothing
// happens change nothing.
struct OrderFigures {
  int64_t version = 0;                    // of the signal that carried them
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

  // The next midnight to rank, once every partition has reached it (common/cut); locked until the
  // transaction ends.
  virtual absl::StatusOr<std::optional<cut::Cuts::Due>> NextCut(
      store::Transaction& transaction) = 0;
  virtual absl::Status KeepCut(store::Transaction& transaction, const cut::Cuts::Due& due,
                               const RfmCut& cut) = 0;
  // The first midnight at which figures changed that no cut has seen; before the first cut, at
  // which there were orders. Nothing while there is none.
  virtual absl::StatusOr<std::optional<absl::Time>> NextMove(store::Transaction& transaction) = 0;
  // All midnights before `until`.
  virtual absl::Status PassOverCut(store::Transaction& transaction, const cut::Cuts::Due& due,
                                   absl::Time until) = 0;
  // The midnight of the next cut; nothing before every partition has a tick.
  virtual absl::StatusOr<std::optional<absl::Time>> NextCutTime(
      store::Transaction& transaction) = 0;
  // The cut of the last midnight at or before `as_of`: since nights on which no figure moves are
  // passed over, the latest that was taken, its recencies brought up to that midnight.
  virtual absl::StatusOr<std::optional<RfmCut>> CutAsOf(store::Transaction& transaction,
                                                        absl::Time as_of) = 0;

  // Gives every account the level it has by the cut: those in it, and as maintenance those without
  // a place that had a level before or stand among `accounts` (A3).
  virtual absl::Status Classify(store::Transaction& transaction, const RfmCut& cut,
                                absl::Span<const std::string> accounts) = 0;
  // The level an account that is new has at once, by the last cut: what that says of it, else
  // maintenance, since it has no orders there (A3). Nothing before the first cut.
  virtual absl::StatusOr<std::optional<RfmLevel>> ClassifyNew(store::Transaction& transaction,
                                                              const std::string& account_id) = 0;
  virtual absl::StatusOr<std::optional<RfmLevelSince>> Level(store::Transaction& transaction,
                                                             const std::string& account_id) = 0;
  // Newest first, before `before`.
  virtual absl::StatusOr<std::vector<RfmLevelChange>> History(store::Transaction& transaction,
                                                              const std::string& account_id,
                                                              absl::Time before,
                                                              size_t count_max) = 0;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_RFM_REPOSITORY_H_
