// Records of the clock topic: events.v1.ClockRound with its envelope.
#ifndef BELLWETHER_COMMON_JOURNAL_CLOCK_ROUND_H_
#define BELLWETHER_COMMON_JOURNAL_CLOCK_ROUND_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"

namespace bellwether::journal {

// The clock topic has one partition, whatever the others have: a round is about all of them.
inline constexpr int32_t kClockPartitions = 1;

struct ClockRound {
  absl::Time time;        // every partition of the journal has its tick of this instant
  bool backfill = false;  // of a past that is being built
  // What is due up to here belongs to a past that was built.
  std::optional<absl::Time> past_until;

  friend bool operator==(const ClockRound&, const ClockRound&) = default;
};

bus::Message EncodeClockRound(const ClockRound& round);
// INVALID_ARGUMENT / HEADER_…, TYPE_MISMATCH, MALFORMED_PAYLOAD.
absl::StatusOr<ClockRound> DecodeClockRound(const bus::Record& record);

}  // namespace bellwether::journal

#endif  // BELLWETHER_COMMON_JOURNAL_CLOCK_ROUND_H_
