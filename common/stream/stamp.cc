#include "common/stream/stamp.h"

#include <limits>

#include "absl/strings/string_view.h"
#include "common/base/hash.h"
#include "common/bus/topics.h"

namespace bellwether::stream {
namespace {

// Plain decimal digits; absl::SimpleAtoi also takes signs and blanks, which no writer of ours
// makes.
bool ParseMicros(absl::string_view text, int64_t& micros) {
  if (text.empty() || text.size() > std::numeric_limits<int64_t>::digits10) return false;
  int64_t value = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return false;
    value = value * 10 + (digit - '0');
  }
  micros = value;
  return true;
}

}  // namespace

StampFault ReadStamp(const bus::Record& record, int32_t partitions, Stamp& stamp) {
  absl::string_view type;
  absl::string_view recorded_at;
  stamp = Stamp();
  // The first header of a name counts, as everywhere (bus::Record::HeaderOr).
  for (const bus::HeaderView& header : record.headers) {
    if (type.empty() && header.name == bus::kHeaderType) {
      type = header.value;
    } else if (recorded_at.empty() && header.name == bus::kHeaderRecordedAt) {
      recorded_at = header.value;
    } else if (header.name == bus::kHeaderBackfill) {
      stamp.backfill = header.value == "1";
    }
  }
  stamp.tick = type == bus::kTypeTick;
  if (!bus::BelongsToPartition(type)) {
    if (record.key.empty()) return StampFault::kKeyMissing;
    if (PartitionOf(record.key, partitions) != record.partition) {
      return StampFault::kWrongPartition;
    }
  }
  if (recorded_at.empty()) return StampFault::kRecordedAtMissing;
  int64_t micros = 0;
  if (!ParseMicros(recorded_at, micros)) return StampFault::kRecordedAtInvalid;
  stamp.recorded_at = absl::FromUnixMicros(micros);
  return StampFault::kNone;
}

Effects::Rejection RejectionOf(StampFault fault) {
  switch (fault) {
    case StampFault::kNone:
      break;
    case StampFault::kKeyMissing:
      return {"KEY_MISSING", "key", "", "the record has no key"};
    case StampFault::kWrongPartition:
      return {"WRONG_PARTITION", "key", "", "the record's key belongs to another partition"};
    case StampFault::kRecordedAtMissing:
      return {"RECORDED_AT_MISSING", bus::kHeaderRecordedAt, "",
              "the record does not say when it "
              "was accepted"};
    case StampFault::kRecordedAtInvalid:
      return {"RECORDED_AT_INVALID", bus::kHeaderRecordedAt, "",
              "recorded_at is not decimal microseconds since the epoch"};
  }
  return {};
}

}  // namespace bellwether::stream
