#include "services/alerts/adapters/condition_fold.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/journal/entry.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "services/alerts/adapters/go_live_digest.h"
#include "services/alerts/testing/folded_alerts.h"
#include "services/alerts/testing/rules.h"
#include "services/alerts/testing/signals.h"

namespace bellwether::alerts::condition_fold_test {
namespace {

using for_tests::kStart;
using ::testing::ElementsAre;
using testing::FoldedAlerts;
using ::testing::IsEmpty;
using testing::Score;
using testing::Seen;
using testing::SignalOf;
using testing::SignalRecord;
using ::testing::SizeIs;

std::vector<Rule> Rules() { return {for_tests::R02(), for_tests::R13(), for_tests::R39()}; }

class ConditionFoldTest : public ::testing::Test {
 protected:
  void PublishSignal(const std::string& subject, absl::Time at, const testing::NamedFigures& values,
                     bool backfill = false) {
    alerts_.Append(subject, SignalRecord(SignalOf(subject, ++version_, at, values), at, backfill));
  }

  FoldedAlerts alerts_{Rules()};
  int64_t version_ = 0;
};

TEST_F(ConditionFoldTest, AChangeBecomesACaseAnEventAndADeliveryInOneCommit) {
  PublishSignal("acme", kStart, Score(65));
  alerts_.Boot();
  alerts_.CatchUp();
  const Seen seen = alerts_.Look();
  ASSERT_THAT(seen.cases, SizeIs(1));
  EXPECT_EQ(seen.cases[0].level, Level::kOrange);
  EXPECT_EQ(seen.cases[0].attributes.Get("owner"), "li");
  EXPECT_EQ(seen.cases[0].cause.type, "order_placed");
  EXPECT_THAT(seen.published, ElementsAre("R13.acme.1/1"));
  EXPECT_THAT(seen.deliveries, ElementsAre("ops R13.acme.1/1"));
}

TEST_F(ConditionFoldTest, AConditionThatDoesNotChangeWaitsForTheOrdinaryCheckpoint) {
  alerts_.Boot();
  PublishSignal("acme", kStart, Score(95));
  alerts_.Poll();
  alerts_.Poll();
  alerts_.Commit();
  EXPECT_THAT(alerts_.Look().cases, IsEmpty());
  PublishSignal("acme", kStart + absl::Seconds(1), Score(50));
  alerts_.Poll();
  alerts_.Commit();
  EXPECT_THAT(alerts_.Look().cases, SizeIs(1)) << "a change asks for its commit at once";
}

TEST_F(ConditionFoldTest, DropsSignalsThatAreNotNewer) {
  alerts_.Append("acme", SignalRecord(SignalOf("acme", 7, kStart, Score(65)), kStart));
  alerts_.Append("acme", SignalRecord(SignalOf("acme", 7, kStart, Score(90)), kStart));
  alerts_.Append("acme", SignalRecord(SignalOf("acme", 6, kStart, Score(90)), kStart));
  alerts_.Boot();
  alerts_.CatchUp();
  EXPECT_EQ(alerts_.Latest("R13", "acme")->state, CaseState::kFiring);
}

TEST_F(ConditionFoldTest, R02FiresOnAWatermarkOneMicrosecondPastSevenDaysAlsoAfterARestart) {
  PublishSignal("acme", kStart, {{"decision_chain.last_moved", absl::ToUnixMicros(kStart)}});
  const absl::Time seven_days = kStart + absl::Hours(24 * 7);
  alerts_.AppendTicks(seven_days);
  alerts_.Boot();
  alerts_.CatchUp();
  EXPECT_FALSE(alerts_.Latest("R02", "acme").has_value());
  alerts_.Close();
  alerts_.AppendTicks(seven_days + absl::Seconds(1));
  alerts_.Boot();
  alerts_.CatchUp();
  const auto fired = alerts_.Latest("R02", "acme");
  ASSERT_TRUE(fired.has_value());
  EXPECT_EQ(fired->fire_time, seven_days + absl::Microseconds(1));
}

TEST_F(ConditionFoldTest, StepsOfOneSignalApplyEachAtItsOwnTime) {
  events::v1::Signal signal = SignalOf("acme", 1, kStart, Score(50));
  *signal.add_steps() = SignalOf("acme", 1, kStart + absl::Hours(1), Score(90)).steps(0);
  alerts_.Append("acme", SignalRecord(signal, kStart + absl::Hours(1)));
  alerts_.Boot();
  alerts_.CatchUp();
  const auto alert = alerts_.Latest("R13", "acme");
  EXPECT_EQ(alert->fire_time, kStart);
  EXPECT_EQ(alert->resolve_time, kStart + absl::Hours(1));
}

TEST_F(ConditionFoldTest, ASignalWrittenLateStillMovesItsDeadline) {
  PublishSignal("acme", kStart, {{"decision_chain.last_moved", absl::ToUnixMicros(kStart)}});
  // After an outage: another subject's signal has taken stream time past the deadline before the
  // one is read that says the chain moved in time.
  const absl::Time later = kStart + absl::Hours(24 * 9);
  PublishSignal("acme2", later, Score(95));
  const absl::Time in_time = kStart + absl::Hours(24 * 6);
  alerts_.Append(
      "acme", SignalRecord(SignalOf("acme", ++version_, in_time,
                                    {{"decision_chain.last_moved", absl::ToUnixMicros(in_time)}}),
                           later));
  alerts_.AppendTicks(later);
  alerts_.Boot();
  alerts_.CatchUp();
  EXPECT_FALSE(alerts_.Latest("R02", "acme").has_value());
}

TEST_F(ConditionFoldTest, ALateFactMarksEveryCaseItConcernsAndNotifiesNobody) {
  const absl::Duration day = absl::Hours(24);
  PublishSignal("acme", kStart, Score(50));
  PublishSignal("acme", kStart + day, Score(95));      // over
  PublishSignal("acme", kStart + 7 * day, Score(75));  // another case
  PublishSignal("acme", kStart + 7 * day, Score(65));  // raised
  PublishSignal("bell", kStart + 7 * day, Score(50));  // of another subject
  alerts_.Boot();
  alerts_.CatchUp();
  const Seen before = alerts_.Look();
  ASSERT_THAT(before.cases, SizeIs(3));

  events::v1::Signal late = SignalOf("acme", ++version_, kStart + 9 * day, {});
  testing::Restate(late, "health.score", kStart, kStart, 50'000'000, 66'000'000);
  testing::Restate(late, "health.score", kStart + 7 * day, kStart + 8 * day, 65'000'000,
                   81'000'000);
  alerts_.Append("acme", SignalRecord(late, kStart + 9 * day));
  alerts_.CatchUp();
  alerts_.Close();
  const Seen after = alerts_.Look();
  EXPECT_EQ(after.deliveries, before.deliveries);
  ASSERT_THAT(after.cases, SizeIs(3));
  for (size_t i = 0; i < after.cases.size(); ++i) {
    const bool concerned = after.cases[i].subject == "acme";
    EXPECT_EQ(after.cases[i].restated, concerned) << after.cases[i].alert_id;
    EXPECT_EQ(after.cases[i].state, before.cases[i].state);
    EXPECT_EQ(after.cases[i].level, before.cases[i].level);
  }
  EXPECT_THAT(after.timeline, SizeIs(before.timeline.size() + 2));
  EXPECT_THAT(after.published, SizeIs(before.published.size() + 2)) << "boards learn of the mark";
}

TEST_F(ConditionFoldTest, BackfillIsStoredAndNothingLeaves) {
  PublishSignal("acme", kStart, Score(50), /*backfill=*/true);
  alerts_.Boot();
  alerts_.CatchUp();
  alerts_.Close();
  const Seen seen = alerts_.Look();
  ASSERT_THAT(seen.cases, SizeIs(1));
  EXPECT_TRUE(seen.cases[0].backfill);
  EXPECT_FALSE(seen.cases[0].escalate_at.has_value());
  EXPECT_THAT(seen.published, IsEmpty());
  EXPECT_THAT(seen.deliveries, IsEmpty());
}

TEST_F(ConditionFoldTest, WhatHoldsNoSignalStopsNothing) {
  bus::Message broken = SignalRecord(SignalOf("acme", 1, kStart, Score(50)), kStart);
  broken.value = "\xff\xff";
  alerts_.Append("acme", broken);
  PublishSignal("acme", kStart, Score(50));
  alerts_.Boot();
  alerts_.CatchUp();
  EXPECT_THAT(alerts_.Look().cases, SizeIs(1));
}

TEST_F(ConditionFoldTest, FoldingAgainChangesNothingAndNotifiesNobody) {
  PublishSignal("acme", kStart, Score(50));
  PublishSignal("acme", kStart + absl::Hours(1), Score(95));
  PublishSignal("acme", kStart + absl::Hours(2), Score(75));
  PublishSignal("bell", kStart + absl::Hours(2), Score(65));
  PublishSignal("bell", kStart + absl::Hours(2),
                {{"decision_chain.last_moved", absl::ToUnixMicros(kStart)}});
  alerts_.AppendTicks(kStart + absl::Hours(24 * 8));
  alerts_.Boot();
  alerts_.CatchUp();
  const Seen before = alerts_.Look();
  EXPECT_THAT(before.cases, SizeIs(3));
  alerts_.Rebuild();
  alerts_.CatchUp();
  alerts_.Close();
  EXPECT_EQ(alerts_.Look(), before);
  alerts_.Boot();
  PublishSignal("bell", kStart + absl::Hours(24 * 9), Score(95));
  alerts_.CatchUp();
  EXPECT_EQ(alerts_.Latest("R13", "bell")->state, CaseState::kResolved)
      << "after the re-fold life goes on";
}

TEST_F(ConditionFoldTest, ChangedRulesRestateInSilence) {
  PublishSignal("acme", kStart, Score(75));  // yellow under the old rule
  PublishSignal("bell", kStart, Score(95));  // nothing
  PublishSignal("cook", kStart, Score(65));  // orange
  alerts_.Boot();
  alerts_.CatchUp();
  alerts_.Close();
  const size_t deliveries = alerts_.Look().deliveries.size();
  Rule stricter = for_tests::R13();
  auto& levels = std::get<Threshold>(stricter.condition).levels;
  levels = {{.level = Level::kYellow, .fire_micros = 97'000'000},
            {.level = Level::kOrange, .fire_micros = 50'000'000}};
  alerts_.Boot({stricter});
  alerts_.CatchUp();
  alerts_.Close();
  EXPECT_EQ(alerts_.Latest("R13", "acme")->level, Level::kYellow);
  EXPECT_FALSE(alerts_.Latest("R13", "acme")->restated);
  EXPECT_TRUE(alerts_.Latest("R13", "bell")->restated);
  EXPECT_EQ(alerts_.Latest("R13", "bell")->state, CaseState::kFiring);
  EXPECT_EQ(alerts_.Latest("R13", "cook")->level, Level::kYellow);
  EXPECT_THAT(alerts_.Look().deliveries, SizeIs(deliveries));
}

TEST_F(ConditionFoldTest, AWithdrawnRuleEndsItsCasesAndNotifiesThoseNotifiedBefore) {
  PublishSignal("acme", kStart, Score(75));
  alerts_.Boot();
  alerts_.CatchUp();
  alerts_.Close();
  alerts_.Boot({for_tests::R39()});
  alerts_.CatchUp();
  alerts_.Close();
  EXPECT_EQ(alerts_.Latest("R13", "acme")->state, CaseState::kResolved);
  EXPECT_EQ(alerts_.Latest("R13", "acme")->resolve_reason, "RULE_WITHDRAWN");
  EXPECT_THAT(alerts_.Look().deliveries, SizeIs(2));
}

TEST_F(ConditionFoldTest, ACrashInTheMiddleOfARefoldIsFoldedAgain) {
  for (int i = 0; i < 20; ++i) {
    PublishSignal("acme", kStart + absl::Hours(i), Score(i % 2 == 0 ? 50 : 95));
  }
  alerts_.Boot();
  alerts_.CatchUp();
  const Seen before = alerts_.Look();
  alerts_.Rebuild();
  alerts_.Poll();
  alerts_.Poll();
  alerts_.Commit();
  alerts_.Crash();
  alerts_.Boot();
  alerts_.CatchUp();
  alerts_.Close();
  EXPECT_EQ(alerts_.Look(), before);
}

class GoingLive : public ConditionFoldTest {
 protected:
  // Accounts of both partitions, built in a past of ten weeks: "acme" and "cook" hold, "bell" has
  // recovered, "duke" never was bad.
  void BuildPast() {
    PublishSignal("acme", kStart, Score(50), /*backfill=*/true);
    PublishSignal("bell", kStart, Score(50), /*backfill=*/true);
    PublishSignal("cook", kStart, Score(75), /*backfill=*/true);
    PublishSignal("duke", kStart, Score(95), /*backfill=*/true);
    PublishSignal("bell", kStart + absl::Hours(24), Score(95), /*backfill=*/true);
    alerts_.Boot();
    alerts_.CatchUp();
  }
  absl::StatusOr<bool> MakeDigest() {
    CaseRowsContext rows;
    rows.policy = for_tests::Policy();
    rows.policy.targets = {{.name = "ops"}, {.name = "red", .minimum_level = Level::kRed}};
    return GoLiveDigest(alerts_.bus(), alerts_.store(), rows, testing::kSimPartitions)
        .Make(alerts_.clock().Now());
  }
  // What is waiting for that receiver: "<total> <first alert>".
  std::vector<std::string> Digests(const std::string& target) {
    const auto transaction = alerts_.store().BeginRead().value();
    const store::Rows rows =
        transaction
            ->Query(
                "SELECT body FROM alert_deliveries WHERE target = $1 AND alert_id LIKE "
                "'go-live/%'",
                {target})
            .value();
    std::vector<std::string> digests;
    for (const store::Row& row : rows) {
      v1::AlertChanged changed;
      EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(row.Text(0), &changed).ok());
      digests.push_back(
          absl::StrCat(changed.digest().total(), " ", changed.digest().alerts(0).name()));
    }
    return digests;
  }

