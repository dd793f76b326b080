#include "services/gateway/application/fact_validation.h"

#include <limits>
#include <utility>

#include "absl/container/inlined_vector.h"
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

FactValidator::FactValidator(CurrencyTable currencies, absl::Duration ahead_max)
    : currencies_(std::move(currencies)), ahead_max_(ahead_max) {
  const auto* oneof = Fact::descriptor()->FindOneofByName("kind");
  for (int k = 0; k < oneof->field_count(); ++k) {
    const FieldDescriptor* kind = oneof->field(k);
    rules_.emplace(kind->number(), bounds::MessageRules(*kind->message_type(),
                                                        absl::StrCat("fact.", kind->name()), "H1"));
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
  RETURN_IF_ERROR(bounds::CheckInteger(RevisionRule(), event.fact().revision()));
  RETURN_IF_ERROR(bounds::CheckText(StatedRule(), event.fact().stated()));
  const bounds::MessageRules& rules = rules_.at(event.fact().kind_case());
  RETURN_IF_ERROR(rules.Check(*kind));
  return CheckAmounts(*kind, rules);
}

absl::Status FactValidator::CheckAmounts(const Message& fact,
                                         const bounds::MessageRules& rules) const {
  for (const auto& [descriptor, rule] : AmountsOf(fact, rules)) {
    const auto& money =
        static_cast<const type::v1::Money&>(fact.GetReflection()->GetMessage(fact, descriptor));
    const auto base = currencies_.Convert(money.currency_code(), money.amount_minor());
    if (base.ok()) continue;
    ErrorDetail detail = *DetailOf(base.status());
    detail.field = absl::StrCat(
        rule->path, detail.reason == "UNKNOWN_CURRENCY" ? ".currency_code" : ".amount_minor");
    return Error(base.status().code(), detail, base.status().message());
  }
  return absl::OkStatus();
}

void FactValidator::Normalise(FactEvent& event) const {
  const Message* kind = KindOf(event.fact());
  BELLWETHER_CHECK(kind != nullptr, "validate an event before it is normalised");
  auto* fact = const_cast<Message*>(kind);  // `event` is ours to change; KindOf only reads
  for (const auto& [descriptor, rule] : AmountsOf(*fact, rules_.at(event.fact().kind_case()))) {
    auto* money =
        static_cast<type::v1::Money*>(fact->GetReflection()->MutableMessage(fact, descriptor));
    const auto base = currencies_.Convert(money->currency_code(), money->amount_minor());
    BELLWETHER_CHECK(base.ok(), "validate an event before it is normalised");
    money->set_base_amount_minor(*base);
    if (money->currency_code().empty()) money->set_currency_code(currencies_.reporting_code());
  }
}

}  // namespace bellwether::gateway
