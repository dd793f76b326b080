// The people: who meets whom, who decides, who else courts the account, what is spent on it.
#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/simulator/application/account_day.h"
#include "services/simulator/domain/names.h"

namespace bellwether::simulator {
namespace {

constexpr uint64_t kInteractionStream = 30;
constexpr uint64_t kChainStream = 31;
constexpr uint64_t kCompetitorStream = 32;
constexpr uint64_t kBudgetStream = 33;
constexpr uint64_t kResourceStream = 34;
constexpr uint64_t kCooperationStream = 35;
constexpr uint64_t kManagerStream = 36;

constexpr int64_t kWorkdaysMonthly = 21;
constexpr int64_t kWeekDays = 7;
constexpr int64_t kQuarterDays = 91;
constexpr int64_t kYearDays = 365;

std::string Person(const AccountDay& at, int64_t number) {
  return absl::StrCat(at.profile.account_id, "-p", number);
}

// True on the day after the account's course has begun to show, by `days`.
bool DaysAfterTurn(const AccountDay& at, int64_t days) {
  const Trajectory& t = at.profile.trajectory;
  return t.end < t.base && at.day == t.turn_day + days;
}

void AddInteractions(const AccountDay& at, DayFacts& facts) {
  Random random = at.RandomFor(kInteractionStream);
  const int64_t vitality = at.vitality();
  const int64_t chance = kMillion * at.profile.habits->interactions_monthly / kWorkdaysMonthly *
                         (300 + vitality * 7 / 10) / kMille;
  if (!at.workday() || !random.Chance(chance)) return;
  auto& held = *facts.AddInBusinessHours(random).mutable_interaction_held();
  constexpr events::v1::InteractionChannel kChannels[] = {
      events::v1::INTERACTION_CHANNEL_VISIT, events::v1::INTERACTION_CHANNEL_CALL,
      events::v1::INTERACTION_CHANNEL_CALL, events::v1::INTERACTION_CHANNEL_MAIL,
      events::v1::INTERACTION_CHANNEL_MEETING};
  held.set_channel(random.Pick(absl::MakeConstSpan(kChannels)));
  const bool executive = at.profile.habits->executive && random.Chance(vitality * 220);
  held.set_level(executive                                 ? events::v1::CONTACT_LEVEL_EXECUTIVE
                 : random.Chance(100'000 + vitality * 250) ? events::v1::CONTACT_LEVEL_DIRECTOR
                                                           : events::v1::CONTACT_LEVEL_MANAGER);
  held.add_person_ids(Person(at, random.Between(1, at.profile.people)));
  held.set_customer_initiated(random.Chance(100'000 + vitality * 350));
  held.set_competitor_mentioned(random.Chance(20'000 + (kMille - vitality) * 400));
  if (held.competitor_mentioned()) held.set_competitor(std::string(random.Pick(Competitors())));
  held.set_representative(at.profile.owner);
}

void AddDecisionChain(const AccountDay& at, DayFacts& facts) {
  Random random = at.RandomFor(kChainStream);
  const int64_t vitality = at.vitality();
  const auto change = [&](events::v1::DecisionChainChange kind) -> auto& {
    auto& changed = *facts.AddInBusinessHours(random).mutable_decision_chain_changed();
    changed.set_change(kind);
    changed.set_person_id(Person(at, random.Between(1, at.profile.people)));
    changed.set_coverage_micros(
        std::clamp<int64_t>(vitality * 900 + random.Between(-30'000, 30'000), 0, kMillion));
    return changed;
  };
  // A well-kept chain moves every week, a neglected one now and then.
  if (at.Due(kWeekDays, 2) && random.Chance(vitality >= 650 ? 970'000 : vitality * 600)) {
    auto& contacted = change(events::v1::DECISION_CHAIN_CHANGE_PERSON_CONTACTED);
    contacted.set_key_decision_maker(random.Chance(250'000));
  }
  if (at.profile.habits->executive && absl::GetWeekday(at.date()) == absl::Weekday::friday &&
      random.Chance(vitality * 1'000 + 50'000)) {
    change(events::v1::DECISION_CHAIN_CHANGE_VERIFIED);
  }
  if (random.Chance(3'000 + (kMille - vitality) * 25)) {
    change(events::v1::DECISION_CHAIN_CHANGE_PERSON_ADDED);
  }
  if (random.Chance((kMille - vitality) * 20)) {
    change(events::v1::DECISION_CHAIN_CHANGE_STANCE_CHANGED).set_stance(vitality < 500 ? -2 : -1);
  }
  if (DaysAfterTurn(at, 6)) change(events::v1::DECISION_CHAIN_CHANGE_PERSON_LEFT);
}

void AddCompetitors(const AccountDay& at, DayFacts& facts) {
  Random random = at.RandomFor(kCompetitorStream);
  const int64_t trouble = kMille - at.vitality();
  if (!random.Chance(2'000 + trouble * trouble * 90 / kMille)) return;
  auto& observed = *facts.AddInBusinessHours(random).mutable_competitor_activity_observed();
  observed.set_competitor(std::string(random.Pick(Competitors())));
  observed.set_activity(std::string(random.Pick(CompetitorMoves())));
  observed.set_strength(static_cast<int32_t>(1 + trouble * 4 / kMille));
  observed.set_contact(random.Chance(200'000 + trouble * 600));
}

void AddBudget(const AccountDay& at, DayFacts& facts) {
  Random random = at.RandomFor(kBudgetStream);
  const bool cut = DaysAfterTurn(at, 9);
  if (!cut && !at.Due(kYearDays, 40)) return;
  auto& changed = *facts.AddInBusinessHours(random).mutable_budget_changed();
  SetMoney(*changed.mutable_previous(), at, at.profile.yearly_value_minor);
  const int64_t share = cut ? random.Between(480, 740) : random.Between(960, 1'120);
  SetMoney(*changed.mutable_current(), at, at.profile.yearly_value_minor / kMille * share);
}

void AddResources(const AccountDay& at, DayFacts& facts) {
  Random random = at.RandomFor(kResourceStream);
  const int64_t chance = kMillion * at.profile.habits->spends_monthly / kWorkdaysMonthly;
  if (!at.workday() || !random.Chance(chance)) return;
  auto& spent = *facts.AddInBusinessHours(random).mutable_resource_spent();
  constexpr absl::string_view kKinds[] = {"technical", "technical", "price", "executive"};
  spent.set_resource_kind(std::string(random.Pick(absl::MakeConstSpan(kKinds))));
  spent.set_minutes(random.Between(2, 32) * 15);
  // An eighth of what the account buys in a year, spread over its spends.
  const int64_t usual =
      at.profile.yearly_value_minor / 8 / (12 * at.profile.habits->spends_monthly);
  SetMoney(*spent.mutable_cost(), at, usual / kMille * random.Between(600, 1'400));
}

void AddCooperation(const AccountDay& at, DayFacts& facts) {
  Random random = at.RandomFor(kCooperationStream);
  const int64_t vitality = at.vitality();
  if (at.Due(kQuarterDays, 5)) {
    const int64_t depth = at.profile.habits->executive ? vitality : vitality * 3 / 4;
    auto& changed = *facts.AddInBusinessHours(random).mutable_cooperation_changed();
    changed.set_joint_projects(static_cast<int32_t>(depth * 4 / kMille + random.Between(0, 1)));
    changed.set_data_sharing_level(static_cast<int32_t>(depth * 4 / kMille));
    changed.set_supply_chain_integration(static_cast<int32_t>(depth * 7 / 2 / kMille));
    changed.set_joint_patents(static_cast<int32_t>(depth * 2 / kMille));
    auto& growth = *facts.AddInBusinessHours(random).mutable_revenue_growth_reported();
    growth.set_growth_micros((vitality - 520) * 350 + random.Between(-30'000, 30'000));
  }
  if (at.profile.habits->executive && at.Due(kQuarterDays, 47)) {
    auto& meeting = *facts.AddInBusinessHours(random).mutable_strategic_meeting_held();
    meeting.set_invited(static_cast<int32_t>(random.Between(6, 14)));
    meeting.set_attended(static_cast<int32_t>(
        std::min<int64_t>(meeting.invited(), 1 + meeting.invited() * vitality / kMille)));
  }
}

void AddManagerChange(const AccountDay& at, DayFacts& facts) {
  Random random = at.RandomFor(kManagerStream);
  // Every third account that falls ill had just lost its account manager.
  const bool fell = DaysAfterTurn(at, 1) && at.profile.number % 3 == 0;
  if (!fell && !random.Chance(150)) return;
  auto& changed = *facts.AddInBusinessHours(random).mutable_account_manager_changed();
  changed.set_previous(std::string(random.Pick(AccountManagers())));
  changed.set_current(at.profile.owner);
  changed.set_left_company(fell);
}

}  // namespace

void AddRelations(const AccountDay& at, DayFacts& facts) {
  if (at.vitality() == 0) return;
  AddInteractions(at, facts);
  AddDecisionChain(at, facts);
  AddCompetitors(at, facts);
  AddBudget(at, facts);
  AddResources(at, facts);
  AddCooperation(at, facts);
  AddManagerChange(at, facts);
}

}  // namespace bellwether::simulator
