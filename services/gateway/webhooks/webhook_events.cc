#include "services/gateway/webhooks/webhook_events.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/json/writer.h"
#include "services/gateway/domain/media_type.h"
#include "services/gateway/webhooks/webhook_authentication.h"
#include "services/gateway/webhooks/xml_document.h"

namespace bellwether::gateway {
namespace {

using Kind = json::Value::Kind;

constexpr char kRule[] = "X1";
constexpr char kOrganization[] = "OrganizationId";

absl::Status WrongType(absl::string_view field, absl::string_view message) {
  return InvalidArgument("WRONG_TYPE", field, message, kRule);
}

absl::Status CheckMediaType(const WebhookSource& source, const http::ServerRequest& request) {
  const MediaType type = ParseMediaType(request.Header("content-type").value_or(""));
  const bool xml = source.spec.format() == webhooks::v1::WEBHOOK_FORMAT_SALESFORCE_OUTBOUND_MESSAGE;
  const bool right = xml ? type.name == "text/xml" || type.name == "application/xml" ||
                               type.name == "application/soap+xml"
                         : type.is_json();
  if (!right || !type.is_utf8()) {
    return InvalidArgument(
        "UNSUPPORTED_CONTENT_TYPE", "content-type",
        xml ? "messages come as text/xml in UTF-8" : "events come as application/json in UTF-8",
        kRule);
  }
  if (request.Header("content-encoding").value_or("identity") != "identity") {
    return InvalidArgument("UNSUPPORTED_CONTENT_TYPE", "content-encoding",
                           "bodies are not compressed", kRule);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<json::Value>> ListOf(json::Value document, absl::string_view field) {
  if (document.kind == Kind::kObject) {
    std::vector<json::Value> one;
    one.push_back(std::move(document));
    return one;
  }
  if (document.kind != Kind::kList) return WrongType(field, "is neither an event nor a list");
  for (size_t i = 0; i < document.items.size(); ++i) {
    if (document.items[i].kind == Kind::kObject) continue;
    return WrongType(absl::StrCat(field, "[", i, "]"), "is no event");
  }
  return std::move(document.items);
}

json::Value* FindMember(json::Value* object, absl::string_view name) {
  if (object == nullptr) return nullptr;
  for (json::Member& member : object->members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

// One event for each record that changed alike, without the list of the others. `bytes`: what all
// of them come to.
absl::Status AddChanges(json::Value change, size_t index, size_t& bytes,
                        std::vector<json::Value>& events) {
  json::Value* header = FindMember(FindMember(&change, "payload"), "ChangeEventHeader");
  json::Value* found = FindMember(header, "recordIds");
  const std::string field = absl::StrCat("[", index, "].payload.ChangeEventHeader.recordIds");
  if (found == nullptr || found->kind != Kind::kList || found->items.empty()) {
    return InvalidArgument("MISSING_VALUE", field, "a change event names the records that changed",
                           kRule);
  }
  const std::vector<json::Value> records = std::exchange(found->items, {});
  std::erase_if(header->members,
                [](const json::Member& member) { return member.name == "recordIds"; });
  std::erase_if(change.members, [](const json::Member& member) {
    return member.name == "recordId" || member.name == "schema";
  });
  if (events.size() + records.size() > kWebhookEventsMax) {
    return InvalidArgument("TOO_MANY_EVENTS", "",
                           absl::StrCat("a delivery holds at most ", kWebhookEventsMax, " events"),
                           kRule);
  }
  bytes += records.size() * TextOf(change).size();
  if (bytes > kWebhookRecordBytesMax) {
    return InvalidArgument(
        "TOO_MANY_EVENTS", field,
        absl::StrCat("the events of a delivery, one for each record, hold at most ",
                     kWebhookRecordBytesMax, " bytes"),
        kRule);
  }
  for (const json::Value& record : records) {
    events.push_back(change);
    events.back().members.push_back({"recordId", record});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<json::Value>> NotificationsOf(const WebhookSource& source,
                                                         absl::string_view body) {
  ASSIGN_OR_RETURN(const json::Value envelope, ParseXml(body));
  const json::Value* soap_body = envelope.Find("Body");
  const json::Value* message = soap_body == nullptr ? nullptr : soap_body->Find("notifications");
  const json::Value* organization = message == nullptr ? nullptr : message->Find(kOrganization);
  if (organization == nullptr) {
    return InvalidArgument("MISSING_VALUE", "Envelope.Body.notifications.OrganizationId",
                           "an outbound message names its organization", kRule);
  }
  RETURN_IF_ERROR(CheckOrganization(source, organization->text));
  const json::Value* notifications = message->Find("Notification");
  if (notifications == nullptr) {
    return InvalidArgument("MISSING_VALUE", "Envelope.Body.notifications.Notification",
                           "an outbound message holds notifications", kRule);
  }
  ASSIGN_OR_RETURN(std::vector<json::Value> events,
                   ListOf(*notifications, "Envelope.Body.notifications.Notification"));
  for (json::Value& event : events) {
    // Not its SessionId, with which one could call the sender.
    for (const char* name : {kOrganization, "ActionId"}) {
      const json::Value* value = message->Find(name);
      if (value != nullptr && event.Find(name) == nullptr) event.members.push_back({name, *value});
    }
  }
  return events;
}

void Write(const json::Value& value, json::Writer& json) {
  switch (value.kind) {
    case Kind::kNull:
      json.Null();
      break;
    case Kind::kFalse:
    case Kind::kTrue:
      json.Bool(value.kind == Kind::kTrue);
      break;
    case Kind::kNumber:
      json.Raw(value.text);
      break;
    case Kind::kText:
      json.Text(value.text);
      break;
    case Kind::kList:
      json.BeginList();
      for (const json::Value& item : value.items) Write(item, json);
      json.EndList();
      break;
    case Kind::kObject:
      json.BeginObject();
      for (const json::Member& member : value.members) Write(member.value, json.Name(member.name));
      json.EndObject();
      break;
  }
}

}  // namespace

absl::StatusOr<std::vector<json::Value>> WebhookEventsOf(const WebhookSource& source,
                                                         const http::ServerRequest& request) {
  RETURN_IF_ERROR(CheckMediaType(source, request));
  const webhooks::v1::WebhookFormat format = source.spec.format();
  std::vector<json::Value> events;
  if (format == webhooks::v1::WEBHOOK_FORMAT_SALESFORCE_OUTBOUND_MESSAGE) {
    ASSIGN_OR_RETURN(events, NotificationsOf(source, request.body));
  } else {
    ASSIGN_OR_RETURN(json::Value document, json::Parse(request.body, {.bytes_max = kWebhookBytesMax,
                                                                      .depth_max = kWebhookDepthMax,
                                                                      .rule = kRule}));
    const json::Value* found = source.events.Find(document);
    if (found == nullptr) {
      return InvalidArgument("MISSING_VALUE", source.spec.events(), "no events are there", kRule);
    }
    ASSIGN_OR_RETURN(events, ListOf(*found, source.spec.events()));
  }
  if (format == webhooks::v1::WEBHOOK_FORMAT_SALESFORCE_CHANGE_EVENT) {
    std::vector<json::Value> changes;
    size_t bytes = 0;
    for (size_t i = 0; i < events.size(); ++i) {
      RETURN_IF_ERROR(AddChanges(std::move(events[i]), i, bytes, changes));
    }
    events = std::move(changes);
  }
  if (events.size() > kWebhookEventsMax) {
    return InvalidArgument("TOO_MANY_EVENTS", source.spec.events(),
                           absl::StrCat("a delivery holds at most ", kWebhookEventsMax, " events"),
                           kRule);
  }
  return events;
}

std::string TextOf(const json::Value& event) {
  json::Writer json;
  Write(event, json);
  return std::move(json).Take();
}

}  // namespace bellwether::gateway
