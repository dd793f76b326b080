// Sets fields of a message by path, with the conversions the field's type asks for.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_MESSAGE_FIELDS_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_MESSAGE_FIELDS_H_

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <variant>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace bellwether::imports {

// Elements of a repeated field that a path can name: "tags.0.value" … "tags.9.value".
inline constexpr int kRepeatedMax = 10;

using FieldValue = std::variant<std::string, int64_t, absl::Time>;

// OK when `path` leads to a field SetField can set. INVALID_ARGUMENT / UNKNOWN_FIELD.
absl::Status CheckField(const google::protobuf::Descriptor& type, absl::string_view path);

// `path`: field names joined by dots; an element of a repeated field by its index, which may be one
// past the end. Text becomes what the field holds: whole numbers, true/false, an enum value by its
// name with or without the enum's prefix, an instant in RFC 3339.
// INVALID_ARGUMENT / UNKNOWN_FIELD, WRONG_TYPE, OUT_OF_RANGE, UNKNOWN_ENUM_VALUE.
absl::Status SetField(google::protobuf::Message& message, absl::string_view path,
                      const FieldValue& value);

// Calls `change` with every google.protobuf.Timestamp that is set, at any depth.
void ForEachTimestamp(google::protobuf::Message& message,
                      absl::FunctionRef<void(google::protobuf::Message&)> change);

absl::Time ToTime(const google::protobuf::Message& timestamp);
void SetTime(google::protobuf::Message& timestamp, absl::Time time);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_MESSAGE_FIELDS_H_
