#include "services/health/adapters/fold/health_fold.h"

#include <map>

#include "common/journal/dead_letter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/health/testing/fold_rig.h"
#include "services/health/testing/models.h"

namespace bellwether::health::health_fold_test {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// What a receiver of signals knows: the last value of every name.
std::map<std::string, int64_t> EmittedValues(const std::vector<events::v1::Signal>& signals) {
  std::map<std::string, int64_t> values;
  int64_t version = 0;
  for (const events::v1::Signal& signal : signals) {
    EXPECT_GT(signal.version(), version) << "one record per journal record and subject";
    version = signal.version();
    for (const events::v1::SignalStep& step : signal.steps()) {
      for (const events::v1::NamedValue& value : step.values()) {
        if (value.absent()) {
          values.erase(value.name());
        } else {
          values[value.name()] = value.value();
        }
      }
    }
  }
  return values;
}

std::map<std::string, int64_t> ValuesHeld(const Account& account) {
  const auto model = SmallActiveModel();
  std::map<std::string, int64_t> values;
  for (size_t i = 0; i < account.emitted().size(); ++i) {
    if (account.emitted()[i] == kAbsent) continue;
    values[model->ValueName(static_cast<int>(i))] = account.emitted()[i];
  }
  return values;
}

class HealthFoldTest : public ::testing::Test {
 protected:
  void ActivateModel() { rig_.SendActivation(SmallActivation(), absl::UnixEpoch()); }

