#include "services/simulator/application/live_player.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "services/simulator/application/demo.h"

namespace bellwether::simulator::live_player_test {
namespace {

Portfolio SomePortfolio() {
  return Portfolio({.seed = 7,
                    .accounts = kAccountsDefault,
                    .today = absl::CivilDay(2026, 11, 21),
                    .zone = absl::FixedTimeZone(8 * 3600)});
}

constexpr absl::Time kNow = absl::FromUnixSeconds(1'795'000'000);

TEST(LivePlayer, StampsFactsNowAndNamesThemAfterItsRun) {
  const Portfolio portfolio = SomePortfolio();
  LivePlayer player(portfolio, "r1");
  std::set<std::pair<std::string, int64_t>> ids;
  for (int i = 0; i < 500; ++i) {
    const auto fact = player.Next(kNow + absl::Seconds(i));
    EXPECT_EQ(fact.time().seconds(), absl::ToUnixSeconds(kNow) + i);
    EXPECT_EQ(fact.id().substr(0, 8), "live-r1-");
    EXPECT_TRUE(ids.insert({fact.id(), fact.fact().revision()}).second);
    if (fact.fact().has_payment_due()) {
      EXPECT_GT(fact.fact().payment_due().due_time().seconds(), fact.time().seconds());
    }
  }
}

TEST(LivePlayer, TakesBackWhatItSaidItselfAndOnItsFirstDayWhatThePastSaid) {
  const Portfolio portfolio = SomePortfolio();
  LivePlayer player(portfolio, "r1");
  std::set<std::string> said;
  std::set<std::string> past;
  for (const auto& fact : portfolio.FactsOfDay(-1)) past.insert(fact.id());
  int taken_back = 0;
  int said_anew = 0;
  for (int i = 0; i < 60'000; ++i) {
    const auto event = player.Next(kNow + absl::Seconds(i));
    if (event.fact().has_fact_retracted()) {
      const std::string& id = event.fact().fact_retracted().id();
      EXPECT_TRUE(said.contains(id) || past.contains(id)) << id;
      ++taken_back;
    } else if (event.fact().revision() > 0) {
      EXPECT_TRUE(said.contains(event.id())) << event.id();
      ++said_anew;
    }
    said.insert(event.id());
  }
  EXPECT_GT(taken_back, 0);
  EXPECT_GT(said_anew, 0);
}

TEST(LivePlayer, PlaysTheSameFactsEachRun) {
  const Portfolio portfolio = SomePortfolio();
  LivePlayer a(portfolio, "r");
  LivePlayer b(portfolio, "r");
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(a.Next(kNow).SerializeAsString(), b.Next(kNow).SerializeAsString());
  }
}

TEST(LivePlayer, SickeningAccountsFallWithinMinutesOfTraffic) {
  const Portfolio portfolio = SomePortfolio();
  LivePlayer player(portfolio, "r");
  std::map<std::string, int> facts;
  constexpr int kTenMinutesAtFourASecond = 2'400;
  for (int i = 0; i < kTenMinutesAtFourASecond; ++i) ++facts[player.Next(kNow).account_id()];
  int64_t sickening = 0;
  int64_t sickening_facts = 0;
  for (const Profile& profile : portfolio.profiles()) {
    if (profile.trajectory.course != Course::kSickening) continue;
    ++sickening;
    sickening_facts += facts[profile.account_id];
  }
  ASSERT_GT(sickening, 5);
  EXPECT_GT(sickening_facts, kTenMinutesAtFourASecond / 4);
  EXPECT_LT(sickening_facts, kTenMinutesAtFourASecond * 3 / 4);
}

// Records what a demo does.
class RecordingTarget : public DemoTarget {
 public:
  absl::Status backfill_answer;
  std::vector<std::string> steps;
  int64_t facts = 0;
  int64_t latest_fact = 0;
  absl::Status past_answer;
  // Of each opportunity opened in the past.
  std::vector<int64_t> engaged;
  std::vector<int64_t> fact_before_it;

