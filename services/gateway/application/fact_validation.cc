#include "services/gateway/application/fact_validation.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "bellwether/type/v1/money.pb.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/gateway/domain/event_rules.h"

namespace bellwether::gateway {
namespace {

using events::v1::Fact;
using events::v1::FactEvent;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The message inside the oneof of `fact`, whichever kind it is; null when there is none.
const Message* KindOf(const Fact& fact) {
  const auto* oneof = Fact::descriptor()->FindOneofByName("kind");
  const Reflection* reflection = fact.GetReflection();
  const FieldDescriptor* kind = reflection->GetOneofFieldDescriptor(fact, oneof);
  return kind == nullptr ? nullptr : &reflection->GetMessage(fact, kind);
}

int64_t IntegerOf(const Message& message, const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_INT32
             ? message.GetReflection()->GetInt32(message, field)
             : message.GetReflection()->GetInt64(message, field);
}

// What holds between the fields of one fact.
absl::Status CheckTogether(const Fact& fact) {
  switch (fact.kind_case()) {
    case Fact::kSurveyAnswered:
      return CheckSurveyScore(fact.survey_answered().kind() == events::v1::SURVEY_KIND_NPS
                                  ? SurveyScale::kNps
                                  : SurveyScale::kCsat,
                              fact.survey_answered().score_micros());
    case Fact::kUsageReported:
      return CheckFeaturesUsed(fact.usage_reported().features_used(),
                               fact.usage_reported().features_available());
    case Fact::kStrategicMeetingHeld:
      return CheckMeetingAttended(fact.strategic_meeting_held().invited(),
                                  fact.strategic_meeting_held().attended());
    case Fact::kBusinessValueMeasured: {
      const auto& measured = fact.business_value_measured();
      return CheckBusinessValueMeasured(
          measured.has_cost_reduction_micros() + measured.has_efficiency_gain_micros() +
          measured.has_roi_micros() + measured.has_market_share_gain_micros());
    }
    default:
      return absl::OkStatus();
  }
}

}  // namespace

FactValidator::FactValidator(CurrencyTable currencies, absl::Duration ahead_max)
    : currencies_(std::move(currencies)), ahead_max_(ahead_max) {
  const auto* oneof = Fact::descriptor()->FindOneofByName("kind");
  for (int k = 0; k < oneof->field_count(); ++k) {
    const FieldDescriptor* kind = oneof->field(k);
    if (fields_.size() <= static_cast<size_t>(kind->number())) fields_.resize(kind->number() + 1);
    for (int f = 0; f < kind->message_type()->field_count(); ++f) {
      const FieldDescriptor* field = kind->message_type()->field(f);
      const std::string path = absl::StrCat(kind->name(), ".", field->name());
      const FieldRule* rule = FindFieldRule(path);
      BELLWETHER_CHECK(rule != nullptr, "give every field of a fact a rule in field_rules.cc");
      fields_[kind->number()].push_back({field, rule, absl::StrCat("fact.", path)});
    }
  }
}

absl::Status FactValidator::Validate(const FactEvent& event, absl::string_view import_run,
                                     absl::Time now) const {
  RETURN_IF_ERROR(CheckEventSize(event.ByteSizeLong()));
  EventHeader header;
  header.id = event.id();
  header.source = event.source();
  header.account_id = event.account_id();
  header.has_time = event.has_time();
  header.time = journal::FromTimestamp(event.time());
  header.import_run = import_run;
  RETURN_IF_ERROR(CheckEventHeader(header, now, ahead_max_));
  const Message* kind = KindOf(event.fact());
  if (kind == nullptr) {
    return InvalidArgument("UNKNOWN_FACT_KIND", "fact", "the event holds no fact of a known kind",
                           "H1");
  }
  for (const Field& field : fields_[event.fact().kind_case()]) {
    RETURN_IF_ERROR(CheckField(*kind, field));
  }
  return CheckTogether(event.fact());
}

absl::Status FactValidator::CheckField(const Message& fact, const Field& field) const {
  const Reflection* reflection = fact.GetReflection();
  const FieldDescriptor* descriptor = field.descriptor;
  switch (field.rule->kind) {
    case FieldKind::kInteger:
      return CheckInteger(*field.rule, field.path, IntegerOf(fact, descriptor));
    case FieldKind::kText: {
      std::string scratch;
      return CheckText(*field.rule, field.path,
                       reflection->GetStringReference(fact, descriptor, &scratch));
    }
    case FieldKind::kTexts: {
      const int count = reflection->FieldSize(fact, descriptor);
      RETURN_IF_ERROR(CheckTexts(*field.rule, field.path, count));
      std::string scratch;
      for (int i = 0; i < count; ++i) {
        RETURN_IF_ERROR(CheckTextsEntry(
            field.path, reflection->GetRepeatedStringReference(fact, descriptor, i, &scratch)));
      }
      return absl::OkStatus();
    }
    case FieldKind::kEnum: {
      const int value = reflection->GetEnumValue(fact, descriptor);
      return CheckEnum(*field.rule, field.path, value,
                       descriptor->enum_type()->FindValueByNumber(value) != nullptr);
    }
    case FieldKind::kInstant: {
      if (!reflection->HasField(fact, descriptor)) return absl::OkStatus();
      const auto& timestamp =
          static_cast<const google::protobuf::Timestamp&>(reflection->GetMessage(fact, descriptor));
      return CheckInstantSeconds(field.path, journal::FromTimestamp(timestamp).has_value()
                                                 ? timestamp.seconds()
                                                 : kInstantLatestSeconds);
    }
    case FieldKind::kMoney:
      return CheckMoney(fact, field);
    case FieldKind::kTruth:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status FactValidator::CheckMoney(const Message& fact, const Field& field) const {
  if (!fact.GetReflection()->HasField(fact, field.descriptor)) {
    if (!field.rule->needed) return absl::OkStatus();
    return InvalidArgument("MISSING_AMOUNT", field.path, "an amount is needed", "H1");
  }
  const auto& money =
      static_cast<const type::v1::Money&>(fact.GetReflection()->GetMessage(fact, field.descriptor));
  RETURN_IF_ERROR(
      CheckMoneySign(*field.rule, absl::StrCat(field.path, ".amount_minor"), money.amount_minor()));
  const auto base = currencies_.Convert(money.currency_code(), money.amount_minor());
  if (base.ok()) return absl::OkStatus();
  ErrorDetail detail = *DetailOf(base.status());
  detail.field = absl::StrCat(
      field.path, detail.reason == "UNKNOWN_CURRENCY" ? ".currency_code" : ".amount_minor");
  return Error(base.status().code(), detail, base.status().message());
}

void FactValidator::Normalise(FactEvent& event) const {
  const Message* kind = KindOf(event.fact());
  BELLWETHER_CHECK(kind != nullptr, "validate an event before it is normalised");
  for (const Field& field : fields_[event.fact().kind_case()]) {
    if (field.rule->kind != FieldKind::kMoney) continue;
    auto* fact = const_cast<Message*>(kind);  // `event` is ours to change; KindOf only reads
    if (!fact->GetReflection()->HasField(*fact, field.descriptor)) continue;
    auto* money = static_cast<type::v1::Money*>(
        fact->GetReflection()->MutableMessage(fact, field.descriptor));
    const auto base = currencies_.Convert(money->currency_code(), money->amount_minor());
    BELLWETHER_CHECK(base.ok(), "validate an event before it is normalised");
    money->set_base_amount_minor(*base);
    if (money->currency_code().empty()) money->set_currency_code(currencies_.reporting_code());
  }
}

}  // namespace bellwether::gateway
