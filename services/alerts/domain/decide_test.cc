#include "services/alerts/domain/decide.h"

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/testing/decided_case.h"

namespace bellwether::alerts::decide_test {
namespace {

using for_tests::kStart;
using ::testing::HasSubstr;
using DecideTest = for_tests::DecidedCaseTest;

TEST_F(DecideTest, FiringOpensACaseAndNotifies) {
  const Decision decision = Fire(Level::kYellow, kStart);
  EXPECT_EQ(decision.reason, kOpened);
  EXPECT_TRUE(decision.notify);
  EXPECT_TRUE(decision.publish);
  EXPECT_EQ(decision.entry.kind, EntryKind::kFired);
  EXPECT_EQ(decision.entry.reason, "THRESHOLD_CROSSED");
  EXPECT_EQ(case_->alert_id, "R13.acme.1");
  EXPECT_EQ(case_->state, CaseState::kFiring);
  EXPECT_EQ(case_->assignee, "li");
  EXPECT_EQ(case_->escalation_rung, 0);
  EXPECT_EQ(case_->escalate_at, kStart + absl::Hours(24));
}

TEST_F(DecideTest, PriorityIsLevelTimesTierWeightL1) {
  Fire(Level::kRed, kStart);
  EXPECT_EQ(case_->priority, 3 * 30);
  EXPECT_EQ(policy_.PriorityOf(Level::kYellow, "strategic-partner"), 60);
  EXPECT_EQ(policy_.PriorityOf(Level::kOrange, "development"), 20);
  EXPECT_EQ(policy_.PriorityOf(Level::kRed, "maintenance"), 3);
}

TEST_F(DecideTest, DutyFollowsTheLevelL1) {
  Fire(Level::kRed, kStart);
  EXPECT_EQ(policy_.escalation_chain[case_->escalation_rung].front(), "executive-team");
}

TEST_F(DecideTest, SameRuleAndSubjectNeverHaveTwoOpenCases) {
  Fire(Level::kYellow, kStart);
  const Decision again = Fire(Level::kYellow, kStart + absl::Hours(1));
  EXPECT_EQ(again.reason, kAlreadySo);
  EXPECT_FALSE(again.next.has_value());
}

TEST_F(DecideTest, ClearingResolvesAndNotifiesThoseNotifiedBefore) {
  Fire(Level::kYellow, kStart);
  const Decision decision = Clear(kStart + absl::Hours(1));
  EXPECT_EQ(decision.reason, kConditionCleared);
  EXPECT_TRUE(decision.notify);
  EXPECT_EQ(case_->state, CaseState::kResolved);
  EXPECT_FALSE(case_->escalate_at.has_value());
  EXPECT_EQ(decision.entry.reason, "CONDITION_CLEARED");
  EXPECT_EQ(Clear(kStart + absl::Hours(2)).reason, kNothingOpen);
}

TEST_F(DecideTest, OutOfScopeIsSaidWhenThatEndedIt) {
  Fire(Level::kYellow, kStart);
  ConditionMoved moved = Moved(ChangeKind::kCleared, Level::kNone, kStart + absl::Hours(1));
  moved.change.reason = VerdictReason::kOutOfScope;
  EXPECT_EQ(Happens(moved).entry.reason, "OUT_OF_SCOPE");
}

TEST_F(DecideTest, ReopensWithinItsWindowToTheMicrosecond) {
  Fire(Level::kYellow, kStart);
  Clear(kStart);
  const std::optional<Case> resolved = case_;
  const Decision again = Fire(Level::kYellow, kStart + absl::Hours(72));
  EXPECT_EQ(again.reason, kReopened);
  EXPECT_EQ(again.entry.kind, EntryKind::kReopened);
  EXPECT_TRUE(again.notify);
  EXPECT_EQ(case_->alert_id, "R13.acme.1");
  EXPECT_FALSE(case_->resolve_time.has_value());
  case_ = resolved;
  EXPECT_EQ(Fire(Level::kYellow, kStart + absl::Hours(72) + absl::Microseconds(1)).reason, kOpened);
  EXPECT_EQ(case_->alert_id, "R13.acme.2");
}

TEST_F(DecideTest, PendingIsStoredPublishedAndNotNotified) {
  const Decision waiting = Happens(Moved(ChangeKind::kPending, Level::kYellow, kStart));
  EXPECT_EQ(case_->state, CaseState::kPending);
  EXPECT_TRUE(waiting.publish);
  EXPECT_FALSE(waiting.notify);
  EXPECT_FALSE(case_->escalate_at.has_value());
  const Decision fired = Fire(Level::kYellow, kStart + absl::Hours(1));
  EXPECT_EQ(fired.entry.kind, EntryKind::kFired);
  EXPECT_EQ(case_->alert_id, "R13.acme.1");
  EXPECT_EQ(case_->pending_time, kStart);
}

TEST_F(DecideTest, APendingCaseThatBreaksEndsWithoutAWord) {
  Happens(Moved(ChangeKind::kPending, Level::kYellow, kStart));
  const Decision dropped =
      Happens(Moved(ChangeKind::kPendingDropped, Level::kNone, kStart + absl::Hours(1)));
  EXPECT_EQ(dropped.reason, kNotSustained);
  EXPECT_FALSE(dropped.notify);
  EXPECT_EQ(case_->state, CaseState::kResolved);
  EXPECT_EQ(Fire(Level::kYellow, kStart + absl::Hours(2)).reason, kOpened)
      << "what never fired cannot reopen";
  EXPECT_EQ(case_->alert_id, "R13.acme.2");
}

TEST_F(DecideTest, PendingInTheWindowDoesNotStretchIt) {
  Fire(Level::kYellow, kStart);
  Clear(kStart);
  Happens(Moved(ChangeKind::kPending, Level::kYellow, kStart + absl::Hours(70)));
  EXPECT_EQ(case_->alert_id, "R13.acme.1");
  Happens(Moved(ChangeKind::kPendingDropped, Level::kNone, kStart + absl::Hours(71)));
  EXPECT_EQ(case_->resolve_time, kStart);
}

TEST_F(DecideTest, ALevelRaiseVoidsTheAcknowledgementAndNotifiesAtOnce) {
  Fire(Level::kYellow, kStart);
  Acknowledge(kStart + absl::Hours(1));
  const Decision decision = Raise(Level::kRed, kStart + absl::Hours(2));
  EXPECT_EQ(decision.reason, kRaisedVoidingAcknowledgement);
  EXPECT_TRUE(decision.notify);
  EXPECT_EQ(case_->state, CaseState::kFiring);
  EXPECT_FALSE(case_->acknowledge_time.has_value());
  EXPECT_EQ(case_->assignee, "li");
  EXPECT_EQ(case_->escalation_rung, 2);
  EXPECT_EQ(case_->escalate_at, kStart + absl::Hours(26));
  EXPECT_THAT(decision.entry.note, HasSubstr("voids the acknowledgement of wang"));
}

TEST_F(DecideTest, AStepDownNeverReadsAsRecovery) {
  Fire(Level::kRed, kStart);
  Acknowledge(kStart + absl::Hours(1));
  const Decision decision = Lower(Level::kYellow, kStart + absl::Hours(2));
  EXPECT_EQ(decision.entry.kind, EntryKind::kLevelLowered);
  EXPECT_EQ(decision.entry.reason, "STEPPED_DOWN");
  EXPECT_EQ(case_->state, CaseState::kAcknowledged);
  EXPECT_EQ(case_->level, Level::kYellow);
  EXPECT_FALSE(case_->resolve_time.has_value());
}

TEST_F(DecideTest, OnlyAFiringAlertCanBeAcknowledged) {
  const auto reason = [&](const CaseEvent& event) {
    return DetailOf(Decide(policy_, case_, event).status())->reason;
  };
  EXPECT_EQ(reason(Acknowledged{"wang", "", kStart}), "NOT_FIRING");
  Fire(Level::kYellow, kStart);
  Acknowledge(kStart);
  EXPECT_EQ(reason(Acknowledged{"wang", "", kStart}), "ALREADY_ACKNOWLEDGED");
  Clear(kStart);
  EXPECT_EQ(reason(Acknowledged{"wang", "", kStart}), "NOT_FIRING");
  EXPECT_EQ(reason(ResolvedByHand{"wang", "HANDLED", "", kStart}), "NOT_OPEN");
}

TEST_F(DecideTest, WhatIsResolvedByHandStaysResolvedUntilTheConditionFiresAnew) {
  Fire(Level::kYellow, kStart);
  const Decision decision = Happens(ResolvedByHand{"wang", "HANDLED", "", kStart});
  EXPECT_EQ(decision.entry.reason, "HANDLED");
  EXPECT_FALSE(case_->escalate_at.has_value());
  EXPECT_EQ(Lower(Level::kYellow, kStart + absl::Hours(1)).reason, kHandResolutionHolds);
  EXPECT_EQ(Clear(kStart + absl::Hours(2)).reason, kHandResolutionHolds);
  EXPECT_EQ(Fire(Level::kYellow, kStart + absl::Hours(3)).reason, kReopened);
}

TEST_F(DecideTest, ARaiseOpensAgainWhatWasResolvedByHand) {
  Fire(Level::kYellow, kStart);
  Happens(ResolvedByHand{"wang", "HANDLED", "", kStart});
  const Decision decision = Raise(Level::kRed, kStart + absl::Hours(1));
  EXPECT_EQ(decision.reason, kReopened);
  EXPECT_TRUE(decision.notify);
}

TEST_F(DecideTest, BackfillIsStoredButNeverNotifiedOrEscalated) {
  ConditionMoved fired = Moved(ChangeKind::kFired, Level::kRed, kStart);
  fired.change.backfill = true;
  const Decision decision = Happens(fired);
  EXPECT_TRUE(case_->backfill);
  EXPECT_FALSE(decision.notify);
  EXPECT_FALSE(decision.publish);
  EXPECT_FALSE(case_->escalate_at.has_value());
  const std::optional<Case> open = case_;
  const Decision cleared = Clear(kStart + absl::Hours(1));
  EXPECT_EQ(case_->state, CaseState::kResolved);
  EXPECT_FALSE(cleared.notify) << "nobody was notified that it fired";
  case_ = open;
  EXPECT_FALSE(Lower(Level::kYellow, kStart + absl::Hours(1)).notify);
}

TEST_F(DecideTest, WhatIsPendingInABackfillIsNotPublished) {
  ConditionMoved pending = Moved(ChangeKind::kPending, Level::kYellow, kStart);
  pending.change.backfill = true;
  EXPECT_FALSE(Happens(pending).publish);
  EXPECT_TRUE(case_->backfill);
}

TEST_F(DecideTest, AnEndInABackfillIsNotNotified) {
  Fire(Level::kYellow, kStart);
  ConditionMoved cleared = Moved(ChangeKind::kCleared, Level::kNone, kStart + absl::Hours(1));
  cleared.change.backfill = true;
  EXPECT_FALSE(Happens(cleared).notify);
  EXPECT_EQ(case_->state, CaseState::kResolved);
}

TEST_F(DecideTest, ALiveRaiseBringsABackfilledCaseToLife) {
  ConditionMoved fired = Moved(ChangeKind::kFired, Level::kYellow, kStart);
  fired.change.backfill = true;
  Happens(fired);
  const Decision raised = Raise(Level::kOrange, kStart + absl::Hours(1));
  EXPECT_FALSE(case_->backfill);
  EXPECT_TRUE(raised.notify);
  EXPECT_TRUE(raised.publish);
  EXPECT_EQ(case_->escalate_at, kStart + absl::Hours(25));
  EXPECT_TRUE(Clear(kStart + absl::Hours(2)).notify) << "people know of it now";
}

TEST_F(DecideTest, WhatIsDoneAboutAnUnannouncedCaseIsNotNotified) {
  Happens(Moved(ChangeKind::kRestated, Level::kYellow, kStart));
  const std::optional<Case> open = case_;
  EXPECT_FALSE(Acknowledge(kStart + absl::Hours(1)).notify);
  case_ = open;
  EXPECT_FALSE(Happens(ResolvedByHand{"wang", "HANDLED", "", kStart + absl::Hours(1)}).notify);
}

TEST_F(DecideTest, ARestatedRaiseIsMarkedAndNotNotified) {
  Fire(Level::kYellow, kStart);
  const Decision raised =
      Happens(Moved(ChangeKind::kRestated, Level::kRed, kStart + absl::Hours(1)));
  EXPECT_EQ(raised.reason, kRaised);
  EXPECT_TRUE(case_->restated);
  EXPECT_FALSE(raised.notify);
  const Decision lowered =
      Happens(Moved(ChangeKind::kRestated, Level::kYellow, kStart + absl::Hours(2)));
  EXPECT_EQ(lowered.entry.reason, "RESTATED");
  EXPECT_FALSE(lowered.notify);
}

TEST_F(DecideTest, ARestatementIsStoredAndShownButNotNotified) {
  const Decision restated = Happens(Moved(ChangeKind::kRestated, Level::kOrange, kStart));
  EXPECT_TRUE(case_->restated);
  EXPECT_TRUE(restated.publish);
  EXPECT_FALSE(restated.notify);
  EXPECT_EQ(restated.entry.reason, "RESTATED");
  EXPECT_FALSE(case_->escalate_at.has_value());
  EXPECT_EQ(Happens(Moved(ChangeKind::kRestated, Level::kOrange, kStart)).reason, kAlreadySo);
}

TEST_F(DecideTest, ARestatementThatEndsACaseIsNoRecoveryAndNotifiesThoseNotifiedBefore) {  // L3
  Fire(Level::kYellow, kStart);
  const Decision ended =
      Happens(Moved(ChangeKind::kRestated, Level::kNone, kStart + absl::Hours(1)));
  EXPECT_EQ(case_->state, CaseState::kResolved);
  EXPECT_EQ(ended.entry.kind, EntryKind::kClosed);
  EXPECT_EQ(ended.entry.reason, "RESTATED");
  EXPECT_TRUE(case_->restated);
  EXPECT_TRUE(ended.notify);
}

TEST_F(DecideTest, ARuleThatIsWithdrawnEndsItsCaseAsSuch) {  // L3
  Fire(Level::kYellow, kStart);
  ConditionMoved over = Moved(ChangeKind::kRestated, Level::kNone, kStart + absl::Hours(1));
  over.rule = nullptr;
  const Decision ended = Happens(over);
  EXPECT_EQ(ended.entry.kind, EntryKind::kClosed) << "never as a recovery";
  EXPECT_EQ(ended.entry.reason, "RULE_WITHDRAWN");
  EXPECT_EQ(case_->resolve_reason, "RULE_WITHDRAWN");
  EXPECT_TRUE(ended.notify);
}

TEST_F(DecideTest, ARestatementRespectsAResolutionByHand) {
  Fire(Level::kYellow, kStart);
  Happens(ResolvedByHand{"wang", "ACCEPTED_RISK", "", kStart + absl::Hours(1)});
  ConditionMoved same_episode =
      Moved(ChangeKind::kRestated, Level::kYellow, kStart + absl::Hours(2));
  same_episode.change.since = kStart;
  EXPECT_EQ(Happens(same_episode).reason, kHandResolutionHolds);
  same_episode.change.since = kStart + absl::Hours(1);  // the instant it was resolved at
  EXPECT_EQ(Happens(same_episode).reason, kHandResolutionHolds);
  ConditionMoved later_episode = same_episode;
  later_episode.change.since = kStart + absl::Hours(1) + absl::Microseconds(1);
  EXPECT_TRUE(Happens(later_episode).next.has_value());
}

TEST_F(DecideTest, DeliveriesAreInTheTimelineAndFailuresArePublished) {
  Fire(Level::kYellow, kStart);
  const Decision sent =
      Happens(DeliveryEnded{"ops", true, "DELIVERED", "", kStart + absl::Seconds(1)});
  EXPECT_EQ(sent.entry.kind, EntryKind::kNotified);
  EXPECT_FALSE(sent.publish);
  EXPECT_FALSE(sent.notify);
  EXPECT_EQ(case_->entity_version, 2);
  EXPECT_EQ(case_->decided_version, 1) << "a caller who read the case before may still change it";
  const Decision failed =
      Happens(DeliveryEnded{"ops", false, "ATTEMPTS_EXHAUSTED", "500", kStart + absl::Seconds(2)});
  EXPECT_EQ(failed.entry.kind, EntryKind::kNotificationFailed);
  EXPECT_TRUE(failed.publish);
  EXPECT_FALSE(failed.notify) << "a failing delivery must not feed itself";
}

TEST_F(DecideTest, ARuleThatIsGoneOpensNothing) {
  ConditionMoved fired = Moved(ChangeKind::kFired, Level::kRed, kStart);
  fired.rule = nullptr;
  EXPECT_EQ(Happens(fired).reason, kNoSuchRule);
}

}  // namespace
}  // namespace bellwether::alerts::decide_test
