#include "services/alerts/domain/subject.h"

#include "gtest/gtest.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::subject_test {
namespace {

using for_tests::kStart;

class SubjectFoldTest : public ::testing::Test {
 protected:
  Step StepAt(absl::Time time, std::vector<std::pair<std::string, int64_t>> values) const {
    Step step{.time = time};
    for (const auto& [name, value] : values) step.values.emplace_back(rules_.SlotOf(name), value);
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
  const SubjectFold fold_{rules_};
  SubjectState state_ = fold_.NewSubject(SubjectType::kAccount, kStart);
  int64_t version_ = 0;
};

TEST_F(SubjectFoldTest, AChangeCarriesAllThatACaseNeeds) {
  Step step = StepAt(kStart, {{"health.score", 65'000'000}, {"health.confidence", 900'000}});
  step.attributes = SubjectAttributes{.display_name = "Acme", .owner = "li", .tier = "core"};
  step.cause = {.kind = 1, .type = "order_placed", .source = "erp", .id = "o-1"};
  const auto changes = Apply(step);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].rule_id, "R13");
  EXPECT_EQ(changes[0].subject, "acme");
  EXPECT_EQ(changes[0].level, Level::kOrange);
  EXPECT_EQ(changes[0].value_micros, 65'000'000);
  EXPECT_EQ(changes[0].threshold_micros, 70'000'000);
  EXPECT_EQ(changes[0].attributes.display_name, "Acme");
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
  gone.values.emplace_back(rules_.SlotOf("health.score"), std::nullopt);
  EXPECT_TRUE(Apply(gone).empty());
  const auto back = Apply(StepAt(kStart + absl::Hours(2), {{"health.score", 90'000'000}}));
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].kind, ChangeKind::kCleared);
}

TEST_F(SubjectFoldTest, ALateFactSpeaksToTheRulesThatJudgeWhatItChangedAndHaveFired) {
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

TEST_F(SubjectFoldTest, RestatesWhatHolds) {
  Apply(StepAt(kStart, {{"health.score", 50'000'000}, {"health.confidence", 900'000}}));
  std::vector<ConditionChange> changes;
  fold_.Restate("acme", state_, kStart + absl::Hours(1), 99, changes);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].kind, ChangeKind::kRestated);
  EXPECT_EQ(changes[0].level, Level::kRed);
  EXPECT_EQ(changes[0].since, kStart);
}

}  // namespace
}  // namespace bellwether::alerts::subject_test
