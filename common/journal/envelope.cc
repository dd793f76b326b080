#include "common/journal/envelope.h"

#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/timestamps.h"

namespace bellwether::journal {
namespace {

constexpr char kSpecVersion[] = "1.0";

absl::Status Missing(absl::string_view header) {
  return InvalidArgument("HEADER_MISSING", header, absl::StrCat("header ", header, " is missing"));
}

absl::Status Malformed(absl::string_view header) {
  return InvalidArgument("HEADER_MALFORMED", header,
                         absl::StrCat("header ", header, " cannot be read"));
}

// Every instant a header may carry is within protobuf's range, so that it can be shown.
std::optional<absl::Time> ParseMicros(absl::string_view text) {
  int64_t micros = 0;
  if (!absl::SimpleAtoi(text, &micros)) return std::nullopt;
  const absl::Time time = absl::FromUnixMicros(micros);
  return FromTimestamp(ToTimestamp(time));
}

}  // namespace

bus::Message NewMessage(const Envelope& envelope, absl::string_view key, std::string value) {
  bus::Message message;
  message.key = std::string(key);
  message.value = std::move(value);
  constexpr size_t kHeaderCountMax = 11;
  message.headers.reserve(kHeaderCountMax);
  const auto add = [&](const char* name, std::string text) {
    message.headers.push_back({name, std::move(text)});
  };
  add(bus::kHeaderSpecVersion, kSpecVersion);
  add(bus::kHeaderId, std::string(envelope.id));
  add(bus::kHeaderSource, std::string(envelope.source));
  add(bus::kHeaderType, std::string(envelope.type));
  add(bus::kHeaderTime, FormatRfc3339(envelope.time));
  if (!envelope.subject.empty()) add(bus::kHeaderSubject, std::string(envelope.subject));
  add(bus::kHeaderContentType, bus::kContentTypeProtobuf);
  add(bus::kHeaderRecordedAt, absl::StrCat(absl::ToUnixMicros(envelope.recorded_at)));
  if (!envelope.origin.empty()) add(bus::kHeaderOrigin, std::string(envelope.origin));
  if (!envelope.traceparent.empty()) {
    add(bus::kHeaderTraceParent, std::string(envelope.traceparent));
  }
  if (envelope.backfill) add(bus::kHeaderBackfill, "1");
  return message;
}

absl::StatusOr<Envelope> ParseEnvelope(const bus::Record& record) {
  Envelope envelope;
  absl::string_view spec_version, content_type, time, recorded_at, backfill;
  const std::pair<absl::string_view, absl::string_view*> known[] = {
      {bus::kHeaderSpecVersion, &spec_version},
      {bus::kHeaderId, &envelope.id},
      {bus::kHeaderSource, &envelope.source},
      {bus::kHeaderType, &envelope.type},
      {bus::kHeaderTime, &time},
      {bus::kHeaderSubject, &envelope.subject},
      {bus::kHeaderContentType, &content_type},
      {bus::kHeaderRecordedAt, &recorded_at},
      {bus::kHeaderOrigin, &envelope.origin},
      {bus::kHeaderTraceParent, &envelope.traceparent},
      {bus::kHeaderBackfill, &backfill},
  };
  for (const bus::HeaderView& header : record.headers) {
    for (const auto& [name, value] : known) {
      if (header.name != name) continue;
      if (value->empty()) *value = header.value;  // the first of a name counts
      break;
    }
  }
  for (const char* name : {bus::kHeaderSpecVersion, bus::kHeaderId, bus::kHeaderSource,
                           bus::kHeaderType, bus::kHeaderTime, bus::kHeaderRecordedAt}) {
    for (const auto& [known_name, value] : known) {
      if (known_name == name && value->empty()) return Missing(name);
    }
  }
  if (spec_version != kSpecVersion) return Malformed(bus::kHeaderSpecVersion);
  if (!content_type.empty() && content_type != bus::kContentTypeProtobuf) {
    return Malformed(bus::kHeaderContentType);
  }
  const std::optional<absl::Time> happened = ParseRfc3339(time);
  if (!happened.has_value()) return Malformed(bus::kHeaderTime);
  const std::optional<absl::Time> accepted = ParseMicros(recorded_at);
  if (!accepted.has_value()) return Malformed(bus::kHeaderRecordedAt);
  if (!backfill.empty() && backfill != "1") return Malformed(bus::kHeaderBackfill);
  envelope.time = *happened;
  envelope.recorded_at = *accepted;
  envelope.backfill = !backfill.empty();
  return envelope;
}

absl::Status CheckPartition(const bus::Record& record, absl::string_view type, int32_t partitions) {
  const bool right = bus::BelongsToPartition(type)
                         ? record.key == PartitionKey(record.partition)
                         : record.partition == PartitionOf(record.key, partitions);
  if (right) return absl::OkStatus();
  return InvalidArgument(
      "WRONG_PARTITION", "",
      absl::StrCat("the record's key does not belong to partition ", record.partition));
}

std::string PartitionKey(int32_t partition) { return absl::StrCat("partition-", partition); }

}  // namespace bellwether::journal
