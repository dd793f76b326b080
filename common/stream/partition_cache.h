// The live cache of one partition, kept up beside the fold and never in its way.
#ifndef BELLWETHER_COMMON_STREAM_PARTITION_CACHE_H_
#define BELLWETHER_COMMON_STREAM_PARTITION_CACHE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/cache/cache.h"
#include "common/stream/counters.h"

namespace bellwether::stream {

// Writes of one call to the cache.
inline constexpr size_t kCacheWritesPerCall = 1'000;
inline constexpr absl::Duration kCacheRetryAfter = absl::Seconds(1);

// Gathers the writes of a batch (the latest of a key wins: they hold state, not events) and applies
// them after it. A write that fails does not stop anything: the partition is marked stale and is
// refilled from the whole state once the cache is back. The sentinel in the cache says up to which
// version it was filled; it never falls behind what was committed unless writes were lost, which is
// how a new owner of the partition notices. One thread.
class PartitionCache {
 public:
  // `cache` may be null: then nothing is cached. `run_id` names the log the state comes from.
  PartitionCache(cache::Cache* cache, int32_t partition, std::string run_id, Counters& counters)
      : cache_(cache), partition_(partition), run_id_(std::move(run_id)), counters_(&counters) {}

  // Compares the sentinel with the state just loaded, whose newest record had `version`.
  void Check(int64_t version, absl::Time now);

  // False while writes would be dropped: without a cache, or until a refill that covers them.
  bool Accepts() const { return cache_ != nullptr && !stale_; }
  void Add(std::vector<cache::Write>& writes);
  // Applies what was gathered since the last flush.
  void Flush(absl::Time now);

  // The cache lost writes and it is time to try to refill it.
  bool RefillDue(absl::Time now) const { return stale_ && now >= retry_at_; }
  // Puts the whole state as of `version` in place.
  void Refill(std::vector<cache::Write> everything, int64_t version, absl::Time now);

  // Before a checkpoint up to `version` commits: states in the cache that it holds everything up to
  // there, or notices that the cache lost what it held.
  void Mark(int64_t version, absl::Time now);

  bool stale() const { return stale_; }

 private:
  void Fail(absl::Time now);
  absl::Status ApplyInChunks(const std::vector<cache::Write>& writes);

  cache::Cache* const cache_;
  const int32_t partition_;
  const std::string run_id_;
  Counters* const counters_;
  // Gathered since the last flush; empty while stale, since a refill covers them.
  std::vector<cache::Write> writes_;
  absl::flat_hash_map<std::string, size_t> index_by_key_;  // into writes_
  int64_t marked_version_ = -1;  // what this owner last wrote to the sentinel, or found there
  bool stale_ = false;
  absl::Time retry_at_ = absl::InfinitePast();
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_PARTITION_CACHE_H_
