#include "services/gateway/application/cloud_event.h"

#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/journal/timestamps.h"
#include "common/json/json.h"
#include "common/json/message.h"
#include "services/gateway/domain/event_rules.h"
#include "services/gateway/domain/media_type.h"

namespace bellwether::gateway {
namespace {

using events::v1::Fact;
using events::v1::FactEvent;
using Kind = json::Value::Kind;

constexpr char kEventRule[] = "X1";

absl::StatusOr<json::Value> ParseJson(absl::string_view document) {
  return json::Parse(document, {.bytes_max = kEventBytesMax, .rule = kEventRule});
}

// The member of that name; null where it is absent, or null, which means the same.
const json::Value* FindMember(const json::Value& event, absl::string_view name) {
  const json::Value* value = event.Find(name);
  return value == nullptr || value->kind == Kind::kNull ? nullptr : value;
}

// An attribute that is a text; `text` stays empty where it is absent.
absl::Status ReadAttribute(const json::Value& event, absl::string_view name,
                           absl::string_view field, std::string& text) {
  const json::Value* value = FindMember(event, name);
  if (value == nullptr) return absl::OkStatus();
  if (value->kind != Kind::kText) {
    return InvalidArgument("WRONG_TYPE", field, "a text is expected", kEventRule);
  }
  text = value->text;
  return absl::OkStatus();
}

absl::Status UnsupportedContentType(absl::string_view why) {
  return InvalidArgument("UNSUPPORTED_CONTENT_TYPE", "datacontenttype", why, kEventRule);
}

// The event without its fact.
absl::StatusOr<FactEvent> ReadAttributes(CloudEventAttributes attributes) {
  if (attributes.specversion != "1.0") {
    return InvalidArgument("UNSUPPORTED_SPECVERSION", "specversion", "CloudEvents 1.0 is expected",
                           kEventRule);
  }
  FactEvent event;
  if (!attributes.time.empty()) {
    const std::optional<absl::Time> parsed = journal::ParseRfc3339(attributes.time);
    if (!parsed.has_value()) {
      return InvalidArgument("TIME_INVALID", "time", "an RFC 3339 timestamp is expected",
                             kEventRule);
    }
    *event.mutable_time() = journal::ToTimestamp(*parsed);
  }
  if (!journal::FactKindOf(attributes.type).has_value()) {
    return InvalidArgument("UNKNOWN_FACT_KIND", "type", "the type names no kind of fact",
                           kEventRule);
  }
  event.set_id(std::move(attributes.id));
  event.set_source(std::move(attributes.source));
  event.set_account_id(std::move(attributes.subject));
  return event;
}

absl::Status ReadData(const MediaType& media_type, absl::string_view data, Fact& fact) {
  RETURN_IF_ERROR(CheckEventSize(data.size()));
  if (media_type.name == bus::kContentTypeProtobuf) {
    if (fact.ParseFromArray(data.data(), static_cast<int>(data.size()))) return absl::OkStatus();
    return InvalidArgument("MALFORMED_PROTOBUF", "fact", "the data is no events.v1.Fact",
                           kEventRule);
  }
  if (!media_type.is_json() || !media_type.is_utf8()) {
    return UnsupportedContentType("data is application/protobuf or application/json in UTF-8");
  }
  ASSIGN_OR_RETURN(const json::Value document, ParseJson(data));
  return json::ReadMessage(document, "fact", kEventRule, fact);
}

// Data in structured mode: a member of the event, or bytes in another one.
absl::Status ReadMember(const json::Value& event, const MediaType& media_type, Fact& fact) {
  const json::Value* data = FindMember(event, "data");
  const json::Value* encoded = FindMember(event, "data_base64");
  if (data != nullptr && encoded != nullptr) {
    return InvalidArgument("TYPE_MISMATCH", "data_base64", "only one of these can be given",
                           kEventRule);
  }
  if (data != nullptr) {
    if (media_type.is_json()) return json::ReadMessage(*data, "fact", kEventRule, fact);
    return UnsupportedContentType("what is not JSON is given as data_base64");
  }
  if (encoded == nullptr) {
    return InvalidArgument("UNKNOWN_FACT_KIND", "fact", "the event has no data", kEventRule);
  }
  std::string bytes;
  if (encoded->kind != Kind::kText || !absl::Base64Unescape(encoded->text, &bytes)) {
    return InvalidArgument("MALFORMED_BASE64", "data_base64", "base64 is expected", kEventRule);
  }
  return ReadData(media_type, bytes, fact);
}

absl::Status CheckType(absl::string_view type, const Fact& fact) {
  if (journal::FactType(fact.kind_case()) == type) return absl::OkStatus();
  return InvalidArgument("TYPE_MISMATCH", "type", "the data is not of the kind the type names",
                         kEventRule);
}

}  // namespace

absl::StatusOr<FactEvent> ReadCloudEvent(CloudEventAttributes attributes, absl::string_view data) {
  const std::string type = attributes.type;
  const MediaType media_type = ParseMediaType(attributes.datacontenttype);
  ASSIGN_OR_RETURN(FactEvent event, ReadAttributes(std::move(attributes)));
  RETURN_IF_ERROR(ReadData(media_type, data, *event.mutable_fact()));
  RETURN_IF_ERROR(CheckType(type, event.fact()));
  return event;
}

absl::StatusOr<FactEvent> ParseCloudEvent(absl::string_view document) {
  RETURN_IF_ERROR(CheckEventSize(document.size()));
  ASSIGN_OR_RETURN(const json::Value event_json, ParseJson(document));
  if (event_json.kind != Kind::kObject) {
    return InvalidArgument("MALFORMED_JSON", "", "a CloudEvent is a JSON object", kEventRule);
  }
  CloudEventAttributes attributes;
  RETURN_IF_ERROR(ReadAttribute(event_json, "specversion", "specversion", attributes.specversion));
  RETURN_IF_ERROR(ReadAttribute(event_json, "type", "type", attributes.type));
  RETURN_IF_ERROR(ReadAttribute(event_json, "id", "id", attributes.id));
  RETURN_IF_ERROR(ReadAttribute(event_json, "source", "source", attributes.source));
  RETURN_IF_ERROR(ReadAttribute(event_json, "subject", "account_id", attributes.subject));
  RETURN_IF_ERROR(ReadAttribute(event_json, "time", "time", attributes.time));
  // Data that nothing is said about is JSON.
  attributes.datacontenttype = bus::kContentTypeJson;
  RETURN_IF_ERROR(
      ReadAttribute(event_json, "datacontenttype", "datacontenttype", attributes.datacontenttype));
  const std::string type = attributes.type;
  const MediaType media_type = ParseMediaType(attributes.datacontenttype);
  ASSIGN_OR_RETURN(FactEvent event, ReadAttributes(std::move(attributes)));
  RETURN_IF_ERROR(ReadMember(event_json, media_type, *event.mutable_fact()));
  RETURN_IF_ERROR(CheckType(type, event.fact()));
  return event;
}

}  // namespace bellwether::gateway
