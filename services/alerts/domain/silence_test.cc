#include "services/alerts/domain/silence.h"

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/testing/decided_case.h"

namespace bellwether::alerts::silence_test {
namespace {

using for_tests::kStart;

Silence OfAcme() {
  return {.id = "s1",
          .matchers = {.accounts = {"acme"}},
          .reason = "migration",
          .author = "wang",
          .start = absl::InfinitePast(),
          .end = kStart + absl::Hours(2)};
}

class SilenceTest : public for_tests::DecidedCaseTest {
 protected:
  // What happens while these are in force.
  Decision HappensSilenced(const CaseEvent& event, const std::vector<Silence>& active) {
    const std::optional<Case> before = case_;
    absl::StatusOr<Decision> decision = Decide(policy_, case_, event);
    EXPECT_TRUE(decision.ok()) << decision.status();
    HoldBack(active, before, *decision);
    if (decision->next.has_value()) case_ = decision->next;
    return *std::move(decision);
  }
  static std::string ReasonOf(const absl::Status& status) {
    return DetailOf(status).value_or(ErrorDetail{"OK", "", ""}).reason;
  }
};

TEST_F(SilenceTest, MatchesWhatEveryMatcherAllows) {
  Fire(Level::kOrange, kStart);
  case_->account = "acme";
  const auto matches = [&](const SilenceMatchers& matchers) { return matchers.Match(*case_); };
  EXPECT_TRUE(matches({.rule_ids = {"R39", "R13"}}));
  EXPECT_FALSE(matches({.rule_ids = {"R39"}}));
  EXPECT_TRUE(matches({.accounts = {"acme"}, .tiers = {"core"}, .assignees = {"li"}}));
  EXPECT_FALSE(matches({.accounts = {"acme"}, .tiers = {"development"}}));
  EXPECT_FALSE(matches({.accounts = {"acme"}, .assignees = {""}}));
  EXPECT_TRUE(matches({.maximum_level = Level::kOrange}));
  EXPECT_FALSE(matches({.maximum_level = Level::kYellow})) << "worse than what it is silent about";
}

TEST_F(SilenceTest, HasAReasonAnEndAndSomethingToMatch) {
  const auto reason = [](Silence silence) {
    return ReasonOf(OpenSilence(std::move(silence), kStart).status());
  };
  EXPECT_EQ(reason(OfAcme()), "OK");
  Silence silence = OfAcme();
  silence.matchers = {};
  EXPECT_EQ(reason(silence), "MATCHERS_MISSING");
  silence.matchers.accounts.assign(kSilenceMatchersMax + 1, "acme");
  EXPECT_EQ(reason(silence), "TOO_MANY_MATCHERS");
  silence = OfAcme();
  silence.matchers.tiers = {"core", std::string(kSilenceMatcherBytesMax, 'x')};
  EXPECT_EQ(reason(silence), "OK");
  silence.matchers.tiers[1] += "x";
  EXPECT_EQ(reason(silence), "TEXT_TOO_LONG");
  EXPECT_EQ(DetailOf(CheckMatchers(silence.matchers))->field, "matchers.tiers");
  silence = OfAcme();
  silence.reason = "";
  EXPECT_EQ(reason(silence), "REASON_MISSING");
  silence.reason.assign(kSilenceReasonBytesMax + 1, 'x');
  EXPECT_EQ(reason(silence), "TEXT_TOO_LONG");
  silence = OfAcme();
  silence.end = absl::InfiniteFuture();
  EXPECT_EQ(reason(silence), "END_MISSING");
  silence.end = kStart;
  EXPECT_EQ(reason(silence), "END_NOT_AHEAD");
  silence.end = kStart + kSilenceMax;
  EXPECT_EQ(reason(silence), "OK");
  silence.end += absl::Microseconds(1);
  EXPECT_EQ(reason(silence), "SILENCE_TOO_LONG");
  silence = OfAcme();
  silence.start = silence.end;
  EXPECT_EQ(reason(silence), "END_NOT_AHEAD");
}

TEST_F(SilenceTest, BeginsNowUnlessItIsToBeginLaterAndEndsOnce) {
  const Silence silence = *OpenSilence(OfAcme(), kStart);
  EXPECT_EQ(silence.start, kStart);
  EXPECT_TRUE(silence.ActiveAt(kStart));
  EXPECT_FALSE(silence.ActiveAt(silence.end)) << "its end is not part of it";
  const auto ended = EndSilence(silence, "zhao", kStart + absl::Hours(1));
  ASSERT_TRUE(ended.ok());
  EXPECT_EQ(ended->end, kStart + absl::Hours(1));
  EXPECT_EQ(ended->ended_by, "zhao");
  EXPECT_EQ(ReasonOf(EndSilence(*ended, "zhao", kStart + absl::Hours(1)).status()),
            "SILENCE_ENDED");
}

TEST_F(SilenceTest, NobodyIsNotifiedOfWhatItCoversAndTheTimelineSaysWhyL3) {
  case_ = std::nullopt;
  Silence silence = OfAcme();
  silence.matchers = {.rule_ids = {"R13"}};
  const Decision fired =
      HappensSilenced(Moved(ChangeKind::kFired, Level::kYellow, kStart), {silence});
  EXPECT_FALSE(fired.notify);
  EXPECT_TRUE(fired.publish) << "the board shows it";
  EXPECT_EQ(fired.entry.silenced_by, "s1");
  EXPECT_TRUE(case_->held_back);
  EXPECT_TRUE(case_->escalate_at.has_value()) << "its clock runs";
  const Decision cleared =
      HappensSilenced(Moved(ChangeKind::kCleared, Level::kNone, kStart), {silence});
  EXPECT_FALSE(cleared.notify) << "nobody was told that it fired";
  EXPECT_EQ(cleared.entry.silenced_by, "");
}

TEST_F(SilenceTest, TheEndOfWhatWasNotifiedIsNotifiedDuringASilenceTooL3) {
  Fire(Level::kYellow, kStart);
  Silence silence = OfAcme();
  silence.matchers = {.rule_ids = {"R13"}};
  EXPECT_FALSE(HappensSilenced(Moved(ChangeKind::kRaised, Level::kRed, kStart), {silence}).notify);
  EXPECT_TRUE(HappensSilenced(Moved(ChangeKind::kCleared, Level::kNone, kStart), {silence}).notify);
  EXPECT_FALSE(case_->held_back);
}

TEST_F(SilenceTest, ARaiseAboveItsLevelIsNotified) {
  Silence silence = OfAcme();
  silence.matchers = {.maximum_level = Level::kOrange};
  EXPECT_FALSE(
      HappensSilenced(Moved(ChangeKind::kFired, Level::kYellow, kStart), {silence}).notify);
  EXPECT_TRUE(HappensSilenced(Moved(ChangeKind::kRaised, Level::kRed, kStart), {silence}).notify);
  EXPECT_FALSE(case_->held_back);
}

TEST_F(SilenceTest, WhatStillHoldsAtItsEndIsNotifiedThenOnceL3) {
  Silence silence = OfAcme();
  silence.matchers = {.rule_ids = {"R13"}};
  HappensSilenced(Moved(ChangeKind::kFired, Level::kYellow, kStart), {silence});
  const Decision notified = HappensSilenced(SilenceLifted{kStart + absl::Hours(2)}, {});
  EXPECT_TRUE(notified.notify);
  EXPECT_EQ(notified.entry.kind, EntryKind::kSilenceEnded);
  EXPECT_TRUE(case_->announced);
  EXPECT_FALSE(case_->held_back);
  EXPECT_EQ(HappensSilenced(SilenceLifted{kStart + absl::Hours(3)}, {}).reason, kAlreadySo);
  EXPECT_TRUE(HappensSilenced(Moved(ChangeKind::kCleared, Level::kNone, kStart), {}).notify);
}

TEST_F(SilenceTest, WhatHasEndedMeanwhileIsNotNotifiedAtItsEnd) {
  Silence silence = OfAcme();
  silence.matchers = {.rule_ids = {"R13"}};
  HappensSilenced(Moved(ChangeKind::kFired, Level::kYellow, kStart), {silence});
  HappensSilenced(Moved(ChangeKind::kCleared, Level::kNone, kStart), {silence});
  EXPECT_FALSE(HappensSilenced(SilenceLifted{kStart + absl::Hours(2)}, {}).next.has_value());
}

}  // namespace
}  // namespace bellwether::alerts::silence_test
