#include "common/message/field_value.h"

#include <limits>
#include <type_traits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"

namespace bellwether::message {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr absl::string_view kUnspecified = "_UNSPECIFIED";

// "LEVEL_" of an enum whose zero value is LEVEL_UNSPECIFIED.
absl::string_view PrefixOf(const EnumDescriptor& type) {
  absl::string_view prefix = type.value(0)->name();
  if (!absl::ConsumeSuffix(&prefix, kUnspecified)) return "";
  return absl::string_view(type.value(0)->name()).substr(0, prefix.size() + 1);
}

// One place of one message; lives for one call.
class Place {
 public:
  Place(Message& message, const FieldDescriptor& field, std::optional<int> index)
      : message_(message), field_(field), reflection_(*message.GetReflection()), index_(index) {
    if (!field.is_repeated() || index == reflection_.FieldSize(message, &field)) {
      index_ = std::nullopt;
    }
  }

  template <typename Value, typename Set, typename Replace, typename Add>
  absl::Status Store(const Value& value, Set set, Replace replace, Add add) const {
    if (index_.has_value()) {
      (reflection_.*replace)(&message_, &field_, *index_, value);
    } else if (field_.is_repeated()) {
      (reflection_.*add)(&message_, &field_, value);
    } else {
      (reflection_.*set)(&message_, &field_, value);
    }
    return absl::OkStatus();
  }

  template <typename Integer, typename Set, typename Replace, typename Add>
  absl::Status StoreInteger(int64_t value, Set set, Replace replace, Add add) const {
    const bool negative = value < 0 && std::is_unsigned_v<Integer>;
    if (negative || static_cast<int64_t>(static_cast<Integer>(value)) != value) {
      return InvalidArgument("OUT_OF_RANGE", field_.name(),
                             absl::StrCat(value, " is out of range"));
    }
    return Store(static_cast<Integer>(value), set, replace, add);
  }

  Message& Child() const {
    if (index_.has_value()) {
      return *reflection_.MutableRepeatedMessage(&message_, &field_, *index_);
    }
    return field_.is_repeated() ? *reflection_.AddMessage(&message_, &field_)
                                : *reflection_.MutableMessage(&message_, &field_);
  }

 private:
  Message& message_;
  const FieldDescriptor& field_;
  const Reflection& reflection_;
  std::optional<int> index_;  // of the element to replace
};

absl::Status WrongType(const FieldDescriptor& field) {
  return InvalidArgument("WRONG_TYPE", field.name(), "the field is of another type");
}

absl::Status SetInteger(const Place& place, const FieldDescriptor& field, int64_t value) {
  using R = Reflection;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return place.StoreInteger<int32_t>(value, &R::SetInt32, &R::SetRepeatedInt32, &R::AddInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return place.StoreInteger<int64_t>(value, &R::SetInt64, &R::SetRepeatedInt64, &R::AddInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return place.StoreInteger<uint32_t>(value, &R::SetUInt32, &R::SetRepeatedUInt32,
                                          &R::AddUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return place.StoreInteger<uint64_t>(value, &R::SetUInt64, &R::SetRepeatedUInt64,
                                          &R::AddUInt64);
    default:
      return WrongType(field);
  }
}

}  // namespace

absl::Status SetValue(Message& message, const FieldDescriptor& field, std::optional<int> index,
                      const FieldValue& value) {
  using R = Reflection;
  const Place place(message, field, index);
  if (const auto* number = std::get_if<int64_t>(&value)) return SetInteger(place, field, *number);
  if (const auto* truth = std::get_if<bool>(&value)) {
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_BOOL) return WrongType(field);
    return place.Store(*truth, &R::SetBool, &R::SetRepeatedBool, &R::AddBool);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (field.type() != FieldDescriptor::TYPE_STRING) return WrongType(field);
    return place.Store(*text, &R::SetString, &R::SetRepeatedString, &R::AddString);
  }
  const auto* named = std::get<const EnumValueDescriptor*>(value);
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM || named->type() != field.enum_type()) {
    return WrongType(field);
  }
  return place.Store(named, &R::SetEnum, &R::SetRepeatedEnum, &R::AddEnum);
}

Message& MutableChild(Message& message, const FieldDescriptor& field, std::optional<int> index) {
  return Place(message, field, index).Child();
}

std::optional<int64_t> ParseInteger(absl::string_view text) {
  // SimpleAtoi also takes blanks and a plus.
  const absl::string_view digits = absl::StripPrefix(text, "-");
  int64_t value = 0;
  if (digits.empty() || digits.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(text, &value)) {
    return std::nullopt;
  }
  return value;
}

const EnumValueDescriptor* FindEnumValue(const EnumDescriptor& type, absl::string_view text) {
  const absl::string_view prefix = PrefixOf(type);
  for (int i = 0; i < type.value_count(); ++i) {
    const absl::string_view name = type.value(i)->name();
    if (absl::EndsWith(name, kUnspecified)) continue;
    if (absl::EqualsIgnoreCase(name, text) ||
        absl::EqualsIgnoreCase(absl::StripPrefix(name, prefix), text)) {
      return type.value(i);
    }
  }
  return nullptr;
}

std::string EnumChoices(const EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    const absl::string_view name = type.value(i)->name();
    if (absl::EndsWith(name, kUnspecified)) continue;
    names.push_back(absl::AsciiStrToLower(absl::StripPrefix(name, PrefixOf(type))));
  }
  return absl::StrJoin(names, ", ");
}

}  // namespace bellwether::message
