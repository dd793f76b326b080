// An opportunity that moves from one account to another: two partitions say so, in any order.
#include <string>

#include "gtest/gtest.h"
#include "services/alerts/domain/decide.h"
#include "services/alerts/testing/decided_case.h"

namespace bellwether::alerts::moving_subject_test {
namespace {

using for_tests::kStart;

class MovingSubjectTest : public for_tests::DecidedCaseTest {
 protected:
  static constexpr int64_t kMovedVersion = 5;

  ConditionMoved Of(const std::string& account, int64_t version, ChangeKind kind, Level level,
                    absl::Time at) const {
    ConditionMoved moved = Moved(kind, level, at);
    moved.change.subject = "o7";
    moved.change.subject_type = "opportunity";
    moved.change.account = account;
    moved.change.subject_version = version;
    moved.change.attributes = {{"owner", account == "old" ? "li" : "wang"}};
    return moved;
  }
  Decision FiredUnderOld(Level level = Level::kYellow) {
    return Happens(Of("old", 1, ChangeKind::kFired, level, kStart));
  }
  Decision FiredUnderNew(Level level = Level::kYellow, ChangeKind kind = ChangeKind::kFired) {
    return Happens(Of("new", kMovedVersion + 1, kind, level, kStart + absl::Hours(1)));
  }
  Decision MovedAway() {
    ConditionMoved moved =
        Of("old", kMovedVersion, ChangeKind::kSubjectMoved, Level::kNone, kStart + absl::Hours(1));
    moved.change.moved_to = "new";
    return Happens(moved);
  }
  void ExpectTheCaseGoesOnUnderNew() {
    EXPECT_EQ(case_->state, CaseState::kFiring);
    EXPECT_EQ(case_->account, "new");
    EXPECT_EQ(case_->assignee, "wang");
    EXPECT_EQ(case_->fire_time, kStart);
    EXPECT_EQ(case_->resolve_time, std::nullopt);
    EXPECT_EQ(case_->alert_id, "R13.opportunity~o7.1");
    EXPECT_EQ(case_->escalate_at, kStart + absl::Hours(25));
  }
};

TEST_F(MovingSubjectTest, GoesOnUnderTheNewAccountWhenTheOldOneComesFirst) {
  EXPECT_TRUE(FiredUnderOld().notify);
  const Decision away = MovedAway();
  EXPECT_EQ(away.reason, kSubjectMoved);
  EXPECT_FALSE(away.notify) << "a move is no recovery";
  EXPECT_EQ(case_->state, CaseState::kResolved);
  const Decision on = FiredUnderNew();
  EXPECT_EQ(on.entry.kind, EntryKind::kMoved);
  EXPECT_FALSE(on.notify) << "nor is it news";
  EXPECT_TRUE(on.publish);
  ExpectTheCaseGoesOnUnderNew();
}

TEST_F(MovingSubjectTest, GoesOnUnderTheNewAccountWhenTheNewOneComesFirst) {
  FiredUnderOld();
  const Decision on = FiredUnderNew();
  EXPECT_EQ(on.entry.kind, EntryKind::kMoved);
  EXPECT_FALSE(on.notify);
  EXPECT_EQ(MovedAway().reason, kElsewhere);
  ExpectTheCaseGoesOnUnderNew();
}

TEST_F(MovingSubjectTest, LaterSignalsUnderTheOldAccountArePassedOver) {
  FiredUnderOld();
  FiredUnderNew();
  const auto late = kStart + absl::Hours(2);
  EXPECT_EQ(Happens(Of("old", 2, ChangeKind::kRaised, Level::kRed, late)).reason, kElsewhere);
  EXPECT_EQ(Happens(Of("old", 3, ChangeKind::kCleared, Level::kNone, late)).reason, kElsewhere);
  EXPECT_EQ(case_->level, Level::kYellow);
  EXPECT_EQ(Happens(Of("new", 7, ChangeKind::kCleared, Level::kNone, late)).reason,
            kConditionCleared);
}

TEST_F(MovingSubjectTest, AnAcknowledgementMovesAlong) {
  for (const bool old_first : {true, false}) {
    case_.reset();
    FiredUnderOld();
    Acknowledge(kStart + absl::Minutes(5));
    if (old_first) MovedAway();
    FiredUnderNew();
    if (!old_first) MovedAway();
    EXPECT_EQ(case_->state, CaseState::kAcknowledged) << old_first;
    EXPECT_EQ(case_->assignee, "wang") << "who acknowledged it";
    EXPECT_EQ(case_->escalate_at, std::nullopt);
  }
}

TEST_F(MovingSubjectTest, WorseUnderTheNewAccountIsNewsInEitherOrder) {
  for (const bool old_first : {true, false}) {
    case_.reset();
    FiredUnderOld();
    if (old_first) MovedAway();
    const Decision raised = FiredUnderNew(Level::kRed);
    EXPECT_EQ(raised.entry.kind, EntryKind::kLevelRaised);
    EXPECT_TRUE(raised.notify);
    if (!old_first) MovedAway();
    EXPECT_EQ(case_->level, Level::kRed);
    EXPECT_EQ(case_->account, "new");
  }
}

TEST_F(MovingSubjectTest, WithAForDurationItGoesOnWhileTheNewAccountWaits) {
  for (const bool old_first : {true, false}) {
    case_.reset();
    FiredUnderOld(Level::kOrange);
    if (old_first) MovedAway();
    const Decision on = FiredUnderNew(Level::kYellow, ChangeKind::kPending);
    EXPECT_EQ(on.entry.kind, EntryKind::kMoved) << old_first;
    EXPECT_FALSE(on.notify);
    if (!old_first) MovedAway();
    ExpectTheCaseGoesOnUnderNew();
    EXPECT_EQ(case_->level, Level::kOrange) << "until what waits is ripe";
    const absl::Time ripe = kStart + absl::Hours(3);
    const std::optional<Case> waiting = case_;
    EXPECT_EQ(Happens(Of("new", 6, ChangeKind::kFired, Level::kOrange, ripe)).reason, kAlreadySo);
    EXPECT_EQ(Happens(Of("new", 6, ChangeKind::kFired, Level::kYellow, ripe)).entry.kind,
              EntryKind::kLevelLowered);
    // Where it breaks before that, it is over, for everybody who knew of it.
    case_ = waiting;
    const Decision over = Happens(Of("new", 6, ChangeKind::kPendingDropped, Level::kNone, ripe));
    EXPECT_EQ(over.entry.reason, "CONDITION_CLEARED");
    EXPECT_TRUE(over.notify);
    case_ = waiting;
    ConditionMoved blind = Of("new", 6, ChangeKind::kPendingDropped, Level::kNone, ripe);
    blind.change.reason = VerdictReason::kNoData;
    EXPECT_EQ(Happens(blind).entry.kind, EntryKind::kClosed) << "that is no recovery";
  }
}

TEST_F(MovingSubjectTest, WhatAPersonResolvedStaysResolvedUnderTheNewAccount) {  // L3
  for (const bool old_first : {true, false}) {
    case_.reset();
    FiredUnderOld();
    Happens(ResolvedByHand{"wang", "HANDLED", "", kStart + absl::Minutes(5)});
    if (old_first) {
      EXPECT_EQ(MovedAway().reason, kNothingOpen);
    }
    ConditionMoved same =
        Of("new", kMovedVersion + 1, ChangeKind::kFired, Level::kYellow, kStart + absl::Hours(1));
    same.change.at_first_sight = true;
    const Decision moved = Happens(same);
    EXPECT_EQ(moved.reason, kHandResolutionHolds);
    EXPECT_EQ(moved.entry.kind, EntryKind::kMoved);
    EXPECT_FALSE(moved.notify);
    EXPECT_EQ(case_->state, CaseState::kResolved);
    EXPECT_EQ(case_->account, "new");
    if (!old_first) {
      EXPECT_EQ(MovedAway().reason, kElsewhere);
    }
    // When it fires anew there, it is an alert again.
    EXPECT_TRUE(
        Happens(Of("new", 7, ChangeKind::kFired, Level::kYellow, kStart + absl::Hours(5))).notify);
    EXPECT_EQ(case_->state, CaseState::kFiring);
  }
}

TEST_F(MovingSubjectTest, WhatBeginsUnderTheNewAccountIsNewsAlsoAfterAResolutionByHand) {
  FiredUnderOld();
  Happens(ResolvedByHand{"wang", "HANDLED", "", kStart + absl::Minutes(5)});
  EXPECT_TRUE(FiredUnderNew().notify) << "it did not hold as it came";
}

TEST_F(MovingSubjectTest, AClosedSubjectEndsItsCaseAndNotifiesThoseNotifiedBefore) {
  FiredUnderOld();
  const Decision closed =
      Happens(Of("old", 2, ChangeKind::kSubjectClosed, Level::kNone, kStart + absl::Hours(1)));
  EXPECT_EQ(closed.entry.reason, "SUBJECT_CLOSED");
  EXPECT_TRUE(closed.notify);
  EXPECT_EQ(case_->resolve_reason, "SUBJECT_CLOSED");
}

}  // namespace
}  // namespace bellwether::alerts::moving_subject_test
