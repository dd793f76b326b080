// What the library itself needs to know of a record: read from its headers once.
#ifndef BELLWETHER_COMMON_STREAM_STAMP_H_
#define BELLWETHER_COMMON_STREAM_STAMP_H_

#include <cstdint>

#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "common/stream/fold.h"

namespace bellwether::stream {

struct Stamp {
  absl::Time recorded_at;
  bool tick = false;
  bool backfill = false;
};

// Why a record cannot enter the fold.
enum class StampFault {
  kNone,
  kKeyMissing,         // a record that belongs to no account
  kWrongPartition,     // not the partition its key belongs to: its account's order is broken
  kRecordedAtMissing,  // it has no place in stream time
  kRecordedAtInvalid,
};

// Reads `record`, which came from a topic of `partitions` partitions. What belongs to a partition
// and not to a key (bus::BelongsToPartition) is exempt from the key rule.
StampFault ReadStamp(const bus::Record& record, int32_t partitions, Stamp& stamp);

// What the dead letter says of a fault other than kNone.
Effects::Rejection RejectionOf(StampFault fault);

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_STAMP_H_