  FoldRig rig_;
};

TEST_F(HealthFoldTest, AFactMovesTheCachedScoreAndLeavesAsOneSignalWithItsCause) {
  ActivateModel();
  const auto sent = rig_.SendOrder("acme", "o1", FoldRig::Noon(), 1'000);
  rig_.Drain();
  const auto health = rig_.Cached("acme");
  ASSERT_TRUE(health.has_value());
  EXPECT_EQ(health->account(), "accounts/acme");
  EXPECT_EQ(health->score_micros(), 100 * kPoint);
  EXPECT_EQ(health->band_id(), "healthy");
  EXPECT_EQ(health->confidence_micros(), 480'000);
  EXPECT_TRUE(health->low_confidence());
  EXPECT_EQ(health->last_cause().id(), "o1");
  int64_t contributions = 0;
  for (const auto& metric : health->metrics()) contributions += metric.contribution_micros();
  EXPECT_EQ(contributions, health->score_micros());

  const auto signals = rig_.SignalsOf("acme");
  ASSERT_EQ(signals.size(), 1u);
  EXPECT_EQ(signals[0].version(), stream::VersionOf(1, sent.offset));
  EXPECT_EQ(signals[0].subject_type(), events::v1::SUBJECT_TYPE_ACCOUNT);
  ASSERT_EQ(signals[0].steps_size(), 1);
  const auto& step = signals[0].steps(0);
  EXPECT_EQ(step.time_micros(), absl::ToUnixMicros(FoldRig::Noon()));
  EXPECT_EQ(step.cause().kind(), events::v1::CAUSE_KIND_FACT);
  EXPECT_EQ(step.cause().type(), "order_placed");
  EXPECT_EQ(step.cause().source(), "test");
  EXPECT_EQ(step.cause().id(), "o1");
  EXPECT_EQ(EmittedValues(signals)["orders.value_30d"], 1'000 * kPoint);
  EXPECT_EQ(EmittedValues(signals)["health.score"], 100 * kPoint);
}

TEST_F(HealthFoldTest, ATickLeavesAsAWatermarkAfterWhatItLetHappen) {
  ActivateModel();
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 1'000);
  rig_.SendTick(FoldRig::Midnight(1) + absl::Seconds(1));
  rig_.Drain();
  const auto signals = rig_.Signals(FoldRig::PartitionFor("acme"));
  ASSERT_THAT(signals, SizeIs(3));
  EXPECT_FALSE(signals[0].watermark);
  EXPECT_FALSE(signals[1].watermark);
  EXPECT_TRUE(signals[2].watermark);
  EXPECT_EQ(signals[2].recorded_at, FoldRig::Midnight(1) + absl::Seconds(1));
  EXPECT_EQ(signals[2].signal.steps_size(), 0);
  ASSERT_EQ(signals[1].signal.steps_size(), 1);
  const auto& step = signals[1].signal.steps(0);
  EXPECT_EQ(step.time_micros(), absl::ToUnixMicros(FoldRig::Midnight(1)));
  EXPECT_EQ(step.cause().kind(), events::v1::CAUSE_KIND_DAY_CLOSED);
}

TEST_F(HealthFoldTest, AnImportRunIsPassedOnInItsPlaceAndTheFactsItBringsNameIt) {
  ActivateModel();
  events::v1::JournalEntry started;
  started.mutable_import_run_started()->set_import_run("r1");
  started.mutable_import_run_started()->set_lease_micros(120'000'000);
  events::v1::JournalEntry ended;
  ended.mutable_import_run_ended()->set_import_run("r1");
  const int32_t partition = FoldRig::PartitionFor("acme");
  const absl::Time end = FoldRig::Midnight(1) + absl::Seconds(1);
  rig_.Send(journal::EncodeImportRunEntry(partition, FoldRig::Noon(), "r1", started), partition);
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 1'000, FoldRig::Noon(), "r1");
  rig_.SendOrder("acme", "o2", FoldRig::Noon(), 1'000, FoldRig::Noon());
  rig_.Send(journal::EncodeImportRunEntry(partition, end, "r1", ended), partition);
  rig_.Drain();
  const auto signals = rig_.Signals(partition);
  ASSERT_THAT(signals, SizeIs(5));
  EXPECT_EQ(signals[0].signal.import_run_started().lease_micros(), 120'000'000);
  EXPECT_EQ(signals[0].recorded_at, FoldRig::Noon());
  EXPECT_EQ(signals[1].signal.steps(0).cause().import_run(), "r1");
  EXPECT_EQ(signals[2].signal.steps(0).cause().import_run(), "") << "a live fact";
  EXPECT_EQ(signals[3].signal.steps(0).cause().kind(), events::v1::CAUSE_KIND_DAY_CLOSED)
      << "what the record let happen comes before it";
  EXPECT_EQ(signals[4].signal.import_run_ended().import_run(), "r1");
  EXPECT_EQ(signals[4].recorded_at, end);
  EXPECT_GT(signals[4].signal.version(), signals[2].signal.version());
  EXPECT_THAT(rig_.DeadLetters(), SizeIs(0));
}

TEST_F(HealthFoldTest, AfterAnOutageEveryMidnightIsAStepOfOneSignal) {
  ActivateModel();
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 1'000);
  rig_.SendOrder("acme", "o2", FoldRig::Noon(3), 700);
  rig_.Drain();
  const auto signals = rig_.SignalsOf("acme");
  ASSERT_THAT(signals, SizeIs(2));
  std::vector<int64_t> times;
  for (const auto& step : signals[1].steps()) times.push_back(step.time_micros());
  EXPECT_THAT(times, ElementsAre(absl::ToUnixMicros(FoldRig::Midnight(1)),
                                 absl::ToUnixMicros(FoldRig::Midnight(2)),
                                 absl::ToUnixMicros(FoldRig::Midnight(3)),
                                 absl::ToUnixMicros(FoldRig::Noon(3))));
  EXPECT_EQ(EmittedValues(signals), ValuesHeld(rig_.Live("acme")->account));
}

TEST_F(HealthFoldTest, AnAccountChangeIsEmittedAndRanksTheAccount) {
  ActivateModel();
  events::v1::AccountChanged changed;
  changed.set_account_id("acme");
  changed.set_entity_version(1);
  changed.set_display_name("Acme");
  changed.set_tier("core");
  changed.set_owner("li");
  changed.set_industry("retail");
  rig_.SendAccount(changed, FoldRig::Noon());
  rig_.Drain();
  EXPECT_THAT(rig_.cache.Lowest("all", FoldRig::kPartitions, 10, std::nullopt).value(), SizeIs(0))
      << "without data there is nothing to rank by";
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 1'000);
  rig_.Drain();
  for (const char* ranking : {"all", "tier/core", "owner/li", "industry/retail"}) {
    EXPECT_THAT(rig_.cache.Lowest(ranking, FoldRig::kPartitions, 10, std::nullopt).value(),
                SizeIs(1))
        << ranking;
  }
  const auto signals = rig_.SignalsOf("acme");
  EXPECT_EQ(signals[0].steps(0).attributes().tier(), "core");
  EXPECT_EQ(signals[0].steps(0).cause().kind(), events::v1::CAUSE_KIND_ACCOUNT_CHANGED);
  EXPECT_FALSE(signals[1].steps(0).has_attributes());

  changed.set_tier("potential");
  rig_.SendAccount(changed, FoldRig::Noon());  // the same entity version: not newer
  rig_.Drain();
  EXPECT_EQ(rig_.Cached("acme")->attributes().tier(), "core");
  EXPECT_THAT(rig_.SignalsOf("acme"), SizeIs(2));

  changed.set_entity_version(2);
  changed.set_deleted(true);
  rig_.SendAccount(changed, FoldRig::Noon());
  rig_.Drain();
  EXPECT_EQ(rig_.Cached("acme"), std::nullopt);
  EXPECT_THAT(rig_.cache.Lowest("all", FoldRig::kPartitions, 10, std::nullopt).value(), SizeIs(0));
}

TEST_F(HealthFoldTest, FactsCountOnceAndTheImportRunIsReportedExactly) {  // X1
  ActivateModel();
  rig_.SendTick(FoldRig::Noon());
  const auto horizon = absl::Hours(24 * 200);
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 100, FoldRig::Noon(), "run");
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 100, FoldRig::Noon(), "run");
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 101, FoldRig::Noon(), "run");
  rig_.SendOrder("acme", "o2", FoldRig::Noon(-1), 100, FoldRig::Noon(), "run");
  rig_.SendOrder("acme", "o3", FoldRig::Noon() - horizon, 100, FoldRig::Noon(), "run");
  rig_.SendOrder("acme", "o4", FoldRig::Noon(), 100, FoldRig::Noon(), "other");
  rig_.Drain();
  const int32_t partition = FoldRig::PartitionFor("acme");
  const auto check = [&] {
    ImportCounts counts;
    ASSERT_TRUE(rig_.processor()
                    .Inspect(partition,
                             [&](const stream::PartitionFold& fold) {
                               counts =
                                   dynamic_cast<const HealthFold&>(fold).imports().Of("run").counts;
                             })
                    .ok());
    EXPECT_EQ(counts.counted, 1);
    EXPECT_EQ(counts.duplicates, 1);
    EXPECT_EQ(counts.conflicts, 1);
    EXPECT_EQ(counts.late, 1);
    EXPECT_EQ(counts.too_old, 1);
  };
  check();
  rig_.Stop();
  rig_.Drain();
  check();
  const auto letters = rig_.DeadLetters();
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_EQ(rig_.Live("acme")->account.series().Find(SeriesNamed("order_value"))->newest().value,
            200);
}

TEST_F(HealthFoldTest, WhatCannotBeReadGoesToTheDeadLetterAndTheRestGoesOn) {
  ActivateModel();
  auto broken = journal::EncodeTick(0, FoldRig::Noon(), false);
  broken.key = "acme";
  for (auto& header : broken.headers) {
    if (header.name == bus::kHeaderType) header.value = "bellwether.fact.order_placed.v1";
  }
  rig_.Send(broken, FoldRig::PartitionFor("acme"));
  auto model = SmallActivation();
  model.mutable_model()->mutable_dimensions(0)->set_weight_micros(1);
  rig_.SendActivation(model, FoldRig::Noon());
  rig_.SendOrder(std::string("a\0b", 3), "o1", FoldRig::Noon(), 1'000);
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 1'000);
  rig_.Drain();
  rig_.Stop();
  rig_.Drain();
  std::vector<std::string> reasons;
  for (const bus::Message& letter : rig_.DeadLetters()) {
    for (const auto& header : letter.headers) {
      if (header.name == journal::kHeaderDeadReason) reasons.push_back(header.value);
    }
  }
  EXPECT_THAT(reasons, UnorderedElementsAre("TYPE_MISMATCH", "MODEL_INVALID", "MODEL_INVALID",
                                            "ACCOUNT_ID_INVALID"));
  EXPECT_EQ(rig_.Cached("acme")->score_micros(), 100 * kPoint);
}

TEST_F(HealthFoldTest, EveryClosedDayHasItsSnapshot) {
  ActivateModel();
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 1'000);
  rig_.SendTick(FoldRig::Noon(2));
  rig_.Drain();
  rig_.Stop();
  const auto snapshots = rig_.Snapshots("acme");
  ASSERT_THAT(snapshots, SizeIs(2));
  EXPECT_EQ(snapshots[0].day, FoldRig::DayNumber(1));
  EXPECT_EQ(snapshots[0].known_at, FoldRig::Midnight(2));
  EXPECT_EQ(snapshots[1].day, FoldRig::DayNumber(0));
  EXPECT_FALSE(snapshots[1].restated);
  v1::HealthSnapshot snapshot;
  ASSERT_TRUE(snapshot.ParseFromString(snapshots[1].snapshot));
  EXPECT_EQ(snapshot.score_micros(), 100 * kPoint);
}

TEST_F(HealthFoldTest, ALateFactRestatesItsClosedDaysAtTheNextTickAndOnlyThoseThatDiffer) {
  ActivateModel();
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 400);
  rig_.SendTick(FoldRig::Noon(3));
  rig_.Drain();
  // A survey without a window before moves no metric: nothing to restate.
  events::v1::Fact survey;
  survey.mutable_survey_answered()->set_kind(events::v1::SURVEY_KIND_CSAT);
  survey.mutable_survey_answered()->set_score_micros(80 * kPoint);
  rig_.SendFact("acme", "s1", FoldRig::Noon(), survey, FoldRig::Noon(3));
  rig_.SendTick(FoldRig::Noon(3) + absl::Seconds(1));
  rig_.Drain();
  rig_.Stop();
  for (const SnapshotRow& row : rig_.Snapshots("acme")) EXPECT_FALSE(row.restated);

  rig_.SendOrder("acme", "o2", FoldRig::Noon(1), 300, FoldRig::Noon(3) + absl::Seconds(2));
  const absl::Time known = FoldRig::Noon(3) + absl::Seconds(3);
  rig_.SendTick(known);
  rig_.Drain();
  rig_.Stop();
  const auto snapshots = rig_.Snapshots("acme");
  ASSERT_THAT(snapshots, SizeIs(3));
  EXPECT_TRUE(snapshots[0].restated);  // day 2
  EXPECT_TRUE(snapshots[1].restated);  // day 1
  EXPECT_EQ(snapshots[1].known_at, known);
  EXPECT_FALSE(snapshots[2].restated);  // day 0 came before the fact
  // As known before, the days are what they were.
  for (const SnapshotRow& row : rig_.Snapshots("acme", known - absl::Microseconds(1))) {
    EXPECT_FALSE(row.restated);
  }
}

TEST_F(HealthFoldTest, ALateFactThatCommitsBeforeItsTickIsRestatedAfterTheRestart) {
  ActivateModel();
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 400);
  rig_.SendTick(FoldRig::Noon(2));
  rig_.SendOrder("acme", "o2", FoldRig::Noon(1), 300, FoldRig::Noon(2));
  rig_.Drain();
  rig_.Stop();
  rig_.SendTick(FoldRig::Noon(2) + absl::Seconds(1));
  rig_.Drain();
  rig_.Stop();
  EXPECT_TRUE(rig_.Snapshots("acme")[0].restated);
}

// The spans of one value in everything said about the subject; "<step>:<day>..<day> <from>-><to>",
// days counted from the rig's first.
std::vector<std::string> EmittedRestatements(const std::vector<events::v1::Signal>& signals,
                                             const std::string& name) {
  std::vector<std::string> said;
  const auto figure = [](bool has, int64_t value) {
    return has ? absl::StrCat(value / kPoint) : std::string("none");
  };
  for (const events::v1::Signal& signal : signals) {
    for (const events::v1::SignalStep& step : signal.steps()) {
      for (const events::v1::RestatedValue& value : step.restated()) {
        if (value.name() != name) continue;
        for (const events::v1::RestatedSpan& span : value.spans()) {
          said.push_back(absl::StrCat(span.first_day() - FoldRig::DayNumber(0), "..",
                                      span.last_day() - FoldRig::DayNumber(0), " ",
                                      figure(span.has_before(), span.before()), "->",
                                      figure(span.has_after(), span.after())));
        }
      }
    }
  }
  return said;
}

TEST_F(HealthFoldTest, ALateFactEmitsWhatItChangedOfThePresentDayAndAtTheTickOfClosedOnes) {
  ActivateModel();
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 700);
  rig_.SendTick(FoldRig::Noon(3));
  rig_.SendOrder("acme", "o2", FoldRig::Noon(1), 800, FoldRig::Noon(3));
  rig_.Drain();
  EXPECT_THAT(EmittedRestatements(rig_.SignalsOf("acme"), "orders.value_30d"),
              ElementsAre("3..3 700->1500"));
  rig_.SendTick(FoldRig::Noon(3) + absl::Seconds(1));
  rig_.SendTick(FoldRig::Noon(3) + absl::Seconds(2));
  rig_.Drain();
  EXPECT_THAT(EmittedRestatements(rig_.SignalsOf("acme"), "orders.value_30d"),
              ElementsAre("3..3 700->1500", "1..2 700->1500"));
  const auto& step = rig_.SignalsOf("acme").back().steps(0);
  EXPECT_EQ(step.values_size(), 0) << "only the current value is emitted, and it has not moved";
  EXPECT_EQ(step.time_micros(), absl::ToUnixMicros(FoldRig::Noon(3) + absl::Seconds(1)));
}

