// The time of one partition: a function of its records alone.
#ifndef BELLWETHER_COMMON_STREAM_STREAM_TIME_H_
#define BELLWETHER_COMMON_STREAM_STREAM_TIME_H_

#include <algorithm>

#include "absl/time/time.h"

namespace bellwether::stream {

// How far a record that is no tick may lead the newest tick; what is beyond is clamped. It bounds
// what one wrong clock can do to the timers of a whole partition.
inline constexpr absl::Duration kTickLeadMax = absl::Seconds(60);

// Invariant: `now` never falls. Both are InfinitePast until a record says otherwise.
struct StreamTime {
  absl::Time now = absl::InfinitePast();
  absl::Time newest_tick = absl::InfinitePast();

  void AdvanceByTick(absl::Time recorded_at) {
    newest_tick = std::max(newest_tick, recorded_at);
    now = std::max(now, recorded_at);
  }

  // Records that build a past come sorted and bring their own ticks, so nothing is clamped there;
  // nor is anything before the first tick, when there is nothing to compare with.
  void AdvanceByRecord(absl::Time recorded_at, bool backfill) {
    if (!backfill && newest_tick != absl::InfinitePast()) {
      recorded_at = std::min(recorded_at, newest_tick + kTickLeadMax);
    }
    now = std::max(now, recorded_at);
  }

  friend bool operator==(const StreamTime&, const StreamTime&) = default;
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_STREAM_TIME_H_
