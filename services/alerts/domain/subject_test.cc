#include "services/alerts/domain/subject.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::subject_test {
namespace {

using for_tests::kStart;

class SubjectFoldTest : public ::testing::Test {
 protected:
  Step StepAt(absl::Time time, std::vector<std::pair<std::string, int64_t>> values) const {
    Step step{.time = time};
    for (const auto& [name, value] : values) step.values.emplace_back(scope_.SlotOf(name), value);
    return step;
  }

  std::vector<ConditionChange> Apply(const Step& step) {
    std::vector<ConditionChange> changes;
    fold_.ApplyStep("acme", state_, step, ++version_, changes);
    return changes;
  }
  std::vector<ConditionChange> PassTo(absl::Time until) {
    std::vector<ConditionChange> changes;
    fold_.ApplyTime("acme", state_, until, version_, false, changes);
    return changes;
  }

  const RuleSet rules_{{for_tests::R02(), for_tests::R13(), for_tests::R39()}};
  const RuleScope& scope_ = *rules_.ScopeOf(kAccount);
  const SubjectFold fold_;
  SubjectState state_ = SubjectFold::NewSubject(scope_, kStart);
  int64_t version_ = 0;
};

TEST_F(SubjectFoldTest, AChangeCarriesAllThatACaseNeeds) {
  Step step = StepAt(kStart, {{"health.score", 65'000'000}, {"health.confidence", 900'000}});
  step.attributes = Attributes{{"display_name", "Acme"}, {"owner", "li"}, {"tier", "core"}};
  step.cause = {.kind = 1, .type = "order_placed", .source = "erp", .id = "o-1"};
  const auto changes = Apply(step);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].rule_id, "R13");
  EXPECT_EQ(changes[0].subject, "acme");
  EXPECT_EQ(changes[0].level, Level::kOrange);
  EXPECT_EQ(changes[0].value_micros, 65'000'000);
  EXPECT_EQ(changes[0].threshold_micros, 70'000'000);
  EXPECT_EQ(changes[0].attributes.Get("display_name"), "Acme");
  EXPECT_EQ(changes[0].cause.id, "o-1");
  EXPECT_EQ(changes[0].at, kStart);
}

TEST_F(SubjectFoldTest, TheDeadlineOfR02IsATimerOfItsOwn) {
  EXPECT_TRUE(
      Apply(StepAt(kStart, {{"decision_chain.last_moved", absl::ToUnixMicros(kStart)}})).empty());
  const absl::Time due = kStart + absl::Hours(24 * 7) + absl::Microseconds(1);
  EXPECT_EQ(fold_.NextDue(state_), due);
  EXPECT_TRUE(PassTo(due - absl::Microseconds(1)).empty());
  const auto changes = PassTo(due + absl::Hours(5));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].rule_id, "R02");
  EXPECT_EQ(changes[0].at, due) << "a late tick fires it at its own instant";
  EXPECT_EQ(changes[0].since, kStart);
  EXPECT_EQ(fold_.NextDue(state_), absl::InfiniteFuture());
}

TEST_F(SubjectFoldTest, AStepLetsEarlierTimersFireFirst) {
  Apply(StepAt(kStart, {{"decision_chain.last_moved", absl::ToUnixMicros(kStart)}}));
  const absl::Time moved = kStart + absl::Hours(24 * 9);
  const auto changes =
      Apply(StepAt(moved, {{"decision_chain.last_moved", absl::ToUnixMicros(moved)}}));
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].kind, ChangeKind::kFired);
  EXPECT_EQ(changes[1].kind, ChangeKind::kCleared);
  EXPECT_EQ(changes[1].at, moved);
}

