#include "services/gateway/application/fact_validation.h"

#include <limits>
#include <memory>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "bellwether/type/v1/money.pb.h"
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

// What a fact says beside its kind.
const bounds::FieldRule& RevisionRule() {
  static const auto& rule = *new bounds::FieldRule{.path = "fact.revision",
                                                   .rule_id = "H1",
                                                   .kind = bounds::FieldKind::kInteger,
                                                   .least = 0,
                                                   .most = std::numeric_limits<int64_t>::max() - 1};
  return rule;
}
const bounds::FieldRule& StatedRule() {
  static const auto& rule = *new bounds::FieldRule{.path = "fact.stated",
                                                   .rule_id = "H1",
                                                   .kind = bounds::FieldKind::kText,
                                                   .most = bounds::kNameCharactersMax};
  return rule;
}

struct Amount {
  const FieldDescriptor* descriptor;
  const bounds::FieldRule* rule;
};

// The amounts that are there.
absl::InlinedVector<Amount, 2> AmountsOf(const Message& fact, const bounds::MessageRules& rules) {
  absl::InlinedVector<Amount, 2> amounts;
  for (const bounds::MessageRules::Field& field : rules.fields()) {
    if (field.rule.kind == bounds::FieldKind::kMoney &&
        fact.GetReflection()->HasField(fact, field.descriptor)) {
      amounts.push_back({field.descriptor, &field.rule});
    }
  }
  return amounts;
}

}  // namespace

FactValidator::FactValidator(const CurrencySource& currencies, const Calendar& calendar,
                             absl::Duration ahead_max)
    : currencies_(currencies), calendar_(calendar), ahead_max_(ahead_max) {
  const auto* oneof = Fact::descriptor()->FindOneofByName("kind");
  for (int k = 0; k < oneof->field_count(); ++k) {
    const FieldDescriptor* kind = oneof->field(k);
    rules_.emplace(kind->number(), bounds::MessageRules(*kind->message_type(),
                                                        absl::StrCat("fact.", kind->name()), "H1"));
  }
}

absl::Status FactValidator::Admit(FactEvent& event, absl::string_view import_run,
                                  absl::Time now) const {
  RETURN_IF_ERROR(CheckEvent(event, import_run, now));
  return ConvertAmounts(event);
}

absl::Status FactValidator::CheckEvent(const FactEvent& event, absl::string_view import_run,
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
  RETURN_IF_ERROR(bounds::CheckInteger(RevisionRule(), event.fact().revision()));
  RETURN_IF_ERROR(bounds::CheckText(StatedRule(), event.fact().stated()));
  return rules_.at(event.fact().kind_case()).Check(*kind);
}

absl::Status FactValidator::ConvertAmounts(FactEvent& event) const {
  // `event` is ours to change; KindOf only reads.
  auto* fact = const_cast<Message*>(KindOf(event.fact()));
  const auto amounts = AmountsOf(*fact, rules_.at(event.fact().kind_case()));
  if (amounts.empty()) return absl::OkStatus();
  const absl::CivilDay day =
      Calendar::CivilDayOf(calendar_.LocalDayOf(*journal::FromTimestamp(event.time())));
  const std::shared_ptr<const CurrencyTable> rates = currencies_.Now();
  // All or none: an event that is refused is kept as it came.
  absl::InlinedVector<std::pair<type::v1::Money*, int64_t>, 2> converted;
  for (const auto& [descriptor, rule] : amounts) {
    auto* money =
        static_cast<type::v1::Money*>(fact->GetReflection()->MutableMessage(fact, descriptor));
    const auto base = rates->Convert(day, money->currency_code(), money->amount_minor());
    if (!base.ok()) {
      ErrorDetail detail = *DetailOf(base.status());
      detail.field = absl::StrCat(
          rule->path, detail.reason == "AMOUNT_OUT_OF_RANGE" ? ".amount_minor" : ".currency_code");
      return Error(base.status().code(), detail, base.status().message());
    }
    converted.emplace_back(money, *base);
  }
  for (const auto& [money, base] : converted) {
    money->set_base_amount_minor(base);
    if (money->currency_code().empty()) money->set_currency_code(rates->reporting_code());
  }
  return absl::OkStatus();
}

}  // namespace bellwether::gateway
