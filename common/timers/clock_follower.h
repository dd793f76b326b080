// The clock of command services: the rounds of ticks that the gateway announces.
#ifndef BELLWETHER_COMMON_TIMERS_CLOCK_FOLLOWER_H_
#define BELLWETHER_COMMON_TIMERS_CLOCK_FOLLOWER_H_

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/journal/clock_round.h"

namespace bellwether::timers {

// Makes the clock topic if it is not there; writer and readers each call it.
absl::Status EnsureClockTopic(bus::Bus& bus);

// Follows bellwether.clock.v1 from its newest record on, by itself: only the newest round matters,
// so there is no group and no position to keep. Time never falls back. One thread; outlived by bus
// and clock.
class ClockFollower {
 public:
  ClockFollower(bus::Bus& bus, const Clock& wall)
      : bus_(bus), wall_(wall), last_round_at_(wall.Now()) {}

  // Reads on, waiting at most `max_wait` where nothing has come. A failure leaves what is known as
  // it is; the next call begins at the newest record again.
  absl::Status Follow(absl::Duration max_wait);

  // The latest round; nothing before the first.
  const std::optional<journal::ClockRound>& latest() const { return latest_; }
  // For how long no round has come, by the wall clock; before the first one, since the beginning.
  absl::Duration silence() const { return wall_.Now() - last_round_at_; }

 private:
  absl::Status Read(absl::Duration max_wait);
  void Take(const journal::ClockRound& round);

  bus::Bus& bus_;
  const Clock& wall_;
  std::unique_ptr<bus::Reader> reader_;  // null until the first look and after a failed one
  std::optional<journal::ClockRound> latest_;
  absl::Time last_round_at_;
};

}  // namespace bellwether::timers

#endif  // BELLWETHER_COMMON_TIMERS_CLOCK_FOLLOWER_H_
