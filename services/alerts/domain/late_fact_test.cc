// Past alerts stay, marked: what a late fact does to the cases it concerns.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/domain/decide.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::late_fact_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kPoint = 1'000'000;

// A case of R13, judged in a zone ahead of UTC.
class LateFactTest : public ::testing::Test {
 protected:
  LateFactTest() { policy_.zone = absl::FixedTimeZone(8 * 3600); }

  absl::Time At(absl::CivilDay day, int hour, int minute = 0) const {
    return absl::FromCivil(absl::CivilMinute(day.year(), day.month(), day.day(), hour, minute),
                           policy_.zone);
  }
  ConditionMoved Moved(ChangeKind kind, Level level, absl::Time at) const {
    ConditionMoved moved;
    moved.change.kind = kind;
    moved.change.rule_id = "R13";
    moved.change.subject = "acme";
    moved.change.level = level;
    moved.change.at = at;
    moved.change.since = at;
    moved.change.attributes = {.owner = "li", .tier = "core"};
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
  Decision Fire(Level level, absl::Time at) {
    return Happens(Moved(ChangeKind::kFired, level, at));
  }
  ConditionMoved Restating(absl::CivilDay first, absl::CivilDay last,
                           std::optional<int64_t> before = 58 * kPoint,
                           std::optional<int64_t> after = 63 * kPoint) const {
    ConditionMoved moved = Moved(ChangeKind::kPastRestated, Level::kNone, At(kDay + 10, 9));
    moved.change.restated = {{"health.score", first, last, before, after}};
    return moved;
  }
  Decision Restate(absl::CivilDay first, absl::CivilDay last) {
    return Happens(Restating(first, last));
  }

  static constexpr absl::CivilDay kDay{2026, 11, 20};
  CasePolicy policy_ = for_tests::Policy();
  Rule rule_ = for_tests::R13();
  std::optional<Case> case_;
};

TEST_F(LateFactTest, MarksTheCaseRaisedOnTheDayAndNamesWhatWasShownAndWhatIsKnown) {
  Fire(Level::kRed, At(kDay, 9));
  const Case raised = *case_;
  const Decision decision = Restate(kDay, kDay);
  EXPECT_EQ(decision.reason, kLateFact);
  EXPECT_EQ(decision.entry.kind, EntryKind::kRestated);
  EXPECT_EQ(decision.entry.reason, "LATE_FACT");
  EXPECT_EQ(decision.entry.note, "2026-11-20: health.score was 58, is 63");
  EXPECT_EQ(decision.entry.level, Level::kRed);
  EXPECT_TRUE(decision.publish) << "boards show the mark";
  EXPECT_FALSE(decision.notify) << "nobody is called a second time";

  Case expected = raised;
  expected.restated = true;
  expected.entity_version = raised.entity_version + 1;
  EXPECT_EQ(*case_, expected) << "nothing else has changed: an etag read before still holds";
}

TEST_F(LateFactTest, TheDayIsThatOfTheCalendarToItsFirstAndLastMinute) {
  for (const auto& [at, concerned] : {std::pair{At(kDay, 0), true},
                                      {At(kDay, 23, 59), true},
                                      {At(kDay - 1, 23, 59), false},
                                      {At(kDay + 1, 0), false}}) {
    case_ = std::nullopt;
    Fire(Level::kYellow, at);
    EXPECT_EQ(Restate(kDay, kDay).reason, concerned ? kLateFact : kOtherDays) << at;
    EXPECT_EQ(case_->restated, concerned) << at;
  }
}

TEST_F(LateFactTest, ASpanConcernsEveryDayOfIt) {
  Fire(Level::kYellow, At(kDay, 9));
  EXPECT_EQ(Restate(kDay + 1, kDay + 4).reason, kOtherDays);
  EXPECT_EQ(Restate(kDay - 4, kDay - 1).reason, kOtherDays);
  EXPECT_EQ(Restate(kDay - 4, kDay + 4).reason, kLateFact);
}

TEST_F(LateFactTest, ACaseIsAlsoBasedOnTheDayItsPresentLevelWasJudged) {
  Fire(Level::kYellow, At(kDay, 9));
  Happens(Moved(ChangeKind::kRaised, Level::kRed, At(kDay + 3, 9)));
  EXPECT_EQ(Restate(kDay + 1, kDay + 2).reason, kOtherDays);
  EXPECT_THAT(Restate(kDay + 3, kDay + 3).entry.note, HasSubstr("2026-11-23"));
  EXPECT_THAT(Restate(kDay, kDay).entry.note, HasSubstr("2026-11-20"));
  EXPECT_EQ(Restate(kDay, kDay + 3).entry.note,
            "2026-11-20: health.score was 58, is 63; 2026-11-23: health.score was 58, is 63");
}

TEST_F(LateFactTest, AResolvedOrAcknowledgedCaseStaysWhatItIs) {
  Fire(Level::kYellow, At(kDay, 9));
  Happens(Acknowledged{"wang", "", At(kDay, 10)});
  EXPECT_FALSE(Restate(kDay, kDay).notify);
  EXPECT_EQ(case_->state, CaseState::kAcknowledged);
  EXPECT_EQ(case_->assignee, "wang");
  Happens(Moved(ChangeKind::kCleared, Level::kNone, At(kDay + 1, 9)));
  const Decision again = Restate(kDay, kDay);
  EXPECT_EQ(case_->state, CaseState::kResolved);
  EXPECT_EQ(case_->resolve_time, At(kDay + 1, 9));
  EXPECT_EQ(again.reason, kLateFact) << "every restatement has its line";
}

TEST_F(LateFactTest, ARunningEscalationGoesOn) {
  Fire(Level::kYellow, At(kDay, 9));
  const absl::Time due = *case_->escalate_at;
  Restate(kDay, kDay);
  EXPECT_EQ(case_->escalate_at, due);
}

TEST_F(LateFactTest, WhatOnlyWaitedHasNotBeenRaised) {
  Happens(Moved(ChangeKind::kPending, Level::kYellow, At(kDay, 9)));
  EXPECT_EQ(Restate(kDay, kDay).reason, kNothingOpen);
  EXPECT_FALSE(case_->restated);
  case_ = std::nullopt;
  EXPECT_EQ(Restate(kDay, kDay).reason, kNothingOpen);
}

TEST_F(LateFactTest, AMarkOnABackfilledCaseIsStoredOnly) {
  ConditionMoved fired = Moved(ChangeKind::kFired, Level::kRed, At(kDay, 9));
  fired.change.backfill = true;
  Happens(fired);
  const Decision decision = Restate(kDay, kDay);
  EXPECT_TRUE(case_->restated);
  EXPECT_TRUE(case_->backfill);
  EXPECT_FALSE(decision.publish);
  EXPECT_FALSE(decision.notify);
}

TEST_F(LateFactTest, DataThatCameOrWentAreNamedSo) {
  Fire(Level::kRed, At(kDay, 9));
  EXPECT_THAT(Happens(Restating(kDay, kDay, std::nullopt, 63 * kPoint)).entry.note,
              HasSubstr("was without data, is 63"));
  EXPECT_THAT(Happens(Restating(kDay, kDay, 58 * kPoint, std::nullopt)).entry.note,
              HasSubstr("was 58, is without data"));
}

TEST_F(LateFactTest, TwoFiguresThatDifferNeverReadTheSame) {
  Fire(Level::kRed, At(kDay, 9));
  EXPECT_THAT(Happens(Restating(kDay, kDay, 58'001'000, 58'002'000)).entry.note,
              HasSubstr("was 58.001, is 58.002"));
}

TEST_F(LateFactTest, TheLastMoveOfADecisionChainIsShownAsAnInstantR02) {
  rule_ = for_tests::R02();
  Fire(Level::kYellow, At(kDay, 9));
  const auto micros = [](absl::Time time) { return absl::ToUnixMicros(time); };
  const Decision decision =
      Happens(Restating(kDay, kDay, micros(At(kDay - 8, 9)), micros(At(kDay - 3, 14, 30))));
  EXPECT_THAT(decision.entry.note, HasSubstr("was 2026-11-12 09:00, is 2026-11-17 14:30"));
  EXPECT_THAT(decision.entry.note, Not(HasSubstr("000000")));
}

}  // namespace
}  // namespace bellwether::alerts::late_fact_test
