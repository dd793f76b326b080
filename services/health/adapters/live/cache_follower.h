// Follows in the shared cache what other replicas fold, for those who watch here (H9).
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_CACHE_FOLLOWER_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_CACHE_FOLLOWER_H_

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/cache/cache.h"
#include "common/runtime/background_loop.h"
#include "common/stream/status.h"

namespace bellwether::health {

// How late a watcher learns of a change that another replica made.
inline constexpr absl::Duration kFollowInterval = absl::Milliseconds(100);
// How often the place is kept while nobody watches.
inline constexpr absl::Duration kIdleFollowInterval = absl::Seconds(1);
inline constexpr size_t kFollowedAtOnce = 500;

// Whether a partition's changes are published by its fold here: one that is only assigned changes
// elsewhere.
bool IsFoldedHere(stream::PartitionState state);

// What this replica folds is published by its folds (ProcessorOptions::shown); of every other
// partition the sentinel says whether something has changed, and the cache what. While nobody
// watches, only the place is kept. With the cache away, watchers are sent other replicas'
// partitions once it is back and filled. Outlived by what it refers to; one thread.
class CacheFollower {
 public:
  struct Ports {
    cache::Cache& cache;
    // The partitions folded here (IsFoldedHere).
    std::function<std::set<int32_t>()> own;
    std::function<bool()> watched;
    // Offers changes to the watchers; must not block.
    std::function<void(absl::Span<const cache::Write>)> publish;
  };

  CacheFollower(Ports ports, int32_t partitions);

  void Start() { loop_.Start(); }
  void Stop() { loop_.Stop(); }

  // Looks once at every partition; how long to wait then, or the first failure. What the thread
  // runs; for tests also without it.
  absl::StatusOr<absl::Duration> Follow();

 private:
  struct Place {
    std::string run_id;  // empty until it has been seen
    int64_t seen = 0;    // the sentinel's version then
    cache::Position after;
    // Another had it since changes were published last, or nobody. Its owner before may have
    // changed it after the last look, so it is followed once more when it has come here.
    bool foreign = false;
  };

  absl::Status FollowPartition(int32_t partition, bool watched, bool own);
  // Publishes what comes after the place, at least up to the version `until`.
  absl::Status PublishChanges(int32_t partition, cache::Position after, int64_t until);

  const Ports ports_;
  std::vector<Place> places_;  // by partition
  runtime::BackgroundLoop loop_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_CACHE_FOLLOWER_H_
