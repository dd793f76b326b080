#include "services/imports/application/message_fields.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/message/field_value.h"

namespace bellwether::imports {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;
using ::google::protobuf::Timestamp;

bool IsTimestamp(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type() == Timestamp::descriptor();
}

absl::Status UnknownField(absl::string_view path, absl::string_view why) {
  return InvalidArgument("UNKNOWN_FIELD", path, absl::StrCat("no field \"", path, "\": ", why));
}

absl::Status WrongType(absl::string_view path, absl::string_view expected) {
  return InvalidArgument("WRONG_TYPE", path, absl::StrCat("\"", path, "\" takes ", expected));
}

absl::StatusOr<int64_t> ToInteger(absl::string_view path, const FieldValue& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return *number;
  const auto* text = std::get_if<std::string>(&value);
  int64_t number = 0;
  if (text == nullptr || !absl::SimpleAtoi(*text, &number)) {
    return WrongType(path, "a whole number");
  }
  return number;
}

absl::StatusOr<absl::Time> ToInstant(absl::string_view path, const FieldValue& value) {
  if (const auto* time = std::get_if<absl::Time>(&value)) return *time;
  const auto* text = std::get_if<std::string>(&value);
  absl::Time time;
  std::string error;
  if (text == nullptr || !absl::ParseTime(absl::RFC3339_full, *text, &time, &error)) {
    return WrongType(path, "an instant such as 2026-03-01T09:30:00+08:00");
  }
  return time;
}

std::string ToText(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<int64_t>(&value)) return absl::StrCat(*number);
  return absl::FormatTime(absl::RFC3339_full, std::get<absl::Time>(value), absl::UTCTimeZone());
}

absl::StatusOr<message::FieldValue> Converted(const FieldDescriptor& field, absl::string_view path,
                                              const FieldValue& value) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return ToText(value);
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_INT32:
      return ToInteger(path, value);
    case FieldDescriptor::CPPTYPE_BOOL: {
      const std::string text = ToText(value);
      if (text != "true" && text != "false") return WrongType(path, "true or false");
      return text == "true";
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      if (const auto* found = message::FindEnumValue(*field.enum_type(), ToText(value))) {
        return found;
      }
      return InvalidArgument(
          "UNKNOWN_ENUM_VALUE", path,
          absl::StrCat("\"", ToText(value), "\" is no value of ", field.enum_type()->name()));
    default:
      // No message of ours has unsigned or floating fields (docs: money and points are integers).
      return UnknownField(path, "its type cannot be set by path");
  }
}

}  // namespace

absl::StatusOr<FieldPath> FieldPath::Resolve(const Descriptor& type, absl::string_view path) {
  FieldPath resolved;
  resolved.text_ = std::string(path);
  const Descriptor* message = &type;
  const std::vector<std::string> parts = absl::StrSplit(path, '.');
  for (size_t i = 0; i < parts.size(); ++i) {
    if (message == nullptr) return UnknownField(path, "its parent is not a message");
    Step step{message->FindFieldByName(parts[i]), std::nullopt};
    if (step.field == nullptr) {
      return UnknownField(path, absl::StrCat(message->name(), " has no field \"", parts[i], "\""));
    }
    if (step.field->is_map()) return UnknownField(path, "maps cannot be set by path");
    if (step.field->is_repeated()) {
      int index = 0;
      if (++i == parts.size() || !absl::SimpleAtoi(parts[i], &index) || index < 0 ||
          index >= kRepeatedMax) {
        return UnknownField(
            path, absl::StrCat("\"", parts[i - 1], "\" needs an index 0 to ", kRepeatedMax - 1));
      }
      step.index = index;
    }
    const bool is_message = step.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    message = is_message && !IsTimestamp(*step.field) ? step.field->message_type() : nullptr;
    resolved.steps_.push_back(step);
  }
  if (message != nullptr) return UnknownField(path, "it is a message, not a single value");
  return resolved;
}

bool FieldPath::takes_integer() const {
  const auto type = steps_.back().field->cpp_type();
  return type == FieldDescriptor::CPPTYPE_INT64 || type == FieldDescriptor::CPPTYPE_INT32;
}

bool FieldPath::takes_figure() const {
  return takes_integer() && !steps_.back().field->has_presence();
}

absl::Status FieldPath::Set(Message& message, const FieldValue& value, int moves_up) const {
  Message* at = &message;
  for (size_t i = 0; i < steps_.size(); ++i) {
    Step step = steps_[i];
    if (step.index.has_value()) *step.index -= std::exchange(moves_up, 0);
    if (step.index.has_value() && *step.index > at->GetReflection()->FieldSize(*at, step.field)) {
      return UnknownField(text_, "elements before it are not set");
    }
    if (i + 1 == steps_.size()) return SetLast(*at, value, step);
    at = &message::MutableChild(*at, *step.field, step.index);
  }
  return absl::OkStatus();
}

// Sets the field or, for a repeated one, the element.
absl::Status FieldPath::SetLast(Message& message, const FieldValue& value, const Step& step) const {
  if (IsTimestamp(*step.field)) {
    ASSIGN_OR_RETURN(const absl::Time time, ToInstant(text_, value));
    SetTime(message::MutableChild(message, *step.field, step.index), time);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const message::FieldValue converted, Converted(*step.field, text_, value));
  const absl::Status set = message::SetValue(message, *step.field, step.index, converted);
  if (set.ok()) return set;
  return InvalidArgument("OUT_OF_RANGE", text_, absl::StrCat(ToText(value), " is too large"));
}

absl::Status SetField(Message& message, absl::string_view path, const FieldValue& value) {
  ASSIGN_OR_RETURN(const FieldPath resolved, FieldPath::Resolve(*message.GetDescriptor(), path));
  return resolved.Set(message, value);
}

void ForEachTimestamp(Message& message, absl::FunctionRef<void(Message&)> change) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) continue;
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      Message* child = field->is_repeated() ? reflection.MutableRepeatedMessage(&message, field, i)
                                            : reflection.MutableMessage(&message, field);
      if (IsTimestamp(*field)) {
        change(*child);
      } else {
        ForEachTimestamp(*child, change);
      }
    }
  }
}

absl::Time ToTime(const Message& timestamp) {
  const auto& typed = static_cast<const Timestamp&>(timestamp);
  return absl::FromUnixSeconds(typed.seconds()) + absl::Nanoseconds(typed.nanos());
}

void SetTime(Message& timestamp, absl::Time time) {
  auto& typed = static_cast<Timestamp&>(timestamp);
  const int64_t seconds = absl::ToUnixSeconds(time);
  typed.set_seconds(seconds);
  typed.set_nanos(
      static_cast<int32_t>((time - absl::FromUnixSeconds(seconds)) / absl::Nanoseconds(1)));
}

}  // namespace bellwether::imports
