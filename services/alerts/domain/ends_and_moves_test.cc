// Ends that are no recovery, alerts that follow their account, and a past that goes live (L3).
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/domain/decide.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::ends_and_moves_test {
namespace {

using for_tests::kStart;
using ::testing::HasSubstr;

class EndsAndMoves : public testing::Test {
 protected:
  ConditionMoved Moved(ChangeKind kind, Level level, absl::Time at) const {
    ConditionMoved moved;
    moved.change = {.kind = kind,
                    .rule_id = "R13",
                    .subject = "acme",
                    .level = level,
                    .at = at,
                    .since = kStart,
                    .reason = VerdictReason::kThresholdCrossed,
                    .value_micros = 65'000'000,
                    .threshold_micros = 70'000'000,
                    .attributes = attributes_};
    moved.rule = &rule_;
    moved.stored_at = at;
    return moved;
  }
  Decision Happens(const CaseEvent& event) {
    absl::StatusOr<Decision> decision = Decide(policy_, case_, event);
    EXPECT_TRUE(decision.ok()) << decision.status();
    if (decision->next.has_value()) case_ = decision->next;
    return *std::move(decision);
  }
  Decision Happens(ChangeKind kind, Level level, absl::Time at) {
    return Happens(CaseEvent(Moved(kind, level, at)));
  }
  static absl::Time Hour(int hours) { return kStart + absl::Hours(hours); }

  CasePolicy policy_ = for_tests::Policy();
  Rule rule_ = for_tests::R13();
  Attributes attributes_ = {{"display_name", "Acme"}, {"owner", "li"}, {"tier", "core"}};
  std::optional<Case> case_;
};

TEST_F(EndsAndMoves, LeavingTheScopeClosesQuietlyAndIsNoRecovery) {
  Happens(ChangeKind::kFired, Level::kRed, kStart);
  const Decision closed = Happens(ChangeKind::kLeftScope, Level::kNone, Hour(1));
  EXPECT_EQ(closed.entry.kind, EntryKind::kClosed);
  EXPECT_EQ(closed.entry.reason, "OUT_OF_SCOPE");
  EXPECT_EQ(case_->resolve_reason, "OUT_OF_SCOPE");
  EXPECT_FALSE(closed.notify);
  EXPECT_TRUE(closed.publish) << "boards let go of it";
  EXPECT_FALSE(case_->escalate_at.has_value());
}

TEST_F(EndsAndMoves, ComingBackGoesOnQuietlyWithTheSameAlert) {
  Happens(ChangeKind::kFired, Level::kRed, kStart);
  Happens(ChangeKind::kLeftScope, Level::kNone, Hour(1));
  // Long past the window in which an alert opens again.
  const Decision back = Happens(ChangeKind::kReturned, Level::kRed, Hour(24 * 30));
  EXPECT_EQ(back.reason, kBackInScope);
  EXPECT_FALSE(back.notify);
  EXPECT_EQ(case_->alert_id, "R13.acme.1");
  EXPECT_EQ(case_->state, CaseState::kFiring);
  EXPECT_EQ(case_->fire_time, kStart);
  EXPECT_EQ(case_->escalate_at, Hour(24 * 30 + 24));
  EXPECT_TRUE(Happens(ChangeKind::kCleared, Level::kNone, Hour(24 * 31)).notify)
      << "those notified that it fired are notified of its real end";
}

TEST_F(EndsAndMoves, ComingBackKeepsAnAcknowledgementAndNotifiesWhatIsWorse) {
  Happens(ChangeKind::kFired, Level::kYellow, kStart);
  Happens(Acknowledged{"wang", "", Hour(1)});
  Happens(ChangeKind::kLeftScope, Level::kNone, Hour(2));
  Happens(ChangeKind::kReturned, Level::kYellow, Hour(3));
  EXPECT_EQ(case_->state, CaseState::kAcknowledged);
  EXPECT_EQ(case_->assignee, "wang");
  Happens(ChangeKind::kLeftScope, Level::kNone, Hour(4));
  const Decision worse = Happens(ChangeKind::kReturned, Level::kRed, Hour(5));
  EXPECT_TRUE(worse.notify);
  EXPECT_EQ(case_->state, CaseState::kFiring);
}

TEST_F(EndsAndMoves, ComingBackDoesNotUndoWhatAPersonResolved) {
  Happens(ChangeKind::kFired, Level::kRed, kStart);
  Happens(ResolvedByHand{"wang", "HANDLED", "", Hour(1)});
  EXPECT_EQ(Happens(ChangeKind::kLeftScope, Level::kNone, Hour(2)).reason, kHandResolutionHolds);
  EXPECT_EQ(Happens(ChangeKind::kReturned, Level::kRed, Hour(3)).reason, kHandResolutionHolds);
}

TEST_F(EndsAndMoves, ComingBackMilderGoesOnSilentlyAtThatLevel) {  // a07
  Happens(ChangeKind::kFired, Level::kRed, kStart);
  Happens(ChangeKind::kLeftScope, Level::kNone, Hour(1));
  attributes_ = {{"display_name", "Acme"}, {"owner", "zhao"}, {"tier", "core"}};
  const Decision back = Happens(ChangeKind::kReturned, Level::kYellow, Hour(2));
  EXPECT_EQ(back.entry.kind, EntryKind::kReopened);
  EXPECT_FALSE(back.notify);
  EXPECT_EQ(case_->level, Level::kYellow);
  EXPECT_EQ(case_->priority, 30);
  EXPECT_EQ(case_->assignee, "zhao") << "who owns the account now";
}

TEST_F(EndsAndMoves, ComingBackFromAHiddenPastIsANewAlert) {  // a07, a10
  ConditionMoved past = Moved(ChangeKind::kFired, Level::kRed, kStart);
  past.change.backfill = true;
  Happens(CaseEvent(past));
  ConditionMoved left = Moved(ChangeKind::kLeftScope, Level::kNone, Hour(1));
  left.change.backfill = true;
  Happens(CaseEvent(left));
  ASSERT_TRUE(case_->backfill);
  std::optional<Case> hidden = case_;
  // While the past is being built it goes on there,
  ConditionMoved still_past = Moved(ChangeKind::kReturned, Level::kRed, Hour(2));
  still_past.change.backfill = true;
  EXPECT_FALSE(Happens(CaseEvent(still_past)).notify);
  EXPECT_TRUE(case_->backfill);
  // and once live it is on the board and people are notified.
  case_ = hidden;
  const Decision live = Happens(ChangeKind::kReturned, Level::kRed, Hour(24 * 70));
  EXPECT_TRUE(live.notify);
  EXPECT_TRUE(live.publish);
  EXPECT_FALSE(case_->backfill);
  EXPECT_EQ(case_->escalate_at, Hour(24 * 71));
}

TEST_F(EndsAndMoves, WhatCanNoLongerBeJudgedIsClosedAsSuch) {
  Happens(ChangeKind::kFired, Level::kRed, kStart);
  ConditionMoved lapsed = Moved(ChangeKind::kLapsed, Level::kNone, Hour(1));
  lapsed.change.reason = VerdictReason::kLowConfidence;
  const Decision closed = Happens(CaseEvent(lapsed));
  EXPECT_EQ(closed.entry.kind, EntryKind::kClosed) << "never as a recovery";
  EXPECT_EQ(closed.entry.reason, "NO_LONGER_JUDGED");
  EXPECT_EQ(closed.entry.note, "LOW_CONFIDENCE");
  EXPECT_EQ(case_->resolve_reason, "NO_LONGER_JUDGED");
  EXPECT_TRUE(closed.notify);
  EXPECT_EQ(Happens(CaseEvent(lapsed)).reason, kNothingOpen);
}

// Whether the condition is clear now or cannot be judged: it ought never to have held.
TEST_F(EndsAndMoves, WhatEndsBecauseFactsWereTakenBackIsNoRecovery) {  // H1, L3
  for (const ChangeKind kind : {ChangeKind::kCleared, ChangeKind::kLapsed}) {
    case_.reset();
    Happens(ChangeKind::kFired, Level::kRed, kStart);
    ConditionMoved restated = Moved(kind, Level::kNone, Hour(1));
    restated.change.history_restated = true;
    const Decision closed = Happens(CaseEvent(restated));
    EXPECT_EQ(closed.entry.kind, EntryKind::kClosed);
    EXPECT_EQ(closed.entry.reason, "HISTORY_RESTATED");
    EXPECT_EQ(case_->resolve_reason, "HISTORY_RESTATED");
    EXPECT_TRUE(closed.notify) << "whoever was told that it fired is told how it ended";
    EXPECT_EQ(Happens(CaseEvent(restated)).reason, kNothingOpen);
  }
}

TEST_F(EndsAndMoves, AnOpenAlertFollowsItsAccount) {
  Happens(ChangeKind::kFired, Level::kRed, kStart);
  const int64_t etag = case_->decided_version;
  attributes_ = {{"display_name", "Renamed"}, {"owner", "zhao"}, {"tier", "strategic-partner"}};
  const Decision followed = Happens(ChangeKind::kFollowed, Level::kRed, Hour(1));
  EXPECT_EQ(followed.entry.kind, EntryKind::kFollowed);
  EXPECT_THAT(followed.entry.note, HasSubstr("assignee li → zhao"));
  EXPECT_THAT(followed.entry.note, HasSubstr("tier core → strategic-partner"));
  EXPECT_THAT(followed.entry.note, HasSubstr("priority 90 → 180"));
  EXPECT_THAT(followed.entry.note, HasSubstr("name Acme → Renamed"));
  EXPECT_EQ(case_->assignee, "zhao");
  EXPECT_EQ(case_->priority, 180);
  EXPECT_THAT(case_->text, HasSubstr("Renamed: 65 against 70"));
  EXPECT_EQ(case_->decided_version, etag) << "an etag read before still holds";
  EXPECT_FALSE(followed.notify);
  EXPECT_TRUE(followed.publish);
  EXPECT_EQ(Happens(ChangeKind::kFollowed, Level::kRed, Hour(2)).reason, kAlreadySo);
}

TEST_F(EndsAndMoves, WhoTookAnAlertKeepsIt) {
  Happens(ChangeKind::kFired, Level::kRed, kStart);
  Happens(Acknowledged{"wang", "", Hour(1)});
  attributes_ = {{"display_name", "Acme"}, {"owner", "zhao"}, {"tier", "development"}};
  Happens(ChangeKind::kFollowed, Level::kRed, Hour(2));
  EXPECT_EQ(case_->assignee, "wang");
  EXPECT_EQ(case_->priority, 30);
}

TEST_F(EndsAndMoves, WhatHasEscalatedFollowsOnItsRung) {  // a12
  Happens(ChangeKind::kFired, Level::kYellow, kStart);
  const absl::Time due = *case_->escalate_at;
  Happens(EscalationDue{due, due + absl::Seconds(1)});
  ASSERT_EQ(case_->escalation_rung, 1);
  const std::optional<absl::Time> next_due = case_->escalate_at;
  attributes_ = {{"display_name", "Acme"}, {"owner", "zhao"}, {"tier", "core"}};
  Happens(ChangeKind::kFollowed, Level::kYellow, Hour(30));
  EXPECT_EQ(case_->assignee, "zhao");
  EXPECT_EQ(case_->escalation_rung, 1) << "a new owner does not begin anew";
  EXPECT_EQ(case_->escalate_at, next_due);
}

TEST_F(EndsAndMoves, AnOwnerWhoIsGoneLeavesAnAlertToNobody) {  // a12
  Happens(ChangeKind::kFired, Level::kRed, kStart);
  attributes_ = {{"display_name", "Acme"}};
  const Decision followed = Happens(ChangeKind::kFollowed, Level::kRed, Hour(1));
  EXPECT_EQ(case_->assignee, "");
  EXPECT_EQ(case_->priority, 3) << "without a tier";
  EXPECT_THAT(followed.entry.note, HasSubstr("assignee li → "));
}

TEST_F(EndsAndMoves, ARaiseThatVoidsAnAcknowledgementGoesToThePresentOwner) {  // a12
  Happens(ChangeKind::kFired, Level::kYellow, kStart);
  Happens(Acknowledged{"wang", "", Hour(1)});
  attributes_ = {{"display_name", "Acme"}, {"owner", "zhao"}, {"tier", "core"}};
  Happens(ChangeKind::kFollowed, Level::kYellow, Hour(2));
  EXPECT_EQ(case_->assignee, "wang");
  Happens(ChangeKind::kRaised, Level::kRed, Hour(3));
  EXPECT_EQ(case_->assignee, "zhao");
}

TEST_F(EndsAndMoves, WhatIsOverKeepsWhoseItWas) {  // a12
  Happens(ChangeKind::kFired, Level::kRed, kStart);
  Happens(ChangeKind::kCleared, Level::kNone, Hour(1));
  attributes_ = {{"display_name", "Renamed"}, {"owner", "zhao"}, {"tier", "development"}};
  EXPECT_EQ(Happens(ChangeKind::kFollowed, Level::kRed, Hour(2)).reason, kNothingOpen);
  EXPECT_EQ(case_->assignee, "li");
}

TEST_F(EndsAndMoves, WhatWaitsFollowsToo) {
  Happens(ChangeKind::kPending, Level::kRed, kStart);
  attributes_ = {{"display_name", "Acme"}, {"owner", "zhao"}, {"tier", "core"}};
  Happens(ChangeKind::kFollowed, Level::kNone, Hour(1));
  EXPECT_EQ(case_->assignee, "zhao");
  EXPECT_EQ(case_->state, CaseState::kPending);
}

TEST_F(EndsAndMoves, WhatHoldsAsAPastGoesLiveIsOpenFromThenOn) {
  ConditionMoved past = Moved(ChangeKind::kFired, Level::kRed, kStart);
  past.change.backfill = true;
  Happens(CaseEvent(past));
  EXPECT_TRUE(case_->backfill);
  const Decision live = Happens(ChangeKind::kHeldAtGoLive, Level::kRed, Hour(24 * 70));
  EXPECT_EQ(live.entry.kind, EntryKind::kFired);
  EXPECT_EQ(live.entry.reason, "HELD_AT_GO_LIVE");
  EXPECT_FALSE(case_->backfill);
  EXPECT_EQ(case_->alert_id, "R13.acme.1");
  EXPECT_EQ(case_->fire_time, Hour(24 * 70));
  EXPECT_EQ(case_->since, kStart);
  EXPECT_EQ(case_->escalate_at, Hour(24 * 71)) << "its clock begins then";
  EXPECT_TRUE(live.digest);
  EXPECT_FALSE(live.notify) << "one digest for all of them";
  EXPECT_TRUE(live.publish);
  EXPECT_EQ(Happens(ChangeKind::kHeldAtGoLive, Level::kRed, Hour(24 * 70)).reason, kAlreadySo);
  EXPECT_TRUE(Happens(ChangeKind::kCleared, Level::kNone, Hour(24 * 72)).notify);
}

TEST_F(EndsAndMoves, WhatEndedInThePastStaysThere) {
  ConditionMoved past = Moved(ChangeKind::kFired, Level::kRed, kStart);
  past.change.backfill = true;
  Happens(CaseEvent(past));
  ConditionMoved over = Moved(ChangeKind::kCleared, Level::kNone, Hour(1));
  over.change.backfill = true;
  Happens(CaseEvent(over));
  EXPECT_TRUE(case_->backfill);
  EXPECT_EQ(Happens(ChangeKind::kHeldAtGoLive, Level::kNone, Hour(2)).reason, kNothingOpen);
}

TEST_F(EndsAndMoves, WhatWaitsAsAPastGoesLiveWaitsInTheOpen) {
  ConditionMoved past = Moved(ChangeKind::kPending, Level::kRed, kStart);
  past.change.backfill = true;
  Happens(CaseEvent(past));
  const Decision live = Happens(ChangeKind::kHeldAtGoLive, Level::kNone, Hour(1));
  EXPECT_FALSE(case_->backfill);
  EXPECT_EQ(case_->state, CaseState::kPending);
  EXPECT_FALSE(live.digest);
}

TEST_F(EndsAndMoves, AStoreThatIsLiveAlreadyOpensWhatItHidWhenItIsFoldedAgain) {
  ConditionMoved past = Moved(ChangeKind::kFired, Level::kRed, kStart);
  past.change.backfill = true;
  Happens(CaseEvent(past));
  const Decision opened = Happens(ChangeKind::kRestated, Level::kRed, Hour(5));
  EXPECT_EQ(opened.entry.reason, "HELD_AT_GO_LIVE");
  EXPECT_TRUE(opened.digest);
  EXPECT_EQ(case_->escalate_at, Hour(29));
  EXPECT_EQ(Happens(ChangeKind::kRestated, Level::kRed, Hour(6)).reason, kAlreadySo);
}

TEST_F(EndsAndMoves, APastFoldedAgainBeforeItGoesLiveStaysHidden) {
  ConditionMoved past = Moved(ChangeKind::kFired, Level::kRed, kStart);
  past.change.backfill = true;
  Happens(CaseEvent(past));
  ConditionMoved again = Moved(ChangeKind::kRestated, Level::kRed, Hour(5));
  again.change.backfill = true;
  EXPECT_EQ(Happens(CaseEvent(again)).reason, kAlreadySo);
  EXPECT_TRUE(case_->backfill);
}

}  // namespace
}  // namespace bellwether::alerts::ends_and_moves_test
