// Who answers for an alert, and until when: rungs, time to acknowledge, what resets them (L1, L3).
#include <optional>

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/domain/decide.h"
#include "services/alerts/testing/decided_case.h"

namespace bellwether::alerts::escalation_test {
namespace {

using for_tests::kStart;
using ::testing::HasSubstr;
using Escalation = for_tests::DecidedCaseTest;

TEST_F(Escalation, AcknowledgingStopsTheEscalation) {
  Fire(Level::kYellow, kStart);
  const absl::Time due = *case_->escalate_at;
  const Decision decision = Acknowledge(due);  // the last instant
  EXPECT_EQ(decision.entry.actor, "wang");
  EXPECT_EQ(case_->assignee, "wang");
  EXPECT_EQ(Happens(EscalationDue{due, due + absl::Seconds(1)}).reason, kTimerOutdated);
}

TEST_F(Escalation, AnAcknowledgementTakenBackLeavesTheClockAsItWasL3) {
  Fire(Level::kYellow, kStart);
  const std::optional<absl::Time> due = case_->escalate_at;
  Acknowledge(kStart + absl::Hours(1));
  const Decision decision = Unacknowledge(kStart + absl::Hours(2));
  EXPECT_EQ(decision.entry.kind, EntryKind::kUnacknowledged);
  EXPECT_EQ(decision.entry.actor, "zhao");
  EXPECT_TRUE(decision.notify) << "who was told of the acknowledgement is told of this";
  EXPECT_EQ(case_->state, CaseState::kFiring);
  EXPECT_EQ(case_->assignee, "li") << "whose account it is";
  EXPECT_FALSE(case_->acknowledge_time.has_value());
  EXPECT_EQ(case_->escalate_at, due) << "no time is gained";
  Escalate();
  EXPECT_EQ(case_->escalation_rung, 1);
}

TEST_F(Escalation, TakenBackAfterItWasDueAnAlertEscalatesAtOnceL3) {
  Fire(Level::kYellow, kStart);
  const absl::Time due = *case_->escalate_at;
  Acknowledge(kStart + absl::Hours(1));
  Unacknowledge(due + absl::Hours(5));
  EXPECT_EQ(Happens(EscalationDue{due, due + absl::Hours(5)}).reason, kUnacknowledged);
}

TEST_F(Escalation, WhatCouldNotEscalateCannotAfterItIsTakenBackEither) {
  Fire(Level::kRed, kStart);
  Escalate();
  ASSERT_FALSE(case_->escalate_at.has_value()) << "the top";
  Acknowledge(kStart + absl::Hours(30));
  Unacknowledge(kStart + absl::Hours(31));
  EXPECT_FALSE(case_->escalate_at.has_value());
}

TEST_F(Escalation, OnlyAnAcknowledgementCanBeTakenBack) {
  const auto reason = [&] {
    return DetailOf(Decide(policy_, case_, Unacknowledged{"zhao", "", kStart}).status())->reason;
  };
  EXPECT_EQ(reason(), "NOT_ACKNOWLEDGED");
  Fire(Level::kYellow, kStart);
  EXPECT_EQ(reason(), "NOT_ACKNOWLEDGED");
  Acknowledge(kStart);
  Raise(Level::kRed, kStart + absl::Hours(1));
  EXPECT_EQ(reason(), "NOT_ACKNOWLEDGED") << "the raise has voided it";
}

TEST_F(Escalation, AtItsDueInstantAnAlertIsStillInTime) {
  Fire(Level::kYellow, kStart);
  const absl::Time due = *case_->escalate_at;
  EXPECT_EQ(Happens(EscalationDue{due, due}).reason, kTimerOutdated);
  EXPECT_EQ(Happens(EscalationDue{due, due + absl::Microseconds(1)}).reason, kUnacknowledged);
}

TEST_F(Escalation, UnacknowledgedItEscalatesOneRungAndSaysWhyL3) {
  Fire(Level::kYellow, kStart);
  const absl::Time due = *case_->escalate_at;
  const Decision decision = Happens(EscalationDue{due, due + absl::Hours(3)});
  EXPECT_EQ(case_->escalation_rung, 1);
  EXPECT_EQ(case_->level, Level::kYellow);
  EXPECT_TRUE(decision.notify);
  EXPECT_EQ(decision.entry.reason, "UNACKNOWLEDGED");
  EXPECT_THAT(decision.entry.note, HasSubstr("sales-director, customer-success-director"));
  EXPECT_EQ(case_->escalate_at, due + absl::Hours(27));
  EXPECT_EQ(Happens(EscalationDue{due, due + absl::Hours(4)}).reason, kTimerOutdated)
      << "the same timer again does nothing";
}

TEST_F(Escalation, TheTopRungIsTheEnd) {
  Fire(Level::kRed, kStart);
  const absl::Time due = *case_->escalate_at;
  Happens(EscalationDue{due, due + absl::Seconds(1)});
  EXPECT_EQ(case_->escalation_rung, 3);
  EXPECT_FALSE(case_->escalate_at.has_value());
}

TEST_F(Escalation, AShorterChainEndsATimerThatHasNobodyToGoTo) {
  Fire(Level::kRed, kStart);
  const absl::Time due = *case_->escalate_at;
  policy_.escalation_chain.resize(2);
  EXPECT_EQ(Happens(EscalationDue{due, due + absl::Seconds(1)}).entry.reason, "TOP_RUNG");
  EXPECT_FALSE(case_->escalate_at.has_value());
}

TEST_F(Escalation, ARuleWithoutATimeToAcknowledgeNeverEscalates) {
  rule_.acknowledge_within = absl::ZeroDuration();
  Fire(Level::kYellow, kStart);
  EXPECT_FALSE(case_->escalate_at.has_value());
}

TEST_F(Escalation, TheTimeToAcknowledgeRunsFromWhenTheChangeIsStored) {
  ConditionMoved moved = Moved(ChangeKind::kFired, Level::kYellow, kStart);
  moved.stored_at = kStart + absl::Hours(30);
  Happens(moved);
  EXPECT_EQ(case_->escalate_at, kStart + absl::Hours(54));
  EXPECT_EQ(case_->fire_time, kStart);
}

TEST_F(Escalation, ARaiseKeepsTheRungThatEscalationReachedL3) {
  Fire(Level::kYellow, kStart);
  Escalate();
  Escalate();
  ASSERT_EQ(case_->escalation_rung, 2);
  const absl::Time raised = kStart + absl::Hours(50);
  Raise(Level::kOrange, raised);  // begins at rung 1 by itself
  EXPECT_EQ(case_->escalation_rung, 2);
  EXPECT_EQ(case_->escalate_at, raised + absl::Hours(24));
  Escalate();
  EXPECT_EQ(case_->escalation_rung, 3);
}

TEST_F(Escalation, ARaiseThatVoidsAnAcknowledgementKeepsTheRungTooL3) {
  Fire(Level::kYellow, kStart);
  Escalate();
  Escalate();
  Acknowledge(kStart + absl::Hours(49));
  EXPECT_FALSE(case_->escalate_at.has_value());
  EXPECT_EQ(Raise(Level::kOrange, kStart + absl::Hours(50)).reason, kRaisedVoidingAcknowledgement);
  EXPECT_EQ(case_->escalation_rung, 2);
  EXPECT_EQ(case_->assignee, "li");
  Escalate();
  EXPECT_EQ(case_->escalation_rung, 3);
}

TEST_F(Escalation, ARaiseAboveTheRungReachedGoesToTheRungOfItsLevelL1) {
  Fire(Level::kYellow, kStart);
  Escalate();
  ASSERT_EQ(case_->escalation_rung, 1);
  Raise(Level::kRed, kStart + absl::Hours(25));
  EXPECT_EQ(case_->escalation_rung, 2);
}

TEST_F(Escalation, OnTheTopRungARaiseHasNobodyToEscalateTo) {
  Fire(Level::kYellow, kStart);
  for (int rung = 1; rung <= policy_.last_rung(); ++rung) Escalate();
  Raise(Level::kOrange, kStart + absl::Hours(80));
  EXPECT_EQ(case_->escalation_rung, policy_.last_rung());
  EXPECT_FALSE(case_->escalate_at.has_value());
}

TEST_F(Escalation, AQuietRaiseLeavesARunningEscalationAlone) {
  Fire(Level::kYellow, kStart);
  const std::optional<absl::Time> due = case_->escalate_at;
  ASSERT_TRUE(due.has_value());
  const Decision decision =
      Happens(Moved(ChangeKind::kRestated, Level::kRed, kStart + absl::Minutes(1)));
  EXPECT_FALSE(decision.notify);
  EXPECT_EQ(case_->level, Level::kRed);
  EXPECT_EQ(case_->escalate_at, due);
}

TEST_F(Escalation, AStepDownLeavesARunningEscalationAlone) {
  Fire(Level::kRed, kStart);
  Lower(Level::kYellow, kStart + absl::Hours(2));
  EXPECT_EQ(case_->escalate_at, kStart + absl::Hours(24));
  EXPECT_EQ(case_->escalation_rung, 2);
}

TEST_F(Escalation, AChainShorterThanTheRungOfALevelBeginsAtItsTop) {
  policy_.escalation_chain.resize(2);
  Fire(Level::kRed, kStart);
  EXPECT_EQ(case_->escalation_rung, 1);
  EXPECT_FALSE(case_->escalate_at.has_value());
}

TEST_F(Escalation, AClockThatLagsBehindTheChangeDoesNotShortenTheTimeToAcknowledge) {
  ConditionMoved moved = Moved(ChangeKind::kFired, Level::kYellow, kStart);
  moved.stored_at = kStart - absl::Minutes(1);
  Happens(moved);
  EXPECT_EQ(case_->escalate_at, kStart + absl::Hours(24));
}

TEST_F(Escalation, ReopenedItIsAnsweredForAnewFromTheRungOfItsLevel) {
  Fire(Level::kYellow, kStart);
  Escalate();
  Acknowledge(kStart + absl::Hours(25));
  Clear(kStart + absl::Hours(26));
  const absl::Time again = kStart + absl::Hours(27);
  EXPECT_EQ(Fire(Level::kYellow, again).reason, kReopened);
  EXPECT_EQ(case_->escalation_rung, 0);
  EXPECT_EQ(case_->escalate_at, again + absl::Hours(24));
  EXPECT_FALSE(case_->acknowledge_time.has_value());
  EXPECT_EQ(case_->resolve_reason, "");
  EXPECT_EQ(case_->assignee, "li");
}

}  // namespace
}  // namespace bellwether::alerts::escalation_test
