#include "services/imports/application/message_fields.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

#include <limits>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"

namespace bellwether::imports {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::EnumValueDescriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;
using ::google::protobuf::Timestamp;

struct Step {
  const FieldDescriptor* field = nullptr;
  // Element of a repeated field, else nothing.
  std::optional<int> index;
};

bool IsTimestamp(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type() == Timestamp::descriptor();
}

absl::Status UnknownField(absl::string_view path, absl::string_view why) {
  return InvalidArgument("UNKNOWN_FIELD", path, absl::StrCat("no field \"", path, "\": ", why));
}

absl::StatusOr<std::vector<Step>> Resolve(const Descriptor& type, absl::string_view path) {
  std::vector<Step> steps;
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
    steps.push_back(step);
  }
  if (message != nullptr) return UnknownField(path, "it is a message, not a single value");
  return steps;
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

// By full name ("STATE_WON") or without the prefix every value of the enum shares ("WON", "won").
const EnumValueDescriptor* FindEnumValue(const FieldDescriptor& field, absl::string_view text) {
  const std::string upper = absl::AsciiStrToUpper(text);
  const auto& type = *field.enum_type();
  if (const auto* value = type.FindValueByName(upper)) return value;
  constexpr absl::string_view kZero = "UNSPECIFIED";
  const std::string& zero_name = type.value(0)->name();
  if (!absl::EndsWith(zero_name, kZero)) return nullptr;
  return type.FindValueByName(
      absl::StrCat(zero_name.substr(0, zero_name.size() - kZero.size()), upper));
}

// Sets the field or, for a repeated one, the element at `step.index`.
absl::Status SetSingle(Message& message, const Step& step, absl::string_view path,
                       const FieldValue& value) {
  const Reflection& reflection = *message.GetReflection();
  const FieldDescriptor* field = step.field;
  const bool add = step.index.has_value() && *step.index == reflection.FieldSize(message, field);
  const bool replace = step.index.has_value() && !add;
  const auto set = [&](auto setter, auto replacer, auto adder, auto converted) {
    if (add) {
      (reflection.*adder)(&message, field, converted);
    } else if (replace) {
      (reflection.*replacer)(&message, field, *step.index, converted);
    } else {
      (reflection.*setter)(&message, field, converted);
    }
    return absl::OkStatus();
  };
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return set(&Reflection::SetString, &Reflection::SetRepeatedString, &Reflection::AddString,
                 ToText(value));
    case FieldDescriptor::CPPTYPE_INT64: {
      ASSIGN_OR_RETURN(const int64_t number, ToInteger(path, value));
      return set(&Reflection::SetInt64, &Reflection::SetRepeatedInt64, &Reflection::AddInt64,
                 number);
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      ASSIGN_OR_RETURN(const int64_t number, ToInteger(path, value));
      if (number < std::numeric_limits<int32_t>::min() ||
          number > std::numeric_limits<int32_t>::max()) {
        return InvalidArgument("OUT_OF_RANGE", path, absl::StrCat(number, " is too large"));
      }
      return set(&Reflection::SetInt32, &Reflection::SetRepeatedInt32, &Reflection::AddInt32,
                 static_cast<int32_t>(number));
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      const std::string text = ToText(value);
      if (text != "true" && text != "false") return WrongType(path, "true or false");
      return set(&Reflection::SetBool, &Reflection::SetRepeatedBool, &Reflection::AddBool,
                 text == "true");
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor* found = FindEnumValue(*field, ToText(value));
      if (found == nullptr) {
        return InvalidArgument(
            "UNKNOWN_ENUM_VALUE", path,
            absl::StrCat("\"", ToText(value), "\" is no value of ", field->enum_type()->name()));
      }
      return set(&Reflection::SetEnum, &Reflection::SetRepeatedEnum, &Reflection::AddEnum, found);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      ASSIGN_OR_RETURN(const absl::Time time, ToInstant(path, value));
      Message* timestamp = add ? reflection.AddMessage(&message, field)
                           : replace
                               ? reflection.MutableRepeatedMessage(&message, field, *step.index)
                               : reflection.MutableMessage(&message, field);
      SetTime(*timestamp, time);
      return absl::OkStatus();
    }
    default:
      // No message of ours has unsigned or floating fields (docs: money and points are integers).
      return UnknownField(path, "its type cannot be set by path");
  }
}

}  // namespace

absl::Status CheckField(const Descriptor& type, absl::string_view path) {
  return Resolve(type, path).status();
}

absl::Status SetField(Message& message, absl::string_view path, const FieldValue& value) {
  ASSIGN_OR_RETURN(const std::vector<Step> steps, Resolve(*message.GetDescriptor(), path));
  Message* at = &message;
  for (size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    const Reflection& reflection = *at->GetReflection();
    if (step.index.has_value() && *step.index > reflection.FieldSize(*at, step.field)) {
      return UnknownField(path, "elements before it are not set");
    }
    if (i + 1 == steps.size()) return SetSingle(*at, step, path, value);
    if (!step.index.has_value()) {
      at = reflection.MutableMessage(at, step.field);
    } else if (*step.index == reflection.FieldSize(*at, step.field)) {
      at = reflection.AddMessage(at, step.field);
    } else {
      at = reflection.MutableRepeatedMessage(at, step.field, *step.index);
    }
  }
  return absl::OkStatus();
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
