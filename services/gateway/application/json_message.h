// JSON into a protobuf message, strictly, with a named reason and the path of the field at fault.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_JSON_MESSAGE_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_JSON_MESSAGE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "services/gateway/domain/json.h"

namespace bellwether::gateway {

inline constexpr size_t kJsonListMax = 1'000;
// Names from outside are cut to this in paths.
inline constexpr size_t kFieldPathMax = 200;

// Protobuf's JSON form of messages made of integers, booleans, texts, enums, timestamps, lists of
// texts, and messages of these; see cloud_event.h for where it is stricter. `path` is the message's
// own. Reasons: UNKNOWN_FIELD, WRONG_TYPE, AMOUNT_NOT_INTEGER, NOT_AN_INTEGER, UNKNOWN_ENUM_VALUE,
// TIME_INVALID, TOO_MANY_VALUES, TYPE_MISMATCH (two members of a oneof).
absl::Status ReadMessage(const JsonValue& json, absl::string_view path,
                         google::protobuf::Message& message);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_JSON_MESSAGE_H_