TEST_F(HealthFoldTest, AMidnightStatesLateFactsBeforeItTurnsTheDayAndARestartDoesNotRepeatIt) {
  ActivateModel();
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 700);
  rig_.SendTick(FoldRig::Noon(2));
  rig_.SendOrder("acme", "o2", FoldRig::Noon(1), 800, FoldRig::Noon(2));
  rig_.Drain();
  rig_.Stop();  // the checkpoint holds what is still to be stated
  rig_.SendTick(FoldRig::Noon(3));
  rig_.Drain();
  const std::vector<std::string> said = {"2..2 700->1500", "1..1 700->1500"};
  EXPECT_EQ(EmittedRestatements(rig_.SignalsOf("acme"), "orders.value_30d"), said);
  const auto signals = rig_.SignalsOf("acme");
  EXPECT_EQ(signals.back().steps(0).time_micros(), absl::ToUnixMicros(FoldRig::Midnight(3)));
  rig_.Stop();
  rig_.SendTick(FoldRig::Noon(4));
  rig_.Drain();
  EXPECT_EQ(EmittedRestatements(rig_.SignalsOf("acme"), "orders.value_30d"), said);
}

TEST_F(HealthFoldTest, FactsBeforeTheFirstModelAreScoredOnceItIsActive) {
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 1'000);
  rig_.Drain();
  EXPECT_EQ(rig_.Cached("acme"), std::nullopt);
  rig_.SendActivation(SmallActivation(), FoldRig::Noon());
  rig_.Drain();
  EXPECT_EQ(rig_.Cached("acme")->score_micros(), 100 * kPoint);
  EXPECT_EQ(rig_.SignalsOf("acme")[0].steps(0).cause().kind(),
            events::v1::CAUSE_KIND_MODEL_ACTIVATED);
}

