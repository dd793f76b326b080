// JSON into a protobuf message, strictly, with a named reason and the path of the field at fault.
#ifndef BELLWETHER_COMMON_JSON_MESSAGE_H_
#define BELLWETHER_COMMON_JSON_MESSAGE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "google/protobuf/message.h"

namespace bellwether::json {

inline constexpr size_t kListMax = 1'000;

// Protobuf's JSON form of messages made of integers, booleans, texts, enums, timestamps, lists of
// texts, and messages of these, but stricter: a number is read as it is written, a name may stand
// in one of its two forms once. `path` is the message's own; `rule` is what refusals name. Reasons:
// UNKNOWN_FIELD, WRONG_TYPE, AMOUNT_NOT_INTEGER, NOT_AN_INTEGER, UNKNOWN_ENUM_VALUE, TIME_INVALID,
// TOO_MANY_VALUES, TYPE_MISMATCH (two members of a oneof).
absl::Status ReadMessage(const Value& json, absl::string_view path, absl::string_view rule,
                         google::protobuf::Message& message);

}  // namespace bellwether::json

#endif  // BELLWETHER_COMMON_JSON_MESSAGE_H_
