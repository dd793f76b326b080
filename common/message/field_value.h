// Sets one value of any message's field: the one place that knows the types of fields.
#ifndef BELLWETHER_COMMON_MESSAGE_FIELD_VALUE_H_
#define BELLWETHER_COMMON_MESSAGE_FIELD_VALUE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace bellwether::message {

using FieldValue =
    std::variant<int64_t, bool, std::string, const google::protobuf::EnumValueDescriptor*>;

// Sets a singular field; of a repeated one the element at `index`, or adds one where `index` is
// none or one past the end. INVALID_ARGUMENT / OUT_OF_RANGE for an integer that the field does not
// hold, WRONG_TYPE for a value of another type than the field's; the caller adds what it knows of
// the place. Fields of floating numbers and bytes are WRONG_TYPE for every value: figures are
// integers.
absl::Status SetValue(google::protobuf::Message& message,
                      const google::protobuf::FieldDescriptor& field, std::optional<int> index,
                      const FieldValue& value);

// The message to fill at that place, made where it is not there yet.
google::protobuf::Message& MutableChild(google::protobuf::Message& message,
                                        const google::protobuf::FieldDescriptor& field,
                                        std::optional<int> index);

// What JSON and YAML write integers as: digits, and a minus before them. Nothing for anything else,
// also where it exceeds 64 bits.
std::optional<int64_t> ParseInteger(absl::string_view text);

// The value of that name, whole ("STATE_WON") or without what all of them begin with ("won"),
// whatever the case. The unspecified one cannot be named.
const google::protobuf::EnumValueDescriptor* FindEnumValue(
    const google::protobuf::EnumDescriptor& type, absl::string_view text);
// Their short names, for people: "won, lost".
std::string EnumChoices(const google::protobuf::EnumDescriptor& type);

}  // namespace bellwether::message

#endif  // BELLWETHER_COMMON_MESSAGE_FIELD_VALUE_H_