TEST_F(HealthFoldTest, WhatIsDecidedInABackfillSaysSo) {
  ActivateModel();
  events::v1::Fact fact;
  fact.mutable_order_placed()->mutable_amount()->set_base_amount_minor(5);
  rig_.SendFact("acme", "o1", FoldRig::Noon(), fact, FoldRig::Noon(), "", true);
  rig_.Drain();
  EXPECT_TRUE(rig_.SignalsOf("acme")[0].steps(0).backfill());
  EXPECT_TRUE(rig_.Signals(FoldRig::PartitionFor("acme"))[0].backfill);
}

TEST_F(HealthFoldTest, ARebuildComesToTheSameStateAndKeepsWhatWasShown) {
  ActivateModel();
  for (int i = 0; i < 20; ++i) {
    rig_.SendOrder("acme", absl::StrCat("o", i), FoldRig::Noon(i / 4), 100 * (i + 1));
  }
  rig_.SendTick(FoldRig::Noon(6));
  rig_.Drain();
  const auto before = rig_.Live("acme");
  rig_.Stop();
  const auto snapshots = rig_.Snapshots("acme");
  rig_.Drain();
  ASSERT_TRUE(rig_.processor().Rebuild({0, 1}).ok());
  rig_.Drain();
  const auto after = rig_.Live("acme");
  EXPECT_EQ(after->account.series(), before->account.series());
  EXPECT_EQ(after->account.seen(), before->account.seen());
  EXPECT_EQ(after->account.live(), before->account.live());
  EXPECT_EQ(after->account.emitted(), before->account.emitted());
  EXPECT_EQ(EmittedValues(rig_.SignalsOf("acme")), [&] {
    auto exact = ValuesHeld(after->account);
    const auto model = SmallActiveModel();
    for (size_t i = 0; i < after->account.live().size(); ++i) {
      if (after->account.live()[i] == kAbsent) continue;
      exact[model->ValueName(static_cast<int>(i))] = after->account.live()[i];
    }
    return exact;
  }());
  rig_.Stop();
  const auto again = rig_.Snapshots("acme");
  ASSERT_EQ(again.size(), snapshots.size());
  for (size_t i = 0; i < again.size(); ++i) {
    EXPECT_EQ(again[i].snapshot, snapshots[i].snapshot);
    EXPECT_EQ(again[i].fold_version, snapshots[i].fold_version) << "as shown the first time";
  }
}

}  // namespace
}  // namespace bellwether::health::health_fold_test
