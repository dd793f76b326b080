// The CloudEvents attributes of a record (binary mode): written and read in one place.
#ifndef BELLWETHER_COMMON_JOURNAL_ENVELOPE_H_
#define BELLWETHER_COMMON_JOURNAL_ENVELOPE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"

namespace bellwether::journal {

// What travels beside the payload. The views belong to the maker of the envelope: to the writer's
// own strings, or to the record it was read from.
struct Envelope {
  absl::string_view id;  // unique within `source`
  absl::string_view source;
  absl::string_view type;     // bus::kType…, or FactType()
  absl::string_view subject;  // the account id; may be empty
  absl::Time time;            // when it happened
  absl::Time recorded_at;     // when it was accepted
  absl::string_view origin;   // import run or merge; empty for live facts
  absl::string_view traceparent;
  bool backfill = false;  // builds a past: what is decided is stored, never notified
};

// A message of any topic of ours, with a protobuf payload already serialised into `value`.
bus::Message NewMessage(const Envelope& envelope, absl::string_view key, std::string value);

// INVALID_ARGUMENT / HEADER_MISSING or HEADER_MALFORMED with the header as the field: a record
// nobody of us wrote.
absl::StatusOr<Envelope> ParseEnvelope(const bus::Record& record);

// INVALID_ARGUMENT / WRONG_PARTITION when the record lies in another partition than its key's.
// Ticks and model activations belong to a partition: their key names it.
absl::Status CheckPartition(const bus::Record& record, absl::string_view type, int32_t partitions);

// "partition-7": the key of records that belong to a partition and not to an account.
std::string PartitionKey(int32_t partition);

}  // namespace bellwether::journal

#endif  // BELLWETHER_COMMON_JOURNAL_ENVELOPE_H_
