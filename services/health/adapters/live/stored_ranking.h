// Rankings while the live cache is away (H9).
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_STORED_RANKING_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_STORED_RANKING_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/cache/cache.h"
#include "services/health/adapters/live/stored_health.h"

namespace bellwether::health {

// More accounts than these are not ranked from the store.
inline constexpr size_t kStoredRankingAccountsMax = 2'000'000;
// An index serves for this long, and for ten times as long as it took to make: reading every state
// is what the cache is there to spare.
inline constexpr absl::Duration kStoredRankingAge = absl::Seconds(5);
inline constexpr int kStoredRankingAgePerCost = 10;

// Reads every account's state into an index of all rankings, makes it anew when it is asked for and
// too old, one caller at a time: the others take the one before for as long again, or wait for the
// new one. That there are too many accounts is remembered for kStoredRankingAge. Thread-safe;
// outlived by what it refers to.
class StoredRanking {
 public:
  StoredRanking(StoredHealth& stored, const Clock& clock,
                size_t accounts_max = kStoredRankingAccountsMax)
      : stored_(stored), clock_(clock), accounts_max_(accounts_max) {}

  // As cache::Cache::Lowest, by the same keys, so that a reader may go on with the pages of either.
  // RESOURCE_EXHAUSTED when there are too many accounts; else the store's failures.
  absl::StatusOr<std::vector<cache::Ranked>> Lowest(const std::string& ranking, size_t limit,
                                                    const std::optional<cache::Ranked>& after);

  // Gives back the memory of an index that serves nobody any more: to be called now and then, since
  // nobody asks for one once the cache is back.
  void DropExpired();
  bool holds_index() const;

 private:
  struct Index {
    std::vector<cache::Ranked> places;                      // of everybody, in order
    std::map<std::string, std::vector<uint32_t>> rankings;  // into `places`, in order
    absl::Time good_until;
    absl::Time kept_until;  // for those who ask while the next one is made
  };

  absl::StatusOr<std::shared_ptr<const Index>> Current();
  // The index held, if its time is not over, else null; the failure that is remembered.
  absl::StatusOr<std::shared_ptr<const Index>> Held(absl::Time Index::*until) const;
  absl::StatusOr<std::shared_ptr<const Index>> Renew() ABSL_EXCLUSIVE_LOCKS_REQUIRED(making_);
  absl::StatusOr<std::shared_ptr<const Index>> Make();
  absl::Status TooMany() const;

  StoredHealth& stored_;
  const Clock& clock_;
  const size_t accounts_max_;
  absl::Mutex making_;
  mutable absl::Mutex mutex_ ABSL_ACQUIRED_AFTER(making_);
  std::shared_ptr<const Index> index_ ABSL_GUARDED_BY(mutex_);  // null until first asked for
  absl::Time too_many_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_STORED_RANKING_H_
