// Dead letters: what could not be accepted or applied, whole, with the reason.
//
// A dead letter is the refused message with its key, headers and value as they came, and headers
// that say who refused it, when and why. One format for every service that refuses.
#ifndef BELLWETHER_COMMON_JOURNAL_DEAD_LETTER_H_
#define BELLWETHER_COMMON_JOURNAL_DEAD_LETTER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"

namespace bellwether::journal {

inline constexpr char kHeaderDeadReason[] = "dead_reason";
inline constexpr char kHeaderDeadField[] = "dead_field";
inline constexpr char kHeaderDeadRule[] = "dead_rule";
inline constexpr char kHeaderDeadMessage[] = "dead_message";
inline constexpr char kHeaderDeadRefusedBy[] = "dead_refused_by";
inline constexpr char kHeaderDeadTime[] = "dead_time";  // decimal microseconds since the epoch
// Where the record lay: "<topic>/<partition>/<offset>"; absent when it never was in a log.
inline constexpr char kHeaderDeadPlace[] = "dead_place";
// Size of the value as it came, on letters of which something had to be cut.
inline constexpr char kHeaderDeadCutFrom[] = "dead_cut_from";

struct Refusal {
  std::string reason;      // UPPER_SNAKE_CASE, bounded set
  std::string field;       // path of the field at fault, or empty
  std::string rule;        // rule id, or empty
  std::string message;     // a sentence for people
  std::string refused_by;  // "gateway", "health", "alerts"
  absl::Time time;
};

// The letter for a message that was refused. What exceeds the bus's limits is cut, with
// `dead_cut_from`: the value and the key at their ends, headers beyond the count that leaves room
// for ours.
bus::Message EncodeDeadLetter(bus::Message refused, const Refusal& refusal);
// The same for a record of a log, remembering where it lay.
bus::Message EncodeDeadLetter(absl::string_view topic, const bus::Record& record,
                              const Refusal& refusal);

struct DeadLetter {
  bus::Message refused;  // as it came (less than that if `cut`)
  Refusal refusal;
  std::string place;
  bool cut = false;
};

// INVALID_ARGUMENT / HEADER_MISSING when the record is no dead letter.
absl::StatusOr<DeadLetter> DecodeDeadLetter(const bus::Record& record);

}  // namespace bellwether::journal

#endif  // BELLWETHER_COMMON_JOURNAL_DEAD_LETTER_H_
