#include "services/simulator/application/portfolio.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/simulator/application/account_day.h"
#include "services/simulator/domain/names.h"
#include "services/simulator/domain/random.h"

namespace bellwether::simulator {
namespace {

constexpr uint64_t kOpportunityStream = 40;

int64_t SecondsOf(const PortfolioOptions& options, absl::CivilDay date, int hour) {
  return absl::ToUnixSeconds(absl::FromCivil(
      absl::CivilSecond(date.year(), date.month(), date.day(), hour), options.zone));
}

void AddTeamMember(accounts::v1::Account& account, const std::string& person,
                   accounts::v1::TeamRole role, int64_t from_seconds) {
  accounts::v1::TeamMember& member = *account.add_team();
  member.set_person(person);
  member.set_role(role);
  member.mutable_from_time()->set_seconds(from_seconds);
}

}  // namespace

Portfolio::Portfolio(PortfolioOptions options) : options_(std::move(options)) {
  for (int64_t number = 0; number < std::clamp<int64_t>(options_.accounts, 1, kAccountsMax);
       ++number) {
    profiles_.push_back(MakeProfile(options_.seed, number));
  }
}

std::vector<events::v1::FactEvent> Portfolio::FactsOfDay(int64_t number, int64_t day) const {
  const AccountDay at{options_, profiles_[number], day};
  DayFacts facts;
  AddCommerce(at, facts);
  AddExperience(at, facts);
  AddRelations(at, facts);
  return facts.Take(at);
}

std::vector<events::v1::FactEvent> Portfolio::FactsOfDay(int64_t day) const {
  std::vector<events::v1::FactEvent> all;
  for (const Profile& profile : profiles_) {
    auto facts = FactsOfDay(profile.number, day);
    std::move(facts.begin(), facts.end(), std::back_inserter(all));
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.time().seconds() < b.time().seconds();
  });
  return all;
}

std::vector<accounts::v1::CreateAccountRequest> Portfolio::Accounts() const {
  std::vector<accounts::v1::CreateAccountRequest> requests;
  for (const Profile& p : profiles_) {
    accounts::v1::CreateAccountRequest& request = requests.emplace_back();
    request.set_account_id(p.account_id);
    request.set_request_id(absl::StrCat("demo-account-", options_.seed, "-", p.number));
    accounts::v1::Account& account = *request.mutable_account();
    account.set_legal_name(p.legal_name);
    account.set_short_name(p.short_name);
    account.set_industry(p.industry);
    account.set_region(p.region);
    account.set_owner(p.owner);
    account.set_tier(std::string(p.habits->tier));
    // Who gets executives' time is decided by people; the others follow their RFM level.
    account.set_tier_pinned(p.habits->executive);
    account.set_domain(p.domain);
    account.set_headcount(p.headcount);
    account.mutable_annual_revenue()->set_currency_code(options_.currency);
    account.mutable_annual_revenue()->set_amount_minor(
        InMinorUnits(p.annual_revenue_minor, options_.currency));
    account.mutable_annual_purchasing_budget()->set_currency_code(options_.currency);
    account.mutable_annual_purchasing_budget()->set_amount_minor(
        InMinorUnits(p.yearly_value_minor, options_.currency));
    const int64_t since = SecondsOf(options_, options_.today - p.customer_days, 9);
    account.mutable_customer_since()->set_seconds(since);
    AddTeamMember(account, p.owner, accounts::v1::TEAM_ROLE_ACCOUNT_MANAGER, since);
    AddTeamMember(account, p.solution_expert, accounts::v1::TEAM_ROLE_SOLUTION_EXPERT, since);
    AddTeamMember(account, p.success_manager, accounts::v1::TEAM_ROLE_CUSTOMER_SUCCESS_MANAGER,
                  since);
    accounts::v1::Tag& tag = *account.add_tags();
    tag.set_kind(accounts::v1::TAG_KIND_INDUSTRY);
    tag.set_value(p.industry);
  }
  return requests;
}

std::vector<opportunities::v1::CreateOpportunityRequest> Portfolio::OpenOpportunities() const {
  std::vector<opportunities::v1::CreateOpportunityRequest> requests;
  for (const Profile& p : profiles_) {
    Random random({options_.seed, kOpportunityStream, static_cast<uint64_t>(p.number)});
    const int64_t vitality = VitalityAt(p.trajectory, options_.seed, p.number, 0);
    const int64_t count =
        vitality * (p.habits->executive ? 3 : 1) / kMille + (random.Chance(300'000) ? 1 : 0);
    for (int64_t i = 0; i < count; ++i) {
      opportunities::v1::CreateOpportunityRequest& request = requests.emplace_back();
      request.set_opportunity_id(absl::StrCat(p.account_id, "-opp-", i + 1));
      request.set_request_id(
          absl::StrCat("demo-opportunity-", options_.seed, "-", p.number, "-", i));
      opportunities::v1::Opportunity& opportunity = *request.mutable_opportunity();
      opportunity.set_account(absl::StrCat("accounts/", p.account_id));
      opportunity.set_product(std::string(random.Pick(Products())));
      opportunity.set_title(absl::StrCat(p.short_name, ": ", opportunity.product()));
      opportunity.set_state(opportunities::v1::STATE_OPEN);
      opportunity.set_owner(p.owner);
      opportunity.mutable_amount()->set_currency_code(options_.currency);
      opportunity.mutable_amount()->set_amount_minor(
          InMinorUnits(p.yearly_value_minor / 100 * random.Between(5, 40), options_.currency));
      opportunity.mutable_engage_time()->set_seconds(
          SecondsOf(options_, options_.today - random.Between(2, 120), 10));
      opportunity.set_source("demo");
    }
  }
  return requests;
}

}  // namespace bellwether::simulator
