#include "services/accounts/adapters/account_messages.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/rpc/paging.h"

namespace bellwether::accounts {
namespace {

constexpr char kNamePrefix[] = "accounts/";

absl::StatusOr<absl::Time> TimeOf(const google::protobuf::Timestamp& timestamp,
                                  absl::string_view field) {
  const std::optional<absl::Time> time = journal::FromTimestamp(timestamp);
  if (!time.has_value()) {
    return InvalidArgument("TIME_OUT_OF_RANGE", field, "an instant of the years 1-9999", "A1");
  }
  return *time;
}

std::optional<Money> MoneyOf(bool has, const type::v1::Money& proto) {
  if (!has) return std::nullopt;
  return Money{proto.currency_code(), proto.amount_minor()};
}

void SetMoney(const std::optional<Money>& money, type::v1::Money* (v1::Account::*mutable_field)(),
              v1::Account& proto) {
  if (!money.has_value()) return;
  type::v1::Money& out = *(proto.*mutable_field)();
  out.set_currency_code(money->currency_code);
  out.set_amount_minor(money->amount_minor);
}

// The enums of domain and API have the same order; a value the API does not know yet is refused.
template <typename Domain>
absl::StatusOr<Domain> EnumOf(int value, Domain last, absl::string_view field) {
  if (value < 0 || value > static_cast<int>(last)) {
    return InvalidArgument("ENUM_VALUE_UNKNOWN", field, "not a value of the enum", "A1");
  }
  return static_cast<Domain>(value);
}

absl::StatusOr<TeamMember> FromProto(const v1::TeamMember& proto, const std::string& field) {
  TeamMember member{.person = proto.person()};
  ASSIGN_OR_RETURN(member.role, EnumOf(proto.role(), TeamRole::kCustomerSuccessManager,
                                       absl::StrCat(field, ".role")));
  if (!proto.has_from_time()) {
    return InvalidArgument("FIELD_MISSING", absl::StrCat(field, ".from_time"),
                           "a role has a beginning", "A1");
  }
  ASSIGN_OR_RETURN(member.from, TimeOf(proto.from_time(), absl::StrCat(field, ".from_time")));
  if (proto.has_to_time()) {
    ASSIGN_OR_RETURN(member.to, TimeOf(proto.to_time(), absl::StrCat(field, ".to_time")));
  }
  return member;
}

}  // namespace

std::string AccountName(absl::string_view account_id) {
  return absl::StrCat(kNamePrefix, account_id);
}

absl::StatusOr<std::string> AccountIdOf(absl::string_view name, absl::string_view field) {
  absl::string_view id = name;
  if (!absl::ConsumePrefix(&id, kNamePrefix) || !IsValidId(id)) {
    return InvalidArgument("ACCOUNT_NAME_INVALID", field, "expected accounts/{account_id}");
  }
  return std::string(id);
}

v1::Account ToProto(const Account& account) {
  v1::Account proto;
  proto.set_name(AccountName(account.id));
  proto.set_legal_name(account.legal_name);
  proto.set_short_name(account.short_name);
  proto.set_industry(account.industry);
  proto.set_region(account.region);
  SetMoney(account.annual_revenue, &v1::Account::mutable_annual_revenue, proto);
  proto.set_headcount(account.headcount);
  if (!account.parent_id.empty()) proto.set_parent(AccountName(account.parent_id));
  proto.set_standing(static_cast<v1::Standing>(account.standing));
  for (const Tag& tag : account.tags) {
    v1::Tag& out = *proto.add_tags();
    out.set_kind(static_cast<v1::TagKind>(tag.kind));
    out.set_value(tag.value);
  }
  for (const ExternalId& id : account.external_ids) {
    v1::ExternalId& out = *proto.add_external_ids();
    out.set_source(id.source);
    out.set_id(id.id);
  }
  proto.set_owner(account.owner);
  for (const TeamMember& member : account.team) {
    v1::TeamMember& out = *proto.add_team();
    out.set_person(member.person);
    out.set_role(static_cast<v1::TeamRole>(member.role));
    *out.mutable_from_time() = journal::ToTimestamp(member.from);
    if (member.to.has_value()) *out.mutable_to_time() = journal::ToTimestamp(*member.to);
  }
  SetMoney(account.annual_purchasing_budget, &v1::Account::mutable_annual_purchasing_budget, proto);
  SetMoney(account.annual_sales_budget, &v1::Account::mutable_annual_sales_budget, proto);
  proto.set_tier(account.tier);
  proto.set_tier_pinned(account.tier_pinned);
  if (account.customer_since.has_value()) {
    *proto.mutable_customer_since() = journal::ToTimestamp(*account.customer_since);
  }
  proto.set_domain(account.domain);
  *proto.mutable_create_time() = journal::ToTimestamp(account.created);
  *proto.mutable_update_time() = journal::ToTimestamp(account.updated);
  proto.set_etag(rpc::EtagOf(account.version));
  return proto;
}

absl::StatusOr<Account> FromProto(const v1::Account& proto, const std::string& account_id) {
  Account account;
  account.id = account_id;
  account.legal_name = proto.legal_name();
  account.short_name = proto.short_name();
  account.industry = proto.industry();
  account.region = proto.region();
  account.annual_revenue = MoneyOf(proto.has_annual_revenue(), proto.annual_revenue());
  account.headcount = proto.headcount();
  if (!proto.parent().empty()) {
    ASSIGN_OR_RETURN(account.parent_id, AccountIdOf(proto.parent(), "parent"));
  }
  ASSIGN_OR_RETURN(account.standing, EnumOf(proto.standing(), Standing::kLongTail, "standing"));
  for (int i = 0; i < proto.tags_size(); ++i) {
    Tag& tag = account.tags.emplace_back();
    ASSIGN_OR_RETURN(tag.kind, EnumOf(proto.tags(i).kind(), TagKind::kScenario,
                                      absl::StrCat("tags[", i, "].kind")));
    tag.value = proto.tags(i).value();
  }
  for (const v1::ExternalId& id : proto.external_ids()) {
    account.external_ids.push_back({id.source(), id.id()});
  }
  account.owner = proto.owner();
  for (int i = 0; i < proto.team_size(); ++i) {
    ASSIGN_OR_RETURN(TeamMember member, FromProto(proto.team(i), absl::StrCat("team[", i, "]")));
    account.team.push_back(std::move(member));
  }
  account.annual_purchasing_budget =
      MoneyOf(proto.has_annual_purchasing_budget(), proto.annual_purchasing_budget());
  account.annual_sales_budget =
      MoneyOf(proto.has_annual_sales_budget(), proto.annual_sales_budget());
  account.tier = proto.tier();
  account.tier_pinned = proto.tier_pinned();
  if (proto.has_customer_since()) {
    ASSIGN_OR_RETURN(account.customer_since, TimeOf(proto.customer_since(), "customer_since"));
  }
  account.domain = proto.domain();
  return Tidied(std::move(account));
}

v1::RfmLevel ToProto(RfmLevel level) {
  // The API counts from 1: 0 means unspecified.
  return static_cast<v1::RfmLevel>(static_cast<int>(level) + 1);
}

v1::Rfm ToProto(const RfmPlace& place, const RfmCut& cut, int64_t rank) {
  v1::Rfm proto = Unranked(place.orders.account_id, cut);
  proto.set_level(ToProto(place.level));
  proto.set_recency_score(place.recency_score);
  proto.set_frequency_score(place.frequency_score);
  proto.set_monetary_score(place.monetary_score);
  proto.set_composite_micros(place.composite_micros);
  proto.set_recency_days(place.orders.recency_days);
  proto.set_order_count(place.orders.order_count);
  proto.set_order_value_minor(place.orders.order_value_minor);
  proto.set_rank(rank);
  return proto;
}

v1::Rfm Unranked(absl::string_view account_id, const RfmCut& cut) {
  v1::Rfm proto;
  proto.set_account(AccountName(account_id));
  *proto.mutable_cut_time() = journal::ToTimestamp(cut.time);
  *proto.mutable_known_time() = journal::ToTimestamp(std::max(cut.time, cut.known));
  proto.set_level(ToProto(RfmLevel::kMaintenance));
  return proto;
}

}  // namespace bellwether::accounts
