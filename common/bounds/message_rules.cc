#include "common/bounds/message_rules.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "bellwether/type/v1/bounds.pb.h"
#include "bellwether/type/v1/money.pb.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "google/protobuf/timestamp.pb.h"

namespace bellwether::bounds {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsInteger(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_INT64;
}

FieldKind KindOf(const FieldDescriptor& field) {
  if (IsInteger(field) && !field.is_repeated()) return FieldKind::kInteger;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    return field.is_repeated() ? FieldKind::kTexts : FieldKind::kText;
  }
  BELLWETHER_CHECK(!field.is_repeated(),
                   absl::StrCat(field.full_name(), " cannot be bounded").c_str());
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) return FieldKind::kEnum;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return FieldKind::kTruth;
  BELLWETHER_CHECK(field.message_type() != nullptr,
                   absl::StrCat(field.full_name(), " cannot be bounded").c_str());
  if (field.message_type() == type::v1::Money::descriptor()) return FieldKind::kMoney;
  BELLWETHER_CHECK(field.message_type() == google::protobuf::Timestamp::descriptor(),
                   absl::StrCat(field.full_name(), " cannot be bounded").c_str());
  return FieldKind::kInstant;
}

const FieldDescriptor* FieldNamed(const Descriptor& type, const std::string& name) {
  const FieldDescriptor* field = type.FindFieldByName(name);
  BELLWETHER_CHECK(field != nullptr,
                   absl::StrCat(type.full_name(), " has no field ", name).c_str());
  return field;
}

MessageRules::Field FieldOf(const FieldDescriptor& descriptor, absl::string_view path,
                            absl::string_view rule_id) {
  const type::v1::Bounds& bounds = descriptor.options().GetExtension(type::v1::bounds);
  MessageRules::Field field{.descriptor = &descriptor};
  field.rule = {.path = absl::StrCat(path, ".", descriptor.name()),
                .rule_id = std::string(rule_id),
                .kind = KindOf(descriptor),
                .least = bounds.least(),
                .most = bounds.most(),
                .required = bounds.required(),
                .instead = bounds.instead()};
  switch (field.rule.kind) {
    case FieldKind::kInteger:
      BELLWETHER_CHECK(bounds.has_least() && bounds.has_most(),
                       absl::StrCat(descriptor.full_name(), " does not say its bounds").c_str());
      break;
    case FieldKind::kText:
      field.rule.most =
          bounds.characters_most() > 0 ? bounds.characters_most() : kNameCharactersMax;
      break;
    case FieldKind::kTexts:
      BELLWETHER_CHECK(bounds.entries_most() > 0,
                       absl::StrCat(descriptor.full_name(), " does not say how many").c_str());
      field.rule.most = bounds.entries_most();
      break;
    case FieldKind::kMoney:
      if (!bounds.has_least()) field.rule.least = std::numeric_limits<int64_t>::min();
      break;
    default:
      break;
  }
  const Descriptor& type = *descriptor.containing_type();
  if (!bounds.at_most_field().empty()) {
    field.at_most = FieldNamed(type, bounds.at_most_field());
    field.zero_is_unknown = bounds.zero_is_unknown();
  }
  if (bounds.has_most_where()) {
    field.where = FieldNamed(type, bounds.most_where().field());
    const auto* value = field.where->enum_type()->FindValueByName(bounds.most_where().value());
    BELLWETHER_CHECK(value != nullptr,
                     absl::StrCat("there is no enum value ", bounds.most_where().value()).c_str());
    field.where_value = value->number();
    field.most_where = bounds.most_where().most();
  }
  return field;
}

int64_t IntegerOf(const Message& message, const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_INT32
             ? message.GetReflection()->GetInt32(message, field)
             : message.GetReflection()->GetInt64(message, field);
}

}  // namespace

MessageRules::MessageRules(const Descriptor& type, absl::string_view path,
                           absl::string_view rule_id)
    : path_(path),
      rule_id_(rule_id),
      needs_a_figure_(type.options().GetExtension(type::v1::needs_a_figure)) {
  for (int i = 0; i < type.field_count(); ++i) {
    fields_.push_back(FieldOf(*type.field(i), path, rule_id));
  }
}

absl::Status MessageRules::Check(const Message& message) const {
  for (const Field& field : fields_) RETURN_IF_ERROR(CheckField(message, field));
  return CheckTogether(message);
}

absl::Status MessageRules::CheckField(const Message& message, const Field& field) const {
  const Reflection* reflection = message.GetReflection();
  const FieldDescriptor* descriptor = field.descriptor;
  std::string scratch;
  switch (field.rule.kind) {
    case FieldKind::kInteger:
      return CheckInteger(field.rule, IntegerOf(message, descriptor));
    case FieldKind::kText:
      return CheckText(field.rule, reflection->GetStringReference(message, descriptor, &scratch));
    case FieldKind::kTexts: {
      const int count = reflection->FieldSize(message, descriptor);
      RETURN_IF_ERROR(CheckTextCount(field.rule, static_cast<size_t>(count)));
      for (int i = 0; i < count; ++i) {
        RETURN_IF_ERROR(CheckTextEntry(
            field.rule, reflection->GetRepeatedStringReference(message, descriptor, i, &scratch)));
      }
      return absl::OkStatus();
    }
    case FieldKind::kEnum: {
      const int value = reflection->GetEnumValue(message, descriptor);
      return CheckEnum(field.rule, value,
                       descriptor->enum_type()->FindValueByNumber(value) != nullptr);
    }
    case FieldKind::kInstant: {
      if (!reflection->HasField(message, descriptor)) return absl::OkStatus();
      const auto& timestamp = static_cast<const google::protobuf::Timestamp&>(
          reflection->GetMessage(message, descriptor));
      return CheckInstant(field.rule, journal::FromTimestamp(timestamp).has_value()
                                          ? timestamp.seconds()
                                          : kInstantLatestSeconds);
    }
    case FieldKind::kMoney: {
      const auto& money =
          static_cast<const type::v1::Money&>(reflection->GetMessage(message, descriptor));
      return CheckAmount(field.rule, reflection->HasField(message, descriptor),
                         money.amount_minor());
    }
    case FieldKind::kTruth:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status MessageRules::CheckTogether(const Message& message) const {
  const Reflection* reflection = message.GetReflection();
  for (const Field& field : fields_) {
    if (field.where != nullptr &&
        reflection->GetEnumValue(message, field.where) == field.where_value) {
      FieldRule narrower = field.rule;
      narrower.most = field.most_where;
      RETURN_IF_ERROR(CheckInteger(narrower, IntegerOf(message, field.descriptor)));
    }
    if (field.at_most == nullptr) continue;
    const int64_t most = IntegerOf(message, field.at_most);
    if (most == 0 && field.zero_is_unknown) continue;
    if (IntegerOf(message, field.descriptor) > most) {
      return InvalidArgument(
          "INCONSISTENT", field.rule.path,
          absl::StrCat(field.descriptor->name(), " is more than ", field.at_most->name()),
          rule_id_);
    }
  }
  const auto is_set = [&](const Field& field) {
    return field.descriptor->has_presence() && reflection->HasField(message, field.descriptor);
  };
  if (needs_a_figure_ && std::none_of(fields_.begin(), fields_.end(), is_set)) {
    return Missing(path_, rule_id_);
  }
  return absl::OkStatus();
}

}  // namespace bellwether::bounds