  const absl::Time live_ = kStart + absl::Hours(24 * 70);
};

TEST_F(GoingLive, OpensWhatHoldsThenAndHidesWhatEnded) {  // L3
  BuildPast();
  EXPECT_THAT(alerts_.Look().published, IsEmpty());
  alerts_.AppendTicks(live_);
  alerts_.CatchUp();
  for (const char* subject : {"acme", "cook"}) {
    const auto open = alerts_.Latest("R13", subject);
    EXPECT_FALSE(open->backfill) << subject;
    EXPECT_EQ(open->state, CaseState::kFiring);
    EXPECT_EQ(open->fire_time, live_);
    EXPECT_EQ(open->since, kStart);
    EXPECT_TRUE(open->escalate_at.has_value()) << "its clock runs";
  }
  EXPECT_TRUE(alerts_.Latest("R13", "bell")->backfill);
  const Seen seen = alerts_.Look();
  EXPECT_THAT(seen.cases, SizeIs(3));
  EXPECT_THAT(seen.published, SizeIs(2)) << "on the board at once";
  EXPECT_THAT(seen.deliveries, IsEmpty()) << "not one by one";
}

TEST_F(GoingLive, SendsOneDigestToEachReceiver) {
  BuildPast();
  alerts_.AppendTicks(live_);
  alerts_.CatchUp();
  EXPECT_TRUE(*MakeDigest());
  EXPECT_THAT(Digests("ops"), ElementsAre("2 alerts/R13.acme.1"));
  EXPECT_THAT(Digests("red"), ElementsAre("1 alerts/R13.acme.1"));
  EXPECT_FALSE(*MakeDigest());
  EXPECT_THAT(Digests("ops"), SizeIs(1));
}

TEST_F(GoingLive, WaitsForEveryPartitionButNotForEver) {
  BuildPast();
  // The partition of "acme" alone.
  const int32_t first = PartitionOf("acme", testing::kSimPartitions);
  alerts_.Append("acme", journal::EncodeTick(first, live_, /*backfill=*/false));
  alerts_.CatchUp();
  EXPECT_FALSE(*MakeDigest());
  alerts_.clock().Advance(DigestOptions().wait_max - absl::Microseconds(1));
  EXPECT_FALSE(*MakeDigest());
  alerts_.clock().Advance(absl::Microseconds(1));
  EXPECT_TRUE(*MakeDigest());
  EXPECT_THAT(Digests("red"), ElementsAre("1 alerts/R13.acme.1"));
}

TEST_F(GoingLive, WhatHappenedBetweenTheLastOfThePastAndTheFirstTickIsOfThePast) {
  PublishSignal("acme", kStart, {{"decision_chain.last_moved", absl::ToUnixMicros(kStart)}},
                /*backfill=*/true);
  alerts_.Boot();
  alerts_.CatchUp();
  EXPECT_FALSE(alerts_.Latest("R02", "acme").has_value());
  alerts_.AppendTicks(live_);  // ten weeks later: R02 is long due
  alerts_.CatchUp();
  const auto open = alerts_.Latest("R02", "acme");
  ASSERT_TRUE(open.has_value());
  EXPECT_FALSE(open->backfill);
  EXPECT_EQ(open->fire_time, live_);
  EXPECT_EQ(open->since, kStart);
  EXPECT_THAT(alerts_.Look().deliveries, IsEmpty());
}

TEST_F(GoingLive, HappensOnceAlsoWhenThePartitionIsFoldedAgain) {
  BuildPast();
  alerts_.AppendTicks(live_);
  alerts_.CatchUp();
  EXPECT_TRUE(*MakeDigest());
  alerts_.Close();
  const Seen before = alerts_.Look();
  alerts_.Boot();
  alerts_.AppendTicks(live_ + absl::Seconds(1));
  alerts_.CatchUp();
  alerts_.Rebuild();
  alerts_.CatchUp();
  EXPECT_FALSE(*MakeDigest()) << "a re-fold notifies nobody";
  alerts_.Close();
  EXPECT_EQ(alerts_.Look(), before);
}

TEST_F(GoingLive, AfterwardsWhatFiresIsNotifiedByItself) {
  BuildPast();
  alerts_.AppendTicks(live_);
  PublishSignal("duke", live_ + absl::Seconds(1), Score(50));
  alerts_.CatchUp();
  EXPECT_THAT(alerts_.Look().deliveries, ElementsAre("ops R13.duke.1/1"));
}

}  // namespace
}  // namespace bellwether::alerts::condition_fold_test
