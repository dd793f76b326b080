#include "services/opportunities/adapters/opportunity_messages.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/rpc/paging.h"

namespace bellwether::opportunities {
namespace {

constexpr char kNamePrefix[] = "opportunities/";
constexpr char kAccountPrefix[] = "accounts/";

}  // namespace

std::string OpportunityName(absl::string_view id) { return absl::StrCat(kNamePrefix, id); }

absl::StatusOr<std::string> OpportunityIdOf(absl::string_view name) {
  absl::string_view id = name;
  if (!absl::ConsumePrefix(&id, kNamePrefix) || !IsValidId(id)) {
    return InvalidArgument("OPPORTUNITY_NAME_INVALID", "name",
                           "expected opportunities/{opportunity_id}");
  }
  return std::string(id);
}

absl::StatusOr<std::string> AccountIdOf(absl::string_view name) {
  absl::string_view id = name;
  if (!absl::ConsumePrefix(&id, kAccountPrefix) || !IsValidId(id)) {
    return InvalidArgument("ACCOUNT_NAME_INVALID", "account", "expected accounts/{account_id}");
  }
  return std::string(id);
}

absl::StatusOr<std::optional<absl::Time>> TimeOf(bool has,
                                                 const google::protobuf::Timestamp& timestamp,
                                                 absl::string_view field) {
  if (!has) return std::nullopt;
  const std::optional<absl::Time> time = journal::FromTimestamp(timestamp);
  if (!time.has_value()) {
    return InvalidArgument("TIME_OUT_OF_RANGE", field, "an instant of the years 1-9999", "O1");
  }
  return time;
}

std::optional<Money> MoneyOf(bool has, const type::v1::Money& proto) {
  if (!has) return std::nullopt;
  return Money{proto.currency_code(), proto.amount_minor(), proto.base_amount_minor()};
}

v1::Opportunity ToProto(const Opportunity& opportunity) {
  v1::Opportunity proto;
  proto.set_name(OpportunityName(opportunity.id));
  if (!opportunity.account_id.empty()) {
    proto.set_account(absl::StrCat(kAccountPrefix, opportunity.account_id));
  }
  proto.set_title(opportunity.title);
  // The enums of domain and API have the same order.
  proto.set_state(static_cast<v1::State>(opportunity.state));
  proto.set_stage(opportunity.stage);
  proto.set_owner(opportunity.owner);
  proto.set_product(opportunity.product);
  if (opportunity.amount.has_value()) {
    type::v1::Money& amount = *proto.mutable_amount();
    amount.set_currency_code(opportunity.amount->currency_code);
    amount.set_amount_minor(opportunity.amount->amount_minor);
    amount.set_base_amount_minor(opportunity.amount->base_amount_minor);
  }
  if (opportunity.engage_time.has_value()) {
    *proto.mutable_engage_time() = journal::ToTimestamp(*opportunity.engage_time);
  }
  if (opportunity.close_time.has_value()) {
    *proto.mutable_close_time() = journal::ToTimestamp(*opportunity.close_time);
  }
  proto.set_loss_reason(opportunity.loss_reason);
  proto.set_source(opportunity.source);
  proto.set_import_run(opportunity.import_run);
  *proto.mutable_create_time() = journal::ToTimestamp(opportunity.created);
  *proto.mutable_update_time() = journal::ToTimestamp(opportunity.updated);
  proto.set_etag(rpc::EtagOf(opportunity.version));
  return proto;
}

absl::StatusOr<Opportunity> FromProto(const v1::Opportunity& proto, const std::string& id) {
  Opportunity opportunity;
  opportunity.id = id;
  if (!proto.account().empty()) {
    ASSIGN_OR_RETURN(opportunity.account_id, AccountIdOf(proto.account()));
  }
  opportunity.title = proto.title();
  if (proto.state() < v1::STATE_UNSPECIFIED || proto.state() > v1::STATE_LOST) {
    return InvalidArgument("STATE_UNKNOWN", "state", "not a value of the enum", "O1");
  }
  opportunity.state = static_cast<State>(proto.state());
  opportunity.stage = proto.stage();
  opportunity.owner = proto.owner();
  opportunity.product = proto.product();
  opportunity.amount = MoneyOf(proto.has_amount(), proto.amount());
  ASSIGN_OR_RETURN(opportunity.engage_time,
                   TimeOf(proto.has_engage_time(), proto.engage_time(), "engage_time"));
  ASSIGN_OR_RETURN(opportunity.close_time,
                   TimeOf(proto.has_close_time(), proto.close_time(), "close_time"));
  opportunity.loss_reason = proto.loss_reason();
  opportunity.source = proto.source();
  return Tidied(std::move(opportunity));
}

}  // namespace bellwether::opportunities
