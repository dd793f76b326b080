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

TEST(Condition, APauseIsNoPartOfWhatALevelWaitsOut) {
  ConditionState state;
  const absl::Duration ten = absl::Minutes(10);
  Advance(state, Holding(Level::kYellow), ten, kStart);
  Advance(state, Holding(Level::kOrange), ten, Minute(10));  // yellow fires, orange waits
  PauseRipening(state, Minute(12), Minute(15));
  EXPECT_EQ(state.holds_since[0], kStart) << "what fired has held since then";
  EXPECT_EQ(state.NextDue(ten), Minute(23));
  EXPECT_EQ(state.holds_since[2], absl::InfiniteFuture());
  // Of what began to hold later only that much is taken away.
  PauseRipening(state, Minute(11), Minute(15));
  EXPECT_EQ(state.NextDue(ten), Minute(25));
}

TEST(Condition, AnOutOfScopeConditionKeepsSinceWhenItHoldsThroughAPause) {
  ConditionState state;
  Verdict outside = Holding(Level::kYellow);
  outside.in_scope = false;
  Advance(state, outside, absl::Minutes(10), kStart);
  PauseRipening(state, kStart, Minute(5));
  EXPECT_EQ(state.holds_since[0], kStart);
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

Verdict OutOfScope(Verdict verdict) {
  verdict.in_scope = false;
  return verdict;
}

const Verdict kBlind{.judged = false, .reason = VerdictReason::kLowConfidence};

TEST(Scope, LeavingItIsNoRecoveryAndComingBackNoNewAlert) {  // L3
  ConditionState state;
  Advance(state, Holding(Level::kOrange), absl::ZeroDuration(), kStart);
  const auto left =
      Advance(state, OutOfScope(Holding(Level::kOrange)), absl::ZeroDuration(), Minute(1));
  EXPECT_EQ(left->kind, ChangeKind::kLeftScope);
  EXPECT_EQ(left->reason, VerdictReason::kOutOfScope);
  EXPECT_EQ(left->previous, Level::kOrange);
  EXPECT_EQ(left->level, Level::kNone);
  EXPECT_EQ(state.held(), Level::kOrange) << "its clear threshold goes on to apply";
  EXPECT_FALSE(Advance(state, OutOfScope(Holding(Level::kRed)), absl::ZeroDuration(), Minute(2)));
  const auto back = Advance(state, Holding(Level::kRed), absl::ZeroDuration(), Minute(3));
  EXPECT_EQ(back->kind, ChangeKind::kReturned);
  EXPECT_EQ(back->level, Level::kRed);
  EXPECT_EQ(back->since, Minute(2));
  EXPECT_EQ(state.fired_at, kStart) << "the same episode";
}

TEST(Scope, WhatEndsOutsideOfItFiresAnew) {
  ConditionState state;
  Advance(state, Holding(Level::kRed), absl::ZeroDuration(), kStart);
  Advance(state, OutOfScope(Holding(Level::kRed)), absl::ZeroDuration(), Minute(1));
  EXPECT_FALSE(Advance(state, OutOfScope(Holding(Level::kNone)), absl::ZeroDuration(), Minute(2)));
  EXPECT_FALSE(Advance(state, Holding(Level::kNone), absl::ZeroDuration(), Minute(3)));
  EXPECT_EQ(Advance(state, Holding(Level::kRed), absl::ZeroDuration(), Minute(4))->kind,
            ChangeKind::kFired);
}

TEST(Scope, WhatHeldBeforeItCountsSinceItBegan) {  // since when the condition holds
  const absl::Duration ten = absl::Minutes(10);
  ConditionState state;
  EXPECT_FALSE(Advance(state, OutOfScope(Holding(Level::kRed)), ten, kStart));
  EXPECT_EQ(state.NextDue(ten), absl::InfiniteFuture()) << "nothing ripens there";
  EXPECT_FALSE(state.pending());
  const auto fired = Advance(state, Holding(Level::kRed), ten, Minute(60));
  EXPECT_EQ(fired->kind, ChangeKind::kFired);
  EXPECT_EQ(fired->at, Minute(60));
  EXPECT_EQ(fired->since, kStart);
  ConditionState pending;
  Advance(pending, OutOfScope(Holding(Level::kRed)), ten, kStart);
  const auto waits = Advance(pending, Holding(Level::kRed), ten, Minute(4));
  EXPECT_EQ(waits->kind, ChangeKind::kPending);
  EXPECT_EQ(waits->since, kStart);
  EXPECT_EQ(pending.NextDue(ten), Minute(10));
}

TEST(Scope, LeavingItDropsWhatWaits) {
  const absl::Duration ten = absl::Minutes(10);
  ConditionState state;
  Advance(state, Holding(Level::kRed), ten, kStart);
  const auto dropped = Advance(state, OutOfScope(Holding(Level::kRed)), ten, Minute(1));
  EXPECT_EQ(dropped->kind, ChangeKind::kPendingDropped);
  EXPECT_EQ(dropped->reason, VerdictReason::kOutOfScope);
}

TEST(Unjudged, KeepsItsLevelForADeclaredTimeThenLapses) {  // L3
  const ConditionTiming timing(absl::ZeroDuration(), absl::Minutes(30));
  ConditionState state;
  Advance(state, Holding(Level::kRed), timing, kStart);
  EXPECT_FALSE(Advance(state, kBlind, timing, Minute(1)));
  EXPECT_EQ(state.NextDue(timing), Minute(31));
  EXPECT_FALSE(Advance(state, kBlind, timing, Minute(20))) << "the time runs from the first";
  EXPECT_FALSE(Advance(state, kBlind, timing, Minute(31) - absl::Microseconds(1)));
  const auto lapsed = Advance(state, kBlind, timing, Minute(31));
  EXPECT_EQ(lapsed->kind, ChangeKind::kLapsed);
  EXPECT_EQ(lapsed->previous, Level::kRed);
  EXPECT_EQ(lapsed->reason, VerdictReason::kLowConfidence);
  EXPECT_EQ(state.NextDue(timing), absl::InfiniteFuture());
  EXPECT_EQ(Advance(state, Holding(Level::kRed), timing, Minute(40))->kind, ChangeKind::kFired);
}

TEST(Unjudged, BeingJudgedAgainStartsTheTimeOver) {
  const ConditionTiming timing(absl::ZeroDuration(), absl::Minutes(30));
  ConditionState state;
  Advance(state, Holding(Level::kRed), timing, kStart);
  Advance(state, kBlind, timing, Minute(1));
  EXPECT_FALSE(Advance(state, Holding(Level::kRed), timing, Minute(30)));
  EXPECT_FALSE(Advance(state, kBlind, timing, Minute(31)));
  EXPECT_EQ(state.NextDue(timing), Minute(61));
}

TEST(Unjudged, OutsideOfTheScopeWhatSleepsLapsesUnsaid) {
  const ConditionTiming timing(absl::ZeroDuration(), absl::Minutes(30));
  ConditionState state;
  Advance(state, Holding(Level::kRed), timing, kStart);
  Advance(state, OutOfScope(Holding(Level::kRed)), timing, Minute(1));
  EXPECT_FALSE(Advance(state, OutOfScope(kBlind), timing, Minute(2)));
  EXPECT_FALSE(Advance(state, OutOfScope(kBlind), timing, Minute(32)));
  EXPECT_EQ(state.held(), Level::kNone);
}

}  // namespace
}  // namespace bellwether::alerts::condition_state_test
