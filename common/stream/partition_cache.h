// The live cache of one partition, kept up beside the fold and never in its way.
#ifndef BELLWETHER_COMMON_STREAM_PARTITION_CACHE_H_
#define BELLWETHER_COMMON_STREAM_PARTITION_CACHE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/cache/cache.h"
#include "common/stream/counters.h"

namespace bellwether::stream {

// Writes of one call to the cache.
inline constexpr size_t kCacheWritesPerCall = 1'000;
// How soon a loss is noticed while nothing is written.
inline constexpr absl::Duration kCacheCheckInterval = absl::Seconds(1);
// Wait after a failure. Doubles with each refill that breaks off, which costs the whole state.
inline constexpr absl::Duration kCacheRetryAfter = absl::Seconds(1);
inline constexpr absl::Duration kCacheRetryMost = absl::Minutes(1);

// Gathers the writes of batches (the latest of a key wins: they hold state, not events) and applies
// them between two, moving the partition's sentinel along: the cache refuses them when the sentinel
// is not where this owner left it, so that whatever made the cache forget (a restart, an older
// copy, a flush) is noticed with the next write, or check. A write that fails does not stop
// anything either: the partition is stale and is refilled from the whole state once the cache is
// back. Watchers are shown every batch all the same. One thread.
class PartitionCache {
 public:
  using Shown = std::function<void(absl::Span<const cache::Write>)>;

  // `cache` may be null: then nothing is cached or shown. `run_id` names the log the state comes
  // from. Until Check or Invalidate nothing is gathered: what is folded is not the present yet.
  PartitionCache(cache::Cache* cache, int32_t partition, std::string run_id, Shown shown,
                 Counters& counters)
      : cache_(cache),
        partition_(partition),
        run_id_(std::move(run_id)),
        shown_(std::move(shown)),
        counters_(&counters) {}

  // Compares the sentinel with the state just loaded, whose newest record had `version`.
  void Check(int64_t version, absl::Time now);
  // What the cache holds is not of this state: a new generation has been folded.
  void Invalidate(absl::Time now);

  // False while writes would be dropped: without a cache, and until Check or Invalidate.
  bool Accepts() const { return phase_ != Phase::kNotKept; }
  void Add(std::vector<cache::Write>& writes);
  // Applies what was gathered since the last flush; the state has come to `version`. Without any,
  // checks now and then that the cache still holds what it held.
  void Flush(int64_t version, absl::Time now);
  // Before a checkpoint up to `version` commits: as Flush, and the sentinel says so in any case. It
  // never falls behind what was committed unless writes were lost, which is how a new owner of the
  // partition notices.
  void Mark(int64_t version, absl::Time now);

  // The cache lost writes and it is time to try to refill it: if BeginRefill says that it can be
  // written, Refill puts the whole state as of `version` in place.
  bool RefillDue(absl::Time now) const { return phase_ == Phase::kStale && now >= retry_at_; }
  bool BeginRefill(absl::Time now);
  void Refill(const std::vector<cache::Write>& everything, int64_t version, absl::Time now);

  bool stale() const { return phase_ == Phase::kStale; }

 private:
  enum class Phase {
    kNotKept,  // nothing is gathered
    kKept,     // the sentinel stands at `held_`
    kStale,    // to be refilled: what is gathered is only shown
  };

  void Advance(int64_t version, absl::Time now);
  void Keep(int64_t version, absl::Time now);
  // Lets go of what was gathered.
  void Show();
  void Fail(const absl::Status& why, absl::Time retry_at);
  absl::Status TryBeginRefill();
  absl::Status TryRefill(const std::vector<cache::Write>& everything, int64_t version);
  // In calls of limited size; the sentinel moves to `to` with the last.
  absl::Status Apply(const std::vector<cache::Write>& writes, std::optional<int64_t> from,
                     std::optional<int64_t> to);

  cache::Cache* const cache_;
  const int32_t partition_;
  const std::string run_id_;
  const Shown shown_;  // may be empty
  Counters* const counters_;
  Phase phase_ = Phase::kNotKept;
  // Gathered since the last flush.
  std::vector<cache::Write> writes_;
  absl::flat_hash_map<std::string, size_t> index_by_key_;  // into writes_
  int64_t held_ = 0;             // where the sentinel is, or was further; while kept
  bool holds_this_run_ = false;  // found by BeginRefill
  absl::Time check_at_ = absl::InfinitePast();
  absl::Time retry_at_ = absl::InfinitePast();
  absl::Duration retry_after_ = kCacheRetryAfter;
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_PARTITION_CACHE_H_
