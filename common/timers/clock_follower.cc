#include "common/timers/clock_follower.h"

#include <algorithm>

#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/log/log.h"

namespace bellwether::timers {
namespace {

constexpr size_t kRecordsPerReadMax = 1'000;

}  // namespace

absl::Status EnsureClockTopic(bus::Bus& bus) {
  return bus.EnsureTopic({.name = bus::kClockTopic, .partitions = journal::kClockPartitions});
}

absl::Status ClockFollower::Follow(absl::Duration max_wait) {
  absl::Status read = Read(max_wait);
  // Also where the log no longer holds the place, or is another one.
  if (!read.ok()) reader_ = nullptr;
  return read;
}

absl::Status ClockFollower::Read(absl::Duration max_wait) {
  if (reader_ == nullptr) {
    ASSIGN_OR_RETURN(const bus::OffsetRange range, bus_.Offsets(bus::kClockTopic, 0));
    ASSIGN_OR_RETURN(reader_,
                     bus_.NewReader(bus::kClockTopic, 0, std::max(range.first, range.end - 1)));
  }
  ASSIGN_OR_RETURN(const bus::RecordBatch batch, reader_->Read(kRecordsPerReadMax, max_wait));
  for (const bus::Record& record : batch.records) {
    const absl::StatusOr<journal::ClockRound> round = journal::DecodeClockRound(record);
    if (round.ok()) {
      Take(*round);
    } else {
      // The next round comes in a moment and says all that this one could have said.
      LogError("a record of the clock cannot be read",
               {{"offset", record.offset}, {"status", round.status()}});
    }
  }
  return absl::OkStatus();
}

void ClockFollower::Take(const journal::ClockRound& round) {
  if (latest_.has_value() && round.time <= latest_->time) return;
  // The first one read may have been lying there since the clock stopped.
  const bool old = !latest_.has_value() && !round.backfill;
  last_round_at_ = old ? std::min(wall_.Now(), round.time) : wall_.Now();
  latest_ = round;
}

}  // namespace bellwether::timers
