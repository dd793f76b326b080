// Sets fields of a message by path, with the conversions the field's type asks for.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_MESSAGE_FIELDS_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_MESSAGE_FIELDS_H_

#include <google/protobuf/message.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace bellwether::imports {

// Elements of a repeated field that a path can name: "tags.0.value" … "tags.9.value".
inline constexpr int kRepeatedMax = 10;

using FieldValue = std::variant<std::string, int64_t, absl::Time>;

// The way to one field of a type of message. Immutable.
class FieldPath {
 public:
  // `path`: field names joined by dots; an element of a repeated field by its index, which may be
  // one past the end. INVALID_ARGUMENT / UNKNOWN_FIELD.
  static absl::StatusOr<FieldPath> Resolve(const google::protobuf::Descriptor& type,
                                           absl::string_view path);

  // Sets the field of a message of that type. Text becomes what the field holds: whole numbers,
  // true/false, an enum value by its name with or without the enum's prefix, an instant in RFC
  // 3339. INVALID_ARGUMENT / UNKNOWN_FIELD, WRONG_TYPE, OUT_OF_RANGE, UNKNOWN_ENUM_VALUE.
  // Where the path names an element of a repeated field, `moves_up` is how many places nearer to
  // the first one it is set than the path says.
  absl::Status Set(google::protobuf::Message& message, const FieldValue& value,
                   int moves_up = 0) const;

  const std::string& text() const { return text_; }
  // The field holds a whole number.
  bool takes_integer() const;
  // The same, of one that is 0 where nothing is set.
  bool takes_figure() const;

 private:
  struct Step {
    const google::protobuf::FieldDescriptor* field = nullptr;
    // Element of a repeated field, else nothing.
    std::optional<int> index;
  };

  absl::Status SetLast(google::protobuf::Message& message, const FieldValue& value,
                       const Step& step) const;

  std::string text_;
  std::vector<Step> steps_;
};

// Resolve and Set in one.
absl::Status SetField(google::protobuf::Message& message, absl::string_view path,
                      const FieldValue& value);

// Calls `change` with every google.protobuf.Timestamp that is set, at any depth.
void ForEachTimestamp(google::protobuf::Message& message,
                      absl::FunctionRef<void(google::protobuf::Message&)> change);

absl::Time ToTime(const google::protobuf::Message& timestamp);
void SetTime(google::protobuf::Message& timestamp, absl::Time time);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_MESSAGE_FIELDS_H_
