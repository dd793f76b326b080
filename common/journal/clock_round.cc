#include "common/journal/clock_round.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/clock.pb.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/envelope.h"

namespace bellwether::journal {
namespace {

constexpr char kSource[] = "bellwether/ticker";

}  // namespace

bus::Message EncodeClockRound(const ClockRound& round) {
  events::v1::ClockRound message;
  message.set_time_micros(absl::ToUnixMicros(round.time));
  if (round.past_until.has_value()) {
    message.set_past_until_micros(absl::ToUnixMicros(*round.past_until));
  }
  const std::string id = absl::StrCat(message.time_micros());
  return NewMessage({.id = id,
                     .source = kSource,
                     .type = bus::kTypeClockRound,
                     .time = round.time,
                     .recorded_at = round.time,
                     .backfill = round.backfill},
                    PartitionKey(0), message.SerializeAsString());
}

absl::StatusOr<ClockRound> DecodeClockRound(const bus::Record& record) {
  ASSIGN_OR_RETURN(const Envelope envelope, ParseEnvelope(record));
  if (envelope.type != bus::kTypeClockRound) {
    return InvalidArgument("TYPE_MISMATCH", bus::kHeaderType, "the record is no round of ticks");
  }
  events::v1::ClockRound message;
  if (!message.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
    return InvalidArgument("MALFORMED_PAYLOAD", "", "the value is not a ClockRound");
  }
  ClockRound round{.time = absl::FromUnixMicros(message.time_micros()),
                   .backfill = envelope.backfill};
  if (message.has_past_until_micros()) {
    round.past_until = absl::FromUnixMicros(message.past_until_micros());
  }
  return round;
}

}  // namespace bellwether::journal