TEST_F(SubjectFoldTest, AValueThatHasNoDataAnyMoreKeepsWhatFired) {
  Apply(StepAt(kStart, {{"health.score", 50'000'000}, {"health.confidence", 900'000}}));
  Step gone = StepAt(kStart + absl::Hours(1), {});
  gone.values.emplace_back(scope_.SlotOf("health.score"), std::nullopt);
  EXPECT_TRUE(Apply(gone).empty());
  const auto back = Apply(StepAt(kStart + absl::Hours(2), {{"health.score", 90'000'000}}));
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].kind, ChangeKind::kCleared);
}

// H1: nothing is waited for that never was.
TEST_F(SubjectFoldTest, WhatRestsOnFactsThatWereTakenBackEndsAtOnce) {
  Apply(StepAt(kStart, {{"health.score", 50'000'000}, {"health.confidence", 900'000}}));
  Step other = StepAt(kStart + absl::Hours(1), {{"orders.count_90d", 3'000'000}});
  other.history_restated = true;
  EXPECT_TRUE(Apply(other).empty()) << "it speaks of other values";
  Step gone = StepAt(kStart + absl::Hours(2), {});
  gone.values.emplace_back(scope_.SlotOf("health.score"), std::nullopt);
  gone.history_restated = true;
  const auto changes = Apply(gone);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, ChangeKind::kLapsed);
  EXPECT_TRUE(changes[0].history_restated);

  Apply(StepAt(kStart + absl::Hours(3), {{"health.score", 50'000'000}}));
  Step better = StepAt(kStart + absl::Hours(4), {{"health.score", 90'000'000}});
  better.history_restated = true;
  const auto cleared = Apply(better);
  ASSERT_EQ(cleared.size(), 1u);
  EXPECT_EQ(cleared[0].kind, ChangeKind::kCleared);
  EXPECT_TRUE(cleared[0].history_restated);
}

TEST_F(SubjectFoldTest, ALateFactReachesTheRulesThatJudgeWhatItChangedAndHaveFired) {
  const RestatedValue score{"health.score", absl::CivilDay(2023, 11, 14),
                            absl::CivilDay(2023, 11, 15), 50'000'000, 90'000'000};
  Step late = StepAt(kStart + absl::Hours(48), {});
  late.restated = {score,
                   {"orders.count_90d_before", score.first_day, score.last_day, 1, 2},
                   {"orders.value_30d", score.first_day, score.last_day, 1, 2}};
  EXPECT_TRUE(Apply(late).empty()) << "nothing had fired";

  Apply(StepAt(kStart, {{"health.score", 50'000'000}, {"health.confidence", 900'000}}));
  Apply(StepAt(kStart + absl::Hours(1), {{"health.score", 90'000'000}}));
  auto changes = Apply(late);
  ASSERT_EQ(changes.size(), 1u) << "R39 has not fired";
  EXPECT_EQ(changes[0].kind, ChangeKind::kPastRestated);
  EXPECT_EQ(changes[0].rule_id, "R13");
  EXPECT_EQ(changes[0].restated, std::vector{score});
  EXPECT_EQ(changes[0].at, late.time);

  Apply(StepAt(kStart + absl::Hours(48),
               {{"orders.count_90d", 0}, {"orders.count_90d_before", 10 * kMicros}}));
  changes = Apply(late);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[1].rule_id, "R39") << "a baseline is judged too";
}

TEST_F(SubjectFoldTest, TheCaseIsMarkedBeforeWhatTheLateFactDoesToIt) {
  Apply(StepAt(kStart, {{"health.score", 50'000'000}, {"health.confidence", 900'000}}));
  Step late = StepAt(kStart + absl::Hours(1), {{"health.score", 90'000'000}});
  const absl::CivilDay today(2023, 11, 14);
  late.cause = {.kind = 1, .id = "late"};
  late.restated = {{"health.score", today, today, 50'000'000, 90'000'000}};
  const auto changes = Apply(late);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].kind, ChangeKind::kPastRestated);
  EXPECT_EQ(changes[1].kind, ChangeKind::kCleared);
  EXPECT_EQ(changes[1].cause.id, "late");
}

TEST_F(SubjectFoldTest, AStepThatOnlyRestatesThePastCausesNothingNow) {
  Step step = StepAt(kStart, {{"decision_chain.last_moved", absl::ToUnixMicros(kStart)}});
  step.cause = {.kind = 1, .id = "moved"};
  Apply(step);
  Step late = StepAt(kStart + absl::Hours(1), {});
  const absl::CivilDay day(2023, 11, 13);
  late.restated = {{"health.score", day, day, 1, 2}};
  Apply(late);
  const auto changes = PassTo(kStart + absl::Hours(24 * 8));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].cause.id, "moved");
}

TEST_F(SubjectFoldTest, AClosedSubjectEndsItsConditionsAndIsJudgedNoMore) {
  Apply(StepAt(kStart, {{"health.score", 50'000'000},
                        {"health.confidence", 900'000},
                        {"decision_chain.last_moved", absl::ToUnixMicros(kStart)}}));
  Step closed = StepAt(kStart + absl::Hours(1), {{"health.score", 40'000'000}});
  closed.closed = true;
  const auto changes = Apply(closed);
  ASSERT_EQ(changes.size(), 1u) << "what did not hold has nothing to end";
  EXPECT_EQ(changes[0].kind, ChangeKind::kSubjectClosed);
  EXPECT_EQ(changes[0].rule_id, "R13");
  EXPECT_EQ(changes[0].previous, Level::kRed);
  EXPECT_EQ(fold_.NextDue(state_), closed.time + absl::Hours(24)) << "until it may be forgotten";
  EXPECT_TRUE(PassTo(kStart + absl::Hours(24 * 30)).empty());
}

TEST_F(SubjectFoldTest, ASubjectThatMovesEndsItsConditionsHere) {
  state_.account = "old";
  state_.entity_version = 7;
  Apply(StepAt(kStart, {{"health.score", 50'000'000}, {"health.confidence", 900'000}}));
  Step moved = StepAt(kStart + absl::Hours(1), {});
  moved.moved_to = "new";
  const auto changes = Apply(moved);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, ChangeKind::kSubjectMoved);
  EXPECT_EQ(changes[0].account, "old");
  EXPECT_EQ(changes[0].moved_to, "new");
  EXPECT_EQ(changes[0].subject_version, 7);
}

TEST_F(SubjectFoldTest, AClosedSubjectThatIsPublishedAgainBeginsAnew) {
  Apply(StepAt(kStart, {{"health.score", 50'000'000}, {"health.confidence", 900'000}}));
  Step closed = StepAt(kStart + absl::Hours(1), {});
  closed.closed = true;
  Apply(closed);
  const auto again = Apply(StepAt(kStart + absl::Hours(2), {{"health.score", 50'000'000}}));
  EXPECT_TRUE(again.empty()) << "its confidence has to be said again";
  const auto fired = Apply(StepAt(kStart + absl::Hours(3), {{"health.confidence", 900'000}}));
  ASSERT_EQ(fired.size(), 1u);
  EXPECT_EQ(fired[0].kind, ChangeKind::kFired);
}

TEST_F(SubjectFoldTest, RestatesWhatHolds) {
  Apply(StepAt(kStart, {{"health.score", 50'000'000}, {"health.confidence", 900'000}}));
  std::vector<ConditionChange> changes;
  fold_.Restate("acme", state_, kStart + absl::Hours(1), 99, /*backfill=*/false, changes);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, ChangeKind::kRestated);
  EXPECT_EQ(changes[0].level, Level::kRed);
  EXPECT_EQ(changes[0].since, kStart);
}

TEST_F(SubjectFoldTest, WhatIsOpenFollowsItsSubject) {  // L3
  Step step = StepAt(kStart, {{"health.score", 50'000'000}, {"health.confidence", 900'000}});
  step.attributes = Attributes{{"display_name", "Acme"}, {"owner", "li"}, {"tier", "core"}};
  Apply(step);
  Step moved = StepAt(kStart + absl::Hours(1), {});
  moved.attributes = Attributes{{"display_name", "Acme Ltd"}, {"owner", "wang"}};
  auto changes = Apply(moved);
  ASSERT_EQ(changes.size(), 1u) << "what holds, and only that";
  EXPECT_EQ(changes[0].kind, ChangeKind::kFollowed);
  EXPECT_EQ(changes[0].rule_id, "R13");
  EXPECT_EQ(changes[0].level, Level::kRed);
  EXPECT_EQ(changes[0].since, kStart);
  EXPECT_EQ(changes[0].attributes.Get("owner"), "wang");
  moved.time += absl::Hours(1);
  EXPECT_TRUE(Apply(moved).empty()) << "said again, nothing has changed";
}

TEST(SubjectScope, OfR45IsTheTier) {  // L3: a07
  Rule rule = for_tests::R39();
  rule.where = {{"tier", {"core"}}};
  rule.loss = {"orders.value_90d", "orders.value_90d_before"};
  const RuleSet rules({rule});
  const RuleScope& scope = *rules.ScopeOf(kAccount);
  const SubjectFold fold;
  SubjectState state = SubjectFold::NewSubject(scope, kStart);
  int64_t version = 0;
  const auto apply = [&](absl::Time at, const char* tier,
                         std::vector<std::pair<std::string, int64_t>> values) {
    Step step{.time = at};
    for (const auto& [name, value] : values) step.values.emplace_back(scope.SlotOf(name), value);
    step.attributes = Attributes{{"tier", tier}};
    std::vector<ConditionChange> changes;
    fold.ApplyStep("acme", state, step, ++version, changes);
    return changes;
  };
  const absl::Duration hour = absl::Hours(1);
  EXPECT_TRUE(apply(kStart, "development",
                    {{"orders.count_90d", 5 * kMicros},
                     {"orders.count_90d_before", 10 * kMicros},
                     {"orders.value_90d", 400 * kMicros},
                     {"orders.value_90d_before", 1'000 * kMicros}})
                  .empty());
  auto changes = apply(kStart + hour, "core", {});
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes[0].kind, ChangeKind::kFired);
  EXPECT_EQ(changes[0].since, kStart) << "not since the tier was set";
  EXPECT_EQ(changes[0].at_risk_minor, 600) << "the money lost in the window";
  changes = apply(kStart + 2 * hour, "development", {});
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, ChangeKind::kLeftScope);
  changes = apply(kStart + 3 * hour, "core", {});
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes[0].kind, ChangeKind::kReturned);
}

// Every way out of a rule's scope is the same: no recovery, and coming back no new alert.
class LeavingTheScope : public ::testing::TestWithParam<std::string> {};

TEST_P(LeavingTheScope, IsNoRecoveryWhateverItGoesBy) {  // L3: a07
  Rule rule = for_tests::R13();
  std::get<Threshold>(rule.condition).minimum_confidence_micros = 0;
  rule.where = {{"owner", {"ann", "bob"}}, {"segment", {"key"}}};
  const RuleSet rules({rule});
  const RuleScope& scope = *rules.ScopeOf(kAccount);
  const SubjectFold fold;
  SubjectState state = SubjectFold::NewSubject(scope, kStart);
  int64_t version = 0;
  std::vector<ConditionChange> changes;
  const auto apply = [&](Step step) {
    changes.clear();
    step.time = kStart + absl::Hours(version);
    fold.ApplyStep("acme", state, step, ++version, changes);
  };
  const Step inside{.labels = {{"segment", "key"}}, .attributes = Attributes{{"owner", "ann"}}};
  Step bad = inside;
  bad.values = {{scope.SlotOf("health.score"), 50 * kMicros}};
  apply(bad);
  ASSERT_FALSE(changes.empty());
  ASSERT_EQ(changes[0].kind, ChangeKind::kFired);
  const std::map<std::string, Step> ways = {
      {"AnotherOwner", {.attributes = Attributes{{"owner", "cho"}}}},
      {"NoOwner", {.attributes = Attributes{{"tier", "core"}}}},
      {"NoAttributes", {.attributes = Attributes{}}},
      {"AnotherLabel", {.labels = {{"segment", "long-tail"}}}},
      {"NoLabel", {.labels = {{"segment", ""}}}},
  };
  apply(ways.at(GetParam()));
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes[0].kind, ChangeKind::kLeftScope);
  EXPECT_EQ(changes[0].reason, VerdictReason::kOutOfScope);
  // What another owner within the scope would do is not what coming back does.
  apply(inside);
  ASSERT_FALSE(changes.empty());
  EXPECT_EQ(changes[0].kind, ChangeKind::kReturned);
  apply({.attributes = Attributes{{"owner", "bob"}}});
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, ChangeKind::kFollowed) << "still in the scope";
  // Out again, well meanwhile, and back: nothing holds, so nothing is said.
  apply(ways.at(GetParam()));
  Step well;
  well.values = {{scope.SlotOf("health.score"), 95 * kMicros}};
  apply(well);
  EXPECT_TRUE(changes.empty());
  apply(inside);
  EXPECT_TRUE(changes.empty());
}

INSTANTIATE_TEST_SUITE_P(Ways, LeavingTheScope,
                         ::testing::Values("AnotherOwner", "NoOwner", "NoAttributes",
                                           "AnotherLabel", "NoLabel"),
                         [](const auto& way) { return way.param; });

TEST(SubjectLoss, IsNothingWhereNothingIsKnownOrGained) {
  Rule rule = for_tests::R39();
  rule.loss = {"orders.value_90d", "orders.value_90d_before"};
  const RuleSet rules({rule});
  const RuleScope& scope = *rules.ScopeOf(kAccount);
  const SubjectFold fold;
  SubjectState state = SubjectFold::NewSubject(scope, kStart);
  Step step{.time = kStart};
  step.values = {{scope.SlotOf("orders.count_90d"), 1 * kMicros},
                 {scope.SlotOf("orders.count_90d_before"), 10 * kMicros}};
  std::vector<ConditionChange> changes;
  fold.ApplyStep("acme", state, step, 1, changes);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].at_risk_minor, 0);
}

TEST_F(SubjectFoldTest, R39LapsesWhenItsBaselineFallsBelowTheMinimum) {  // L3
  Rule rule = for_tests::R39();
  rule.unjudged_kept = absl::Hours(24 * 7);
  const RuleSet rules({rule});
  const RuleScope& scope = *rules.ScopeOf(kAccount);
  const SubjectFold fold;
  SubjectState state = SubjectFold::NewSubject(scope, kStart);
  std::vector<ConditionChange> changes;
  Step step{.time = kStart};
  step.values = {{scope.SlotOf("orders.count_90d"), 2 * kMicros},
                 {scope.SlotOf("orders.count_90d_before"), 4 * kMicros}};
  fold.ApplyStep("acme", state, step, 1, changes);
  ASSERT_EQ(changes.size(), 1u);
  // It buys more than before by now; nothing of it can be compared.
  step = {.time = kStart + absl::Hours(24)};
  step.values = {{scope.SlotOf("orders.count_90d"), 5 * kMicros},
                 {scope.SlotOf("orders.count_90d_before"), 2 * kMicros}};
  fold.ApplyStep("acme", state, step, 2, changes);
  EXPECT_EQ(changes.size(), 1u);
  const absl::Time due = kStart + absl::Hours(24 * 8);
  EXPECT_EQ(fold.NextDue(state), due);
  fold.ApplyTime("acme", state, due, 3, false, changes);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[1].kind, ChangeKind::kLapsed);
  EXPECT_EQ(changes[1].reason, VerdictReason::kBaselineUnjudgeable);
  EXPECT_EQ(changes[1].at, due);
}

}  // namespace
}  // namespace bellwether::alerts::subject_test
