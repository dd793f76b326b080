#include "services/gateway/application/json_message.h"

#include <limits>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/timestamp.pb.h"

namespace bellwether::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Kind = JsonValue::Kind;

constexpr char kJsonRule[] = "X1";

absl::Status WrongType(absl::string_view path, absl::string_view wanted) {
  return InvalidArgument("WRONG_TYPE", path, absl::StrCat(wanted, " is expected"), kJsonRule);
}

absl::Status NotAnInteger(absl::string_view path) {
  // The likeliest mistake of all gets a name of its own: an amount in yuan where fen belong.
  constexpr absl::string_view kAmount = "amount_minor";
  const bool amount =
      path.size() >= kAmount.size() && path.substr(path.size() - kAmount.size()) == kAmount;
  return InvalidArgument(
      amount ? "AMOUNT_NOT_INTEGER" : "NOT_AN_INTEGER", path,
      amount ? "an amount is an integer in minor units (fen, cents)" : "an integer is expected",
      kJsonRule);
}

absl::Status ReadInteger(const JsonValue& json, absl::string_view path, int64_t& value) {
  if (json.kind != Kind::kNumber && json.kind != Kind::kText) return WrongType(path, "an integer");
  // SimpleAtoi also takes blanks and a plus, which JSON's integers do not have.
  const absl::string_view digits = json.text;
  const bool shaped =
      !digits.empty() &&
      digits.find_first_not_of("0123456789", digits[0] == '-' ? 1 : 0) == absl::string_view::npos;
  if (!shaped || !absl::SimpleAtoi(digits, &value)) return NotAnInteger(path);
  return absl::OkStatus();
}

absl::Status SetEnum(const JsonValue& json, absl::string_view path, const FieldDescriptor* field,
                     Message& message) {
  const google::protobuf::EnumValueDescriptor* value = nullptr;
  if (json.kind == Kind::kText) {
    value = field->enum_type()->FindValueByName(json.text);
  } else if (json.kind == Kind::kNumber) {
    int64_t number = 0;
    RETURN_IF_ERROR(ReadInteger(json, path, number));
    if (number >= 0 && number <= std::numeric_limits<int32_t>::max()) {
      value = field->enum_type()->FindValueByNumber(static_cast<int>(number));
    }
  } else {
    return WrongType(path, "the name of an enum value");
  }
  if (value == nullptr) {
    return InvalidArgument("UNKNOWN_ENUM_VALUE", path, "the value means nothing here", kJsonRule);
  }
  message.GetReflection()->SetEnum(&message, field, value);
  return absl::OkStatus();
}

absl::Status SetTimestamp(const JsonValue& json, absl::string_view path, Message& message) {
  const std::optional<absl::Time> time =
      json.kind == Kind::kText ? journal::ParseRfc3339(json.text) : std::nullopt;
  if (!time.has_value()) {
    return InvalidArgument("TIME_INVALID", path, "an RFC 3339 timestamp is expected", kJsonRule);
  }
  static_cast<google::protobuf::Timestamp&>(message) = journal::ToTimestamp(*time);
  return absl::OkStatus();
}

absl::Status SetTexts(const JsonValue& json, absl::string_view path, const FieldDescriptor* field,
                      Message& message) {
  if (json.kind != Kind::kList || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
    return WrongType(path, "a list of texts");
  }
  if (json.items.size() > kJsonListMax) {
    return InvalidArgument("TOO_MANY_VALUES", path, absl::StrCat("at most ", kJsonListMax), kJsonRule);
  }
  for (const JsonValue& item : json.items) {
    if (item.kind != Kind::kText) return WrongType(path, "a list of texts");
    message.GetReflection()->AddString(&message, field, item.text);
  }
  return absl::OkStatus();
}

absl::Status SetField(const JsonValue& json, const std::string& path, const FieldDescriptor* field,
                      Message& message) {
  const Reflection* reflection = message.GetReflection();
  if (field->is_repeated()) return SetTexts(json, path, field, message);
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT64: {
      int64_t value = 0;
      RETURN_IF_ERROR(ReadInteger(json, path, value));
      reflection->SetInt64(&message, field, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      int64_t value = 0;
      RETURN_IF_ERROR(ReadInteger(json, path, value));
      if (value < std::numeric_limits<int32_t>::min() ||
          value > std::numeric_limits<int32_t>::max()) {
        return NotAnInteger(path);
      }
      reflection->SetInt32(&message, field, static_cast<int32_t>(value));
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      if (json.kind != Kind::kTrue && json.kind != Kind::kFalse) {
        return WrongType(path, "true or false");
      }
      reflection->SetBool(&message, field, json.kind == Kind::kTrue);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_STRING:
      if (json.kind != Kind::kText) return WrongType(path, "a text");
      reflection->SetString(&message, field, json.text);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(json, path, field, message);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ReadMessage(json, path, *reflection->MutableMessage(&message, field));
    default:
      return WrongType(path, "something else");
  }
}

const FieldDescriptor* FindField(const Message& message, const std::string& name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  return field != nullptr ? field : message.GetDescriptor()->FindFieldByCamelcaseName(name);
}

}  // namespace

absl::Status ReadMessage(const JsonValue& json, absl::string_view path, Message& message) {
  if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
    return SetTimestamp(json, path, message);
  }
  if (json.kind != Kind::kObject) return WrongType(path, "an object");
  std::vector<const FieldDescriptor*> seen;
  for (const auto& [name, value] : json.members) {
    const FieldDescriptor* field = FindField(message, name);
    const std::string field_path = absl::StrCat(path, ".", field == nullptr ? name : field->name());
    if (field == nullptr) {
      return InvalidArgument("UNKNOWN_FIELD", field_path.substr(0, kFieldPathMax),
                             "there is no such field", kJsonRule);
    }
    if (value.kind == Kind::kNull) continue;
    for (const FieldDescriptor* other : seen) {
      const bool same_oneof = field->real_containing_oneof() != nullptr &&
                              field->real_containing_oneof() == other->real_containing_oneof();
      if (other == field || same_oneof) {
        return InvalidArgument("TYPE_MISMATCH", field_path, "only one of these can be given",
                               kJsonRule);
      }
    }
    seen.push_back(field);
    RETURN_IF_ERROR(SetField(value, field_path, field, message));
  }
  return absl::OkStatus();
}

}  // namespace bellwether::gateway