  absl::Status Backfill(absl::FunctionRef<std::optional<events::v1::FactEvent>()> next) override {
    steps.push_back("backfill");
    if (!backfill_answer.ok()) return backfill_answer;
    while (const auto fact = next()) {
      latest_fact = fact->time().seconds();
      ++facts;
    }
    return absl::OkStatus();
  }
  absl::Status GoLive() override {
    steps.push_back("go live");
    return absl::OkStatus();
  }
  absl::Status CreateAccounts(absl::Span<const accounts::v1::CreateAccountRequest>) override {
    steps.push_back("accounts");
    return absl::OkStatus();
  }
  absl::Status CreateOpportunities(
      absl::Span<const opportunities::v1::CreateOpportunityRequest>) override {
    steps.push_back("opportunities");
    return absl::OkStatus();
  }
  absl::Status CreatePastOpportunities(
      absl::Span<const opportunities::v1::CreateOpportunityRequest> requests) override {
    for (const auto& request : requests) {
      engaged.push_back(request.opportunity().engage_time().seconds());
      fact_before_it.push_back(latest_fact);
    }
    return past_answer;
  }
  absl::Status Send(absl::Span<const events::v1::FactEvent>) override { return absl::OkStatus(); }
};

TEST(BuildPast, SendsThePastThenGoesLive) {
  const Portfolio portfolio = SomePortfolio();
  RecordingTarget target;
  EXPECT_TRUE(BuildPast(portfolio, {.days = 30}, target).ok());
  EXPECT_EQ(target.steps,
            (std::vector<std::string>{"accounts", "backfill", "go live", "opportunities"}));
  EXPECT_GT(target.facts, 5'000);
}

TEST(BuildPast, OpensOpportunitiesBetweenTheFactsOfTheirTime) {
  const Portfolio portfolio = SomePortfolio();
  RecordingTarget target;
  ASSERT_TRUE(BuildPast(portfolio, {.days = 180}, target).ok());
  EXPECT_EQ(target.engaged.size(), portfolio.OpenOpportunities().size());
  EXPECT_TRUE(std::is_sorted(target.engaged.begin(), target.engaged.end()));
  for (size_t i = 0; i < target.engaged.size(); ++i) {
    EXPECT_LE(target.fact_before_it[i], target.engaged[i]);
    EXPECT_GT(target.fact_before_it[i], target.engaged[i] - 24 * 3'600);
  }
}

TEST(BuildPast, EndsWhereAnOpportunityCannotBeOpened) {
  const Portfolio portfolio = SomePortfolio();
  RecordingTarget target;
  target.past_answer = absl::UnavailableError("gone");
  EXPECT_TRUE(absl::IsUnavailable(BuildPast(portfolio, {.days = 180}, target)));
  EXPECT_EQ(target.steps, (std::vector<std::string>{"accounts", "backfill"}));
}

TEST(BuildPast, LeavesALiveJournalItsPast) {
  const Portfolio portfolio = SomePortfolio();
  RecordingTarget target;
  target.backfill_answer = FailedPrecondition("JOURNAL_IS_LIVE", "", "the journal is live");
  EXPECT_TRUE(BuildPast(portfolio, {.days = 30}, target).ok());
  EXPECT_EQ(target.steps.back(), "opportunities");
}

TEST(BuildPast, PassesOtherFailuresOn) {
  const Portfolio portfolio = SomePortfolio();
  RecordingTarget target;
  target.backfill_answer = absl::UnavailableError("gone");
  EXPECT_TRUE(absl::IsUnavailable(BuildPast(portfolio, {.days = 30}, target)));
  EXPECT_EQ(target.steps, (std::vector<std::string>{"accounts", "backfill"}));
}

}  // namespace
}  // namespace bellwether::simulator::live_player_test
