// Instants as text and as protobuf timestamps, to the microsecond.
#ifndef BELLWETHER_COMMON_JOURNAL_TIMESTAMPS_H_
#define BELLWETHER_COMMON_JOURNAL_TIMESTAMPS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace bellwether::journal {

// "2026-11-21T20:00:00.123456Z". Instants outside the years 1–9999 are clamped to them; what is
// finer than a microsecond is cut off.
std::string FormatRfc3339(absl::Time time);

// Any RFC 3339 timestamp of the years 1–9999, with offset and fraction; what is finer than a
// microsecond is cut off. Leap seconds are refused: no source of ours can mean one.
std::optional<absl::Time> ParseRfc3339(absl::string_view text);

// Cut off to the microsecond; nothing for a timestamp outside protobuf's range (years 1–9999,
// nanos 0–999 999 999).
std::optional<absl::Time> FromTimestamp(const google::protobuf::Timestamp& timestamp);

google::protobuf::Timestamp ToTimestamp(absl::Time time);

}  // namespace bellwether::journal

#endif  // BELLWETHER_COMMON_JOURNAL_TIMESTAMPS_H_
