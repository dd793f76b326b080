#include "services/alerts/domain/alert_roster.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::alerts::alert_roster_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr absl::Duration kRepeat = absl::Minutes(1);

Case AlertOf(const std::string& id, Level level, int64_t version = 1) {
  Case alert;
  alert.alert_id = id;
  alert.state = CaseState::kFiring;
  alert.level = level;
  alert.decided_version = version;
  alert.announced = true;
  return alert;
}

class AlertRosterTest : public ::testing::Test {
 protected:
  // "id level ends" of what is due, the end in seconds from now.
  std::vector<std::string> Due(const std::vector<Case>& alerts, absl::Duration later,
                               bool cut = false) {
    due_ = roster_.Due(alerts, cut, kNow + later);
    std::vector<std::string> lines;
    for (const Listing& listing : due_) {
      lines.push_back(absl::StrCat(listing.alert.alert_id, " ", LevelName(listing.level), " ",
                                   absl::ToInt64Seconds(listing.ends - kNow - later),
                                   listing.current ? "" : " over"));
    }
    return lines;
  }
  std::vector<std::string> SendDue(const std::vector<Case>& alerts, absl::Duration later,
                                   bool cut = false) {
    std::vector<std::string> lines = Due(alerts, later, cut);
    roster_.MarkSent(due_, kNow + later);
    return lines;
  }

  AlertRoster roster_{kRepeat};
  std::vector<Listing> due_;
};

TEST_F(AlertRosterTest, RepeatsAnAlertWhileItLasts) {
  const std::vector<Case> open = {AlertOf("a", Level::kRed)};
  EXPECT_THAT(SendDue(open, absl::ZeroDuration()), ElementsAre("a red 240"));
  EXPECT_EQ(roster_.current(), 1u);
  EXPECT_THAT(SendDue(open, kRepeat - absl::Seconds(1)), IsEmpty());
  EXPECT_THAT(SendDue(open, kRepeat), ElementsAre("a red 240"));
}

TEST_F(AlertRosterTest, SendsAChangeAtOnce) {
  SendDue({AlertOf("a", Level::kRed, 1)}, absl::ZeroDuration());
  EXPECT_THAT(SendDue({AlertOf("a", Level::kRed, 2)}, absl::Seconds(1)), ElementsAre("a red 240"));
  EXPECT_THAT(SendDue({AlertOf("a", Level::kRed, 2)}, absl::Seconds(2)), IsEmpty());
}

TEST_F(AlertRosterTest, SendsTheEndAtOnceAndRepeatsItForAWhile) {
  SendDue({AlertOf("a", Level::kRed)}, absl::ZeroDuration());
  EXPECT_THAT(SendDue({}, absl::Seconds(10)), ElementsAre("a red 0 over"));
  EXPECT_EQ(roster_.current(), 0u);
  EXPECT_THAT(SendDue({}, absl::Seconds(11)), IsEmpty());
  EXPECT_THAT(SendDue({}, absl::Seconds(70)), ElementsAre("a red -60 over"))
      << "ended then, not now";
  const absl::Duration forgotten = absl::Seconds(10) + absl::Minutes(15);
  EXPECT_THAT(SendDue({}, forgotten - absl::Seconds(1)), ElementsAre("a red -899 over"));
  EXPECT_THAT(SendDue({}, forgotten), IsEmpty());
  EXPECT_THAT(SendDue({}, forgotten + absl::Hours(1)), IsEmpty());
}

TEST_F(AlertRosterTest, AnotherLevelIsAnotherLine) {
  SendDue({AlertOf("a", Level::kYellow, 1)}, absl::ZeroDuration());
  EXPECT_THAT(SendDue({AlertOf("a", Level::kRed, 2)}, absl::Seconds(5)),
              UnorderedElementsAre("a red 240", "a yellow 0 over"));
  EXPECT_THAT(SendDue({AlertOf("a", Level::kYellow, 3)}, absl::Seconds(9)),
              UnorderedElementsAre("a yellow 240", "a red 0 over"));
  EXPECT_EQ(roster_.current(), 1u);
}

TEST_F(AlertRosterTest, AnAlertThatOpensAgainIsCurrentAgain) {
  SendDue({AlertOf("a", Level::kRed, 1)}, absl::ZeroDuration());
  SendDue({}, absl::Seconds(1));
  EXPECT_THAT(SendDue({AlertOf("a", Level::kRed, 3)}, absl::Seconds(2)), ElementsAre("a red 240"));
  EXPECT_THAT(SendDue({}, absl::Seconds(3)), ElementsAre("a red 0 over"));
}

