#include "common/json/message.h"

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/message/field_value.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/timestamp.pb.h"

namespace bellwether::json {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using Kind = Value::Kind;

const FieldDescriptor* FindField(const Message& message, const std::string& name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  return field != nullptr ? field : message.GetDescriptor()->FindFieldByCamelcaseName(name);
}

// Fills one message; lives for one call.
class MessageReader {
 public:
  explicit MessageReader(absl::string_view rule) : rule_(rule) {}

  absl::Status Read(const Value& json, absl::string_view path, Message& message) const {
    if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
      return ReadTimestamp(json, path, message);
    }
    if (json.kind != Kind::kObject) return WrongType(path, "an object");
    std::vector<const FieldDescriptor*> seen;
    for (const auto& [name, value] : json.members) {
      const FieldDescriptor* const field = FindField(message, name);
      const std::string field_path =
          absl::StrCat(path, ".", field == nullptr ? name : field->name());
      if (field == nullptr) {
        return Refuse("UNKNOWN_FIELD", field_path.substr(0, kPathBytesMax),
                      "there is no such field");
      }
      if (value.kind == Kind::kNull) continue;
      for (const FieldDescriptor* const other : seen) {
        const OneofDescriptor* const oneof = field->real_containing_oneof();
        if (other == field || (oneof != nullptr && oneof == other->real_containing_oneof())) {
          return Refuse("TYPE_MISMATCH", field_path, "only one of these can be given");
        }
      }
      seen.push_back(field);
      RETURN_IF_ERROR(ReadField(value, field_path, *field, message));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Refuse(absl::string_view reason, absl::string_view path,
                      absl::string_view why) const {
    return InvalidArgument(reason, path, why, rule_);
  }
  absl::Status WrongType(absl::string_view path, absl::string_view wanted) const {
    return Refuse("WRONG_TYPE", path, absl::StrCat(wanted, " is expected"));
  }
  absl::Status NotAnInteger(absl::string_view path) const {
    // The likeliest mistake of all gets a name of its own: an amount in yuan where fen belong.
    if (absl::EndsWith(path, "amount_minor")) {
      return Refuse("AMOUNT_NOT_INTEGER", path,
                    "an amount is an integer in minor units (fen, cents)");
    }
    return Refuse("NOT_AN_INTEGER", path, "an integer is expected");
  }

  absl::Status ReadField(const Value& json, const std::string& path, const FieldDescriptor& field,
                         Message& message) const {
    if (field.is_repeated()) return ReadTexts(json, path, field, message);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return Read(json, path, message::MutableChild(message, field, std::nullopt));
    }
    ASSIGN_OR_RETURN(const message::FieldValue value, ValueOf(json, path, field));
    const absl::Status set = message::SetValue(message, field, std::nullopt, value);
    return set.ok() ? set : NotAnInteger(path);  // 32 bits do not hold it
  }

  absl::StatusOr<message::FieldValue> ValueOf(const Value& json, absl::string_view path,
                                              const FieldDescriptor& field) const {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_INT32:
        return IntegerOf(json, path);
      case FieldDescriptor::CPPTYPE_BOOL:
        if (json.kind != Kind::kTrue && json.kind != Kind::kFalse) {
          return WrongType(path, "true or false");
        }
        return json.kind == Kind::kTrue;
      case FieldDescriptor::CPPTYPE_STRING:
        if (json.kind != Kind::kText || field.type() != FieldDescriptor::TYPE_STRING) {
          return WrongType(path, "a text");
        }
        return json.text;
      case FieldDescriptor::CPPTYPE_ENUM:
        return EnumValueOf(json, path, field);
      default:
        return WrongType(path, "something else");
    }
  }

  absl::StatusOr<int64_t> IntegerOf(const Value& json, absl::string_view path) const {
    if (json.kind != Kind::kNumber && json.kind != Kind::kText) {
      return WrongType(path, "an integer");
    }
    const std::optional<int64_t> value = message::ParseInteger(json.text);
    if (!value.has_value()) return NotAnInteger(path);
    return *value;
  }

  // By the whole name or the number, as protobuf's JSON form has it.
  absl::StatusOr<message::FieldValue> EnumValueOf(const Value& json, absl::string_view path,
                                                  const FieldDescriptor& field) const {
    const google::protobuf::EnumValueDescriptor* value = nullptr;
    if (json.kind == Kind::kText) {
      value = field.enum_type()->FindValueByName(json.text);
    } else if (json.kind == Kind::kNumber) {
      ASSIGN_OR_RETURN(const int64_t number, IntegerOf(json, path));
      if (number >= 0 && number <= std::numeric_limits<int32_t>::max()) {
        value = field.enum_type()->FindValueByNumber(static_cast<int>(number));
      }
    } else {
      return WrongType(path, "the name of an enum value");
    }
    if (value == nullptr) {
      return Refuse("UNKNOWN_ENUM_VALUE", path, "the value means nothing here");
    }
    return value;
  }

  absl::Status ReadTimestamp(const Value& json, absl::string_view path, Message& message) const {
    const std::optional<absl::Time> time =
        json.kind == Kind::kText ? journal::ParseRfc3339(json.text) : std::nullopt;
    if (!time.has_value()) {
      return Refuse("TIME_INVALID", path, "an RFC 3339 timestamp is expected");
    }
    static_cast<google::protobuf::Timestamp&>(message) = journal::ToTimestamp(*time);
    return absl::OkStatus();
  }

  absl::Status ReadTexts(const Value& json, absl::string_view path, const FieldDescriptor& field,
                         Message& message) const {
    if (json.kind != Kind::kList || field.type() != FieldDescriptor::TYPE_STRING) {
      return WrongType(path, "a list of texts");
    }
    if (json.items.size() > kListMax) {
      return Refuse("TOO_MANY_VALUES", path, absl::StrCat("at most ", kListMax));
    }
    for (const Value& item : json.items) {
      if (item.kind != Kind::kText) return WrongType(path, "a list of texts");
      RETURN_IF_ERROR(message::SetValue(message, field, std::nullopt, item.text));
    }
    return absl::OkStatus();
  }

  const absl::string_view rule_;
};

}  // namespace

absl::Status ReadMessage(const Value& json, absl::string_view path, absl::string_view rule,
                         Message& message) {
  return MessageReader(rule).Read(json, path, message);
}

}  // namespace bellwether::json
