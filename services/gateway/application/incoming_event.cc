#include "services/gateway/application/incoming_event.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/journal/timestamps.h"

namespace bellwether::gateway {
namespace {

using events::v1::FactEvent;
using Form = IncomingEvent::Form;

constexpr char kRefusedBy[] = "gateway";
constexpr char kContentTypeCloudEvent[] = "application/cloudevents+json";
constexpr char kContentTypeUnreadable[] = "application/octet-stream";
// A dead letter whose value is an events.v1.FactEvent, not a journal entry.
constexpr char kTypeFactEvent[] = "bellwether.fact_event.v1";

absl::string_view HeaderOf(const bus::Message& message, absl::string_view name) {
  for (const bus::Header& header : message.headers) {
    if (header.name == name) return header.value;
  }
  return "";
}

// A record of the journal that a fold refused.
absl::StatusOr<FactEvent> FactOfRecord(const bus::Message& message) {
  std::vector<bus::HeaderView> headers;
  for (const bus::Header& header : message.headers) headers.push_back({header.name, header.value});
  bus::Record record;
  record.key = message.key;
  record.value = message.value;
  record.headers = headers;
  journal::Envelope envelope;
  events::v1::JournalEntry entry;
  if (!journal::DecodeEntry(record, envelope, entry).ok() || !entry.has_fact()) {
    return FailedPrecondition("NOT_A_FACT", "name", "the letter does not hold a fact");
  }
  FactEvent event;
  event.set_id(std::string(envelope.id));
  event.set_source(std::string(envelope.source));
  event.set_account_id(message.key);
  *event.mutable_time() = journal::ToTimestamp(envelope.time);
  *event.mutable_fact() = std::move(*entry.mutable_fact());
  return event;
}

}  // namespace

size_t IncomingEvent::size() const {
  switch (form) {
    case Form::kFact:
      return fact.ByteSizeLong();
    case Form::kRecord:
      return bus::SizeOf(record);
    case Form::kCloudEvent:
    case Form::kUnreadable:
      break;
  }
  return bytes.size();
}

bus::Message ToDeadLetter(IncomingEvent event, const absl::Status& why, absl::Time now) {
  bus::Message refused;
  switch (event.form) {
    case Form::kFact:
      refused.key = event.fact.account_id();
      refused.headers = {{bus::kHeaderContentType, bus::kContentTypeProtobuf},
                         {bus::kHeaderType, kTypeFactEvent}};
      refused.value = event.fact.SerializeAsString();
      break;
    case Form::kCloudEvent:
      refused.headers = {{bus::kHeaderContentType, kContentTypeCloudEvent}};
      refused.value = std::move(event.bytes);
      break;
    case Form::kRecord:
      refused = std::move(event.record);
      event.traceparent.clear();  // if there was one, it is among the headers
      break;
    case Form::kUnreadable:
      refused.headers = {{bus::kHeaderContentType, kContentTypeUnreadable}};
      refused.value = std::move(event.bytes);
      break;
  }
  if (IsValidId(event.import_run)) {
    refused.headers.push_back({bus::kHeaderOrigin, std::move(event.import_run)});
  }
  if (!event.traceparent.empty()) {
    refused.headers.push_back({bus::kHeaderTraceParent, std::move(event.traceparent)});
  }
  const ErrorDetail detail = DetailOf(why).value_or(ErrorDetail{});
  bus::Message letter = journal::EncodeDeadLetter(
      std::move(refused),
      {detail.reason, detail.field, detail.rule, std::string(why.message()), kRefusedBy, now});
  if (!event.place.empty()) {
    letter.headers.push_back({journal::kHeaderDeadPlace, std::move(event.place)});
  }
  return letter;
}

absl::StatusOr<IncomingEvent> FromDeadLetter(const journal::DeadLetter& letter) {
  if (letter.cut) {
    return FailedPrecondition("LETTER_CUT", "name", "the event was too large to be kept whole");
  }
  IncomingEvent event;
  if (absl::StartsWith(letter.place, absl::StrCat(bus::kFactsTopic, "/"))) {
    event.form = Form::kRecord;
    event.record = letter.refused;
    event.place = letter.place;
    return event;
  }
  event.import_run = std::string(HeaderOf(letter.refused, bus::kHeaderOrigin));
  const absl::string_view content_type = HeaderOf(letter.refused, bus::kHeaderContentType);
  if (content_type == kContentTypeCloudEvent || content_type == kContentTypeUnreadable) {
    event.form = content_type == kContentTypeCloudEvent ? Form::kCloudEvent : Form::kUnreadable;
    event.bytes = letter.refused.value;
    return event;
  }
  if (HeaderOf(letter.refused, bus::kHeaderType) != kTypeFactEvent) {
    ASSIGN_OR_RETURN(event.fact, FactOfRecord(letter.refused));
  } else if (!event.fact.ParseFromString(letter.refused.value)) {
    return FailedPrecondition("NOT_A_FACT", "name", "the letter does not hold a fact");
  }
  return event;
}

}  // namespace bellwether::gateway