TEST_F(AlertRosterTest, WhatWasNotTakenStaysDue) {
  EXPECT_THAT(Due({AlertOf("a", Level::kRed)}, absl::ZeroDuration()), ElementsAre("a red 240"));
  EXPECT_THAT(Due({AlertOf("a", Level::kRed)}, absl::Seconds(1)), ElementsAre("a red 240"));
  EXPECT_THAT(Due({}, absl::Seconds(2)), IsEmpty()) << "never sent";
  SendDue({AlertOf("a", Level::kRed)}, absl::Seconds(3));
  EXPECT_THAT(Due({}, absl::Seconds(10)), ElementsAre("a red 0 over"));
  EXPECT_THAT(Due({}, absl::Hours(2)), ElementsAre(absl::StrCat("a red ", -(7'200 - 10), " over")))
      << "however late";
}

TEST_F(AlertRosterTest, LeavesOutWhatNobodyWasNotifiedOf) {
  Case quiet = AlertOf("a", Level::kRed);
  quiet.announced = false;
  EXPECT_THAT(SendDue({quiet, AlertOf("b", Level::kYellow)}, absl::ZeroDuration()),
              ElementsAre("b yellow 240"));
}

TEST_F(AlertRosterTest, EndsNothingThatIsMerelyMissingFromAPart) {
  const Case fallen = AlertOf("fallen", Level::kYellow);
  SendDue({fallen}, absl::ZeroDuration());
  EXPECT_THAT(SendDue({AlertOf("b", Level::kRed)}, absl::Seconds(1), /*cut=*/true),
              ElementsAre("b red 240"));
  EXPECT_THAT(SendDue({AlertOf("b", Level::kRed)}, absl::Seconds(60), /*cut=*/true), IsEmpty());
  EXPECT_EQ(roster_.current(), 2u);
  EXPECT_THAT(SendDue({fallen}, absl::Seconds(70)),
              UnorderedElementsAre("fallen yellow 240", "b red 0 over"));
}

TEST_F(AlertRosterTest, EndsWhatIsKnownToBeOverAlsoByAPart) {
  SendDue({AlertOf("a", Level::kYellow), AlertOf("b", Level::kRed)}, absl::ZeroDuration());
  EXPECT_THAT(SendDue({AlertOf("a", Level::kRed, 2)}, absl::Seconds(1), /*cut=*/true),
              ElementsAre("a red 240", "a yellow 0 over"));
  EXPECT_THAT(SendDue({AlertOf("a", Level::kRed, 2)}, absl::Seconds(61), /*cut=*/true),
              UnorderedElementsAre("a red 240", "a yellow -60 over"))
      << "an end is repeated as ever";
}

TEST_F(AlertRosterTest, ForgetsWhatIsMissingOnceTheListHasLetGoOfIt) {
  const absl::Duration held = AlertRoster::kHeldRepeats * kRepeat;
  SendDue({AlertOf("a", Level::kRed)}, absl::ZeroDuration());
  SendDue({}, held - absl::Seconds(1), /*cut=*/true);
  EXPECT_EQ(roster_.current(), 1u);
  SendDue({}, held, /*cut=*/true);
  EXPECT_EQ(roster_.current(), 0u);
  EXPECT_THAT(SendDue({}, held + absl::Seconds(1)), IsEmpty());
}

TEST_F(AlertRosterTest, HoldsFromWhenItIsSentAndNotFromWhenItWasDue) {
  SendDue({AlertOf("over", Level::kRed)}, absl::ZeroDuration());
  Due({AlertOf("a", Level::kRed)}, absl::Seconds(1));
  roster_.HoldFrom(kNow + absl::Hours(1), absl::MakeSpan(due_));
  EXPECT_EQ(due_.at(0).ends, kNow + absl::Hours(1) + AlertRoster::kHeldRepeats * kRepeat);
  EXPECT_EQ(due_.at(1).ends, kNow + absl::Seconds(1)) << "over is over";
}

TEST_F(AlertRosterTest, SendsEverythingAnewAfterAReset) {
  SendDue({AlertOf("a", Level::kRed)}, absl::ZeroDuration());
  roster_.Reset();
  EXPECT_THAT(SendDue({AlertOf("a", Level::kRed)}, absl::Seconds(1)), ElementsAre("a red 240"));
}

}  // namespace
}  // namespace bellwether::alerts::alert_roster_test
