// The options of a processor, and its named limits.
#ifndef BELLWETHER_COMMON_STREAM_OPTIONS_H_
#define BELLWETHER_COMMON_STREAM_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/cache/cache.h"
#include "common/store/store.h"
#include "common/stream/fold.h"

namespace bellwether::stream {

struct ProcessorOptions {
  std::string name;   // in the offsets table and in dead letters: "health"
  std::string topic;  // what is folded
  std::string group;  // of consumers; one per name

  // A checkpoint is taken after this many records or this long, whatever comes first; after this
  // long also where there was nothing to apply.
  int64_t checkpoint_records = 200'000;
  absl::Duration checkpoint_interval = absl::Seconds(30);
  // Records applied beyond the last commit at which a partition waits for the store.
  int64_t uncommitted_records_max = 1'000'000;
  // Effects of a partition the bus has not acknowledged at which the partition waits. A power of 2.
  size_t outstanding_effects_max = 1 << 14;
  size_t poll_records_max = 1'024;
  // What the partitions revoked in one poll, or all on shutdown, may wait for their last commits.
  absl::Duration revoke_timeout = absl::Seconds(10);
  // How long another thread waits for the processor's to look at a fold, or to rebuild it.
  absl::Duration task_wait_max = absl::Seconds(5);
  // How often the end of the log is asked for.
  absl::Duration lag_interval = absl::Seconds(1);
  // Called after every commit, on the committing thread; must not block. May be empty.
  std::function<void()> committed;
  // Called with the cache writes of each batch, the latest of a key, once the cache has taken them
  // or could not; on the processor's thread, must not block. May be empty.
  std::function<void(absl::Span<const cache::Write>)> shown;
  // Names how the fold lays its state out in the cache, changed with it: what an earlier version
  // left there is filled again. Empty means as ever.
  std::string cache_layout;
};

// What a processor stands on. All outlive it; `cache` may be null.
struct Ports {
  bus::Bus* bus = nullptr;
  store::Store* store = nullptr;
  cache::Cache* cache = nullptr;
  const Clock* clock = nullptr;
  FoldFactory* folds = nullptr;
};

// A member further behind than this, over all its partitions, shows their values in the cache this
// often, instead of after every batch: they are old anyway, and most are about to change again.
inline constexpr int64_t kFarBehindRecords = 100'000;
inline constexpr absl::Duration kFarBehindShowInterval = absl::Seconds(1);
// While records wait, the cache is let be for so many times as long as it took to bring it up to
// date: of a slow one, each key is written once for many records.
inline constexpr int kShowPausePerCost = 3;
// Waits between tries to load a partition again.
inline constexpr absl::Duration kReloadDelayMin = absl::Milliseconds(100);
inline constexpr absl::Duration kReloadDelayMax = absl::Seconds(5);
// After another member has taken a partition that is still assigned to us: the group should have
// settled by then. Longer than a session timeout, so that two members do not fence each other off
// in turns.
inline constexpr absl::Duration kFencedDelay = absl::Seconds(60);
// Longest wait of a poll while a commit, an acknowledgement or a retry is under way.
inline constexpr absl::Duration kBusyPollWait = absl::Milliseconds(2);
// Longest wait of a poll of a processor's own thread.
inline constexpr absl::Duration kIdlePollWait = absl::Milliseconds(50);
// Once so many cache entries are refilled in a turn, further partitions wait for the next.
inline constexpr size_t kRefillWritesPerTurn = 10'000;
// A processor's thread without a heartbeat for so long stands still: in a load that does not
// end, or in a fold that does not return. The bus gives its partitions to others only much later
// (max.poll.interval.ms).
inline constexpr absl::Duration kFoldStalled = absl::Seconds(60);
// A checkpoint this much later than its interval is not slow any more: something keeps it from
// being committed.
inline constexpr absl::Duration kCommitOverdue = absl::Seconds(30);
// Wait after a failed poll or a failed start.
inline constexpr absl::Duration kPollErrorDelay = absl::Milliseconds(200);

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_OPTIONS_H_
