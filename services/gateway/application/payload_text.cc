#include "services/gateway/application/payload_text.h"

#include <algorithm>

#include "bellwether/events/v1/fact.pb.h"
#include "bellwether/events/v1/journal.pb.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "google/protobuf/util/json_util.h"

namespace bellwether::gateway {
namespace {

// The JSON of a message that these bytes are, or nothing: what has fields that it does not know is
// of another kind.
template <typename Message>
std::string JsonOf(absl::string_view value) {
  Message message;
  if (value.empty() || !message.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      !message.GetReflection()->GetUnknownFields(message).empty()) {
    return "";
  }
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json).ok()) return "";
  return json;
}

bool IsText(absl::string_view value) {
  return Utf8Length(value).has_value() && std::none_of(value.begin(), value.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
         });
}

}  // namespace

std::string PayloadText(absl::string_view value, size_t bytes_max) {
  std::string text;
  if (IsText(value)) {
    text = std::string(value);
  } else {
    text = JsonOf<events::v1::JournalEntry>(value);
    if (text.empty()) text = JsonOf<events::v1::FactEvent>(value);
  }
  // A character that is cut through shows as such.
  if (text.size() > bytes_max) text = ToUtf8(absl::string_view(text).substr(0, bytes_max));
  return text;
}

void SetRejection(const absl::Status& status, ingest::v1::Rejection& rejection) {
  const ErrorDetail detail = DetailOf(status).value_or(ErrorDetail{});
  rejection.set_reason(detail.reason);
  rejection.set_field(detail.field);
  rejection.set_rule(detail.rule);
  rejection.set_message(std::string(status.message()));
}

}  // namespace bellwether::gateway
