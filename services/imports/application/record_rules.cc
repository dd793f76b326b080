#include "services/imports/application/record_rules.h"

#include <google/protobuf/descriptor.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bellwether/type/v1/money.pb.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bounds/field_rule.h"
#include "common/currency/iso_4217.h"
#include "common/journal/timestamps.h"
#include "common/text/readable.h"

namespace bellwether::imports {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kAccountRule[] = "A1";
constexpr char kOpportunityRule[] = "O1";
constexpr char kFactRule[] = "H1";
constexpr char kEventRule[] = "X1";

// Null where nothing of the fact is set.
const FieldDescriptor* KindOf(const events::v1::Fact& fact) {
  const auto* oneof = events::v1::Fact::descriptor()->FindOneofByName("kind");
  return fact.GetReflection()->GetOneofFieldDescriptor(fact, oneof);
}

}  // namespace

RecordRules::RecordRules(const imports::v1::Mapping& mapping, absl::Time now)
    : now_(now), own_currencies_(mapping.own_currencies().begin(), mapping.own_currencies().end()) {
  const auto* oneof = events::v1::Fact::descriptor()->FindOneofByName("kind");
  for (int k = 0; k < oneof->field_count(); ++k) {
    const FieldDescriptor* kind = oneof->field(k);
    facts_.emplace(kind->number(),
                   bounds::MessageRules(*kind->message_type(), absl::StrCat("fact.", kind->name()),
                                        kFactRule));
  }
}

absl::Status RecordRules::Check(const events::v1::FactEvent& event) const {
  if (!IsValidId(event.account_id())) {
    return InvalidArgument("ACCOUNT_INVALID", "account_id",
                           absl::StrCat("\"", event.account_id(),
                                        "\" is no account id: 1–64 characters of [A-Za-z0-9._-]"),
                           kEventRule);
  }
  const auto time = journal::FromTimestamp(event.time());
  if (!time.has_value() || !bounds::IsInstantInRange(absl::ToUnixSeconds(*time))) {
    return InvalidArgument("TIME_INVALID", "time", "the instant is not within 1970 and 2199",
                           kEventRule);
  }
  if (*time > now_ + kAheadMax) {
    return InvalidArgument("TIME_AHEAD", "time", "a fact lies in the past, this one ahead of it",
                           kEventRule);
  }
  const FieldDescriptor* kind = KindOf(event.fact());
  if (kind == nullptr) {
    return InvalidArgument("UNKNOWN_FACT_KIND", "fact", "nothing of the fact is set", kFactRule);
  }
  const Message& fact = event.fact().GetReflection()->GetMessage(event.fact(), kind);
  RETURN_IF_ERROR(facts_.at(kind->number()).Check(fact));
  return CheckCurrencies(fact, absl::StrCat("fact.", kind->name()), kFactRule);
}

absl::Status RecordRules::Check(const accounts::v1::CreateAccountRequest& request) const {
  RETURN_IF_ERROR(text::CheckReadable({.field = "legal_name",
                                       .rule = kAccountRule,
                                       .bytes_max = kRecordTextBytesMax,
                                       .needed = true},
                                      request.account().legal_name()));
  RETURN_IF_ERROR(CheckTexts(request.account(), kAccountRule));
  return CheckCurrencies(request.account(), "account", kAccountRule);
}

absl::Status RecordRules::Check(const opportunities::v1::CreateOpportunityRequest& request) const {
  RETURN_IF_ERROR(CheckTexts(request.opportunity(), kOpportunityRule));
  return CheckCurrencies(request.opportunity(), "opportunity", kOpportunityRule);
}

absl::Status RecordRules::CheckTexts(const Message& message, absl::string_view rule) const {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING || field->is_repeated()) continue;
    std::string scratch;
    RETURN_IF_ERROR(text::CheckReadable(
        {.field = field->name(), .rule = rule, .bytes_max = kRecordTextBytesMax},
        message.GetReflection()->GetStringReference(message, field, &scratch)));
  }
  return absl::OkStatus();
}

absl::Status RecordRules::CheckCurrencies(const Message& message, const std::string& path,
                                          absl::string_view rule) const {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_repeated() ||
        field->message_type() != type::v1::Money::descriptor()) {
      continue;
    }
    const auto& money =
        static_cast<const type::v1::Money&>(message.GetReflection()->GetMessage(message, field));
    const std::string& code = money.currency_code();
    if (code.empty() || IsoMinorDigits(code).has_value() || own_currencies_.contains(code))
      continue;
    return InvalidArgument(
        "UNKNOWN_CURRENCY", absl::StrCat(path, ".", field->name(), ".currency_code"),
        absl::StrCat("\"", code, "\" is no currency of ISO 4217, nor one of own_currencies"), rule);
  }
  return absl::OkStatus();
}

std::vector<std::string> RecordRules::OnlyServerJudges() {
  return {"whether its rates know every currency",
          "whether accounts and opportunities are there already, and say the same",
          "whether an opportunity's stage and loss reason are of its process",
          "which facts were counted before, and which lie too far back"};
}

}  // namespace bellwether::imports
