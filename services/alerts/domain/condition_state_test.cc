#include "services/alerts/domain/condition_state.h"

#include "gtest/gtest.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::condition_state_test {
namespace {

using for_tests::kStart;

Verdict Holding(Level level) {
  return {.judged = true,
          .level = level,
          .reason = level == Level::kNone ? VerdictReason::kBelowNoLevel
                                          : VerdictReason::kThresholdCrossed};
}

absl::Time Minute(int minutes) { return kStart + absl::Minutes(minutes); }

TEST(Condition, FiresAtOnceWithoutAForDuration) {
  ConditionState state;
  const auto change = Advance(state, Holding(Level::kOrange), absl::ZeroDuration(), kStart);
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->kind, ChangeKind::kFired);
  EXPECT_EQ(change->level, Level::kOrange);
  EXPECT_EQ(state.NextDue(absl::ZeroDuration()), absl::InfiniteFuture());
}

TEST(Condition, SaysNothingWhileNothingChanges) {
  ConditionState state;
  Advance(state, Holding(Level::kYellow), absl::ZeroDuration(), kStart);
  EXPECT_FALSE(
      Advance(state, Holding(Level::kYellow), absl::ZeroDuration(), Minute(1)).has_value());
}

TEST(Condition, WaitsOutItsForDurationToTheMicrosecond) {
  ConditionState state;
  const absl::Duration ten = absl::Minutes(10);
  EXPECT_EQ(Advance(state, Holding(Level::kYellow), ten, kStart)->kind, ChangeKind::kPending);
  EXPECT_EQ(state.NextDue(ten), Minute(10));
  EXPECT_FALSE(Advance(state, Holding(Level::kYellow), ten, Minute(10) - absl::Microseconds(1)));
  const auto change = Advance(state, Holding(Level::kYellow), ten, Minute(10));
  EXPECT_EQ(change->kind, ChangeKind::kFired);
  EXPECT_EQ(change->since, kStart);
}

TEST(Condition, APendingLevelThatBreaksStartsOver) {
  ConditionState state;
  const absl::Duration ten = absl::Minutes(10);
  Advance(state, Holding(Level::kYellow), ten, kStart);
  EXPECT_EQ(Advance(state, Holding(Level::kNone), ten, Minute(9))->kind,
            ChangeKind::kPendingDropped);
  EXPECT_EQ(Advance(state, Holding(Level::kYellow), ten, Minute(9))->kind, ChangeKind::kPending);
  EXPECT_EQ(state.NextDue(ten), Minute(19));
}

TEST(Condition, EveryLevelWaitsForItself) {
  ConditionState state;
  const absl::Duration ten = absl::Minutes(10);
  Advance(state, Holding(Level::kYellow), ten, kStart);
  Advance(state, Holding(Level::kRed), ten, Minute(5));
  EXPECT_EQ(Advance(state, Holding(Level::kRed), ten, Minute(10))->level, Level::kYellow);
  EXPECT_EQ(state.NextDue(ten), Minute(15));
  const auto raised = Advance(state, Holding(Level::kRed), ten, Minute(15));
  EXPECT_EQ(raised->kind, ChangeKind::kRaised);
  EXPECT_EQ(raised->previous, Level::kYellow);
  EXPECT_EQ(raised->level, Level::kRed);
}

TEST(Condition, APendingChangeNamesTheHighestLevelThatHolds) {
  ConditionState state;
  const auto change = Advance(state, Holding(Level::kOrange), absl::Minutes(10), kStart);
  EXPECT_EQ(change->kind, ChangeKind::kPending);
  EXPECT_EQ(change->level, Level::kOrange);
  EXPECT_EQ(state.level, Level::kNone);
}

TEST(Condition, RemembersWhenItFiredFirstAndSinceWhenItsLevelHolds) {
  ConditionState state;
  Advance(state, Holding(Level::kYellow), absl::ZeroDuration(), kStart);
  const auto raised = Advance(state, Holding(Level::kRed), absl::ZeroDuration(), Minute(5));
  EXPECT_EQ(raised->since, Minute(5));
  EXPECT_EQ(state.fired_at, kStart) << "a raise is no new firing";
  const auto cleared = Advance(state, Holding(Level::kNone), absl::ZeroDuration(), Minute(9));
  EXPECT_EQ(cleared->since, Minute(5)) << "how long what ends has held";
}

TEST(Condition, StepsDownAndClearsAtOnce) {
  ConditionState state;
  const absl::Duration ten = absl::Minutes(10);
  Advance(state, Holding(Level::kRed), ten, kStart);
  Advance(state, Holding(Level::kRed), ten, Minute(10));
  const auto lowered = Advance(state, Holding(Level::kYellow), ten, Minute(11));
  EXPECT_EQ(lowered->kind, ChangeKind::kLowered);
  EXPECT_EQ(lowered->level, Level::kYellow);
  EXPECT_EQ(Advance(state, Holding(Level::kNone), ten, Minute(12))->kind, ChangeKind::kCleared);
  EXPECT_EQ(state.NextDue(ten), absl::InfiniteFuture());
}

TEST(Condition, ALongerForDurationDoesNotTakeBackWhatHasFired) {
  ConditionState state;
  Advance(state, Holding(Level::kYellow), absl::Minutes(10), kStart);
  Advance(state, Holding(Level::kYellow), absl::Minutes(10), Minute(10));
  EXPECT_FALSE(Advance(state, Holding(Level::kYellow), absl::Minutes(20), Minute(11)).has_value());
  EXPECT_EQ(state.level, Level::kYellow);
}

TEST(Condition, WhileNothingIsJudgedWhatFiredStaysAndWhatIsPendingStartsOver) {
  ConditionState state;
  const absl::Duration ten = absl::Minutes(10);
  const Verdict blind{.judged = false, .reason = VerdictReason::kNoData};
  Advance(state, Holding(Level::kYellow), ten, kStart);
  Advance(state, Holding(Level::kYellow), ten, Minute(10));
  Advance(state, Holding(Level::kRed), ten, Minute(15));
  EXPECT_FALSE(Advance(state, blind, ten, Minute(20)).has_value());
  EXPECT_EQ(state.level, Level::kYellow);
  EXPECT_EQ(state.NextDue(ten), absl::InfiniteFuture());
  ConditionState pending;
  Advance(pending, Holding(Level::kYellow), ten, kStart);
  EXPECT_EQ(Advance(pending, blind, ten, Minute(1))->kind, ChangeKind::kPendingDropped);
}

}  // namespace
}  // namespace bellwether::alerts::condition_state_test
