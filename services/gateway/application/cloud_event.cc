#include "services/gateway/application/cloud_event.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/journal/entry.h"
#include "common/journal/timestamps.h"
#include "services/gateway/application/json_message.h"
#include "services/gateway/domain/event_rules.h"
#include "services/gateway/domain/json.h"

namespace bellwether::gateway {
namespace {

using events::v1::FactEvent;
using Kind = JsonValue::Kind;

constexpr char kRule[] = "X1";

// An attribute that is a text. Null and absent alike leave `text` empty.
absl::Status ReadAttribute(const JsonValue& event, absl::string_view name, absl::string_view field,
                           std::string& text) {
  const JsonValue* value = event.Find(name);
  if (value == nullptr || value->kind == Kind::kNull) return absl::OkStatus();
  if (value->kind != Kind::kText) {
    return InvalidArgument("WRONG_TYPE", field, "a text is expected", kRule);
  }
  text = value->text;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FactEvent> ParseCloudEvent(absl::string_view document) {
  RETURN_IF_ERROR(CheckEventSize(document.size()));
  ASSIGN_OR_RETURN(const JsonValue json, ParseJson(document));
  if (json.kind != Kind::kObject) {
    return InvalidArgument("MALFORMED_JSON", "", "a CloudEvent is a JSON object", kRule);
  }
  std::string spec_version, type, time;
  FactEvent event;
  RETURN_IF_ERROR(ReadAttribute(json, "specversion", "specversion", spec_version));
  RETURN_IF_ERROR(ReadAttribute(json, "type", "type", type));
  RETURN_IF_ERROR(ReadAttribute(json, "id", "id", *event.mutable_id()));
  RETURN_IF_ERROR(ReadAttribute(json, "source", "source", *event.mutable_source()));
  RETURN_IF_ERROR(ReadAttribute(json, "subject", "account_id", *event.mutable_account_id()));
  RETURN_IF_ERROR(ReadAttribute(json, "time", "time", time));
  if (spec_version != "1.0") {
    return InvalidArgument("UNSUPPORTED_SPECVERSION", "specversion", "CloudEvents 1.0 is expected",
                           kRule);
  }
  if (!time.empty()) {
    const std::optional<absl::Time> parsed = journal::ParseRfc3339(time);
    if (!parsed.has_value()) {
      return InvalidArgument("TIME_INVALID", "time", "an RFC 3339 timestamp is expected", kRule);
    }
    *event.mutable_time() = journal::ToTimestamp(*parsed);
  }
  const auto kind = journal::FactKindOf(type);
  if (!kind.has_value()) {
    return InvalidArgument("UNKNOWN_FACT_KIND", "type", "the type names no kind of fact", kRule);
  }
  const JsonValue* data = json.Find("data");
  if (data == nullptr || data->kind == Kind::kNull) {
    return InvalidArgument("UNKNOWN_FACT_KIND", "fact", "the event has no data", kRule);
  }
  RETURN_IF_ERROR(ReadMessage(*data, "fact", *event.mutable_fact()));
  if (event.fact().kind_case() != *kind) {
    return InvalidArgument("TYPE_MISMATCH", "type", "the data is not of the kind the type names",
                           kRule);
  }
  return event;
}

}  // namespace bellwether::gateway
