// The cuts over their real tables.
#include "services/accounts/adapters/rfm_cuts.h"

#include <memory>

#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/store/testing/test_database.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "services/accounts/adapters/account_queries.h"
#include "services/accounts/adapters/newcomers.h"
#include "services/accounts/adapters/rfm_cut_codec.h"
#include "services/accounts/adapters/rfm_scheme_file.h"
#include "services/accounts/adapters/sql_accounts.h"
#include "services/accounts/adapters/sql_rfm.h"
#include "services/accounts/migration_files.h"
#include "services/accounts/testing/rfm_rig.h"

namespace bellwether::accounts::rfm_cuts_test {
namespace {

class RfmCutsTest : public testing::RfmRig {};

TEST_F(RfmCutsTest, WaitForEveryPartitionsWatermarkToReachMidnight) {
  SetFigures(0, "a", Midnight(1), 1, 1, 100);
  SetWatermark(0, Midnight(0) + absl::Hours(1), Midnight(2));
  EXPECT_EQ(TakeAll(), 0) << "the other partition has no tick yet";
  SetWatermark(1, Midnight(0) + absl::Hours(2), Midnight(1) - absl::Microseconds(1));
  EXPECT_EQ(TakeAll(), 0);
  SetWatermark(1, Midnight(0) + absl::Hours(2), Midnight(1));
  EXPECT_EQ(TakeAll(), 1);
  EXPECT_EQ(CutAsOf(Midnight(9))->time, Midnight(1));
  EXPECT_EQ(TakeAll(), 0) << "once per midnight";
}

TEST_F(RfmCutsTest, EveryMidnightHasItsCutAfterAnOutage) {
  SetFigures(0, "a", Midnight(1), 1, 1, 100);
  SetFigures(1, "b", Midnight(2), 1, 9, 900);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(3) + absl::Hours(5));
  EXPECT_EQ(TakeAll(), 2) << "nothing moved on the third night";
  EXPECT_EQ(CutAsOf(Midnight(1))->places.size(), 1u) << "as of its own midnight";
  EXPECT_EQ(CutAsOf(Midnight(2))->places.size(), 2u);
  EXPECT_EQ(CutAsOf(Midnight(3))->places.size(), 2u) << "what stands, stands";
  EXPECT_EQ(CutAsOf(Midnight(3))->time, Midnight(3));
  EXPECT_EQ(CutAsOf(Midnight(1) - absl::Microseconds(1)), std::nullopt);
  EXPECT_EQ(CutAsOf(Midnight(2) - absl::Microseconds(1))->time, Midnight(1));
}

TEST_F(RfmCutsTest, MidnightsBeforeTheFirstOrderArePassedOver) {
  AddAccount("a", "core");
  SetFigures(0, "a", Midnight(3), 1, 1, 100);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(2));
  EXPECT_EQ(TakeAll(), 0);
  EXPECT_EQ(TierOfAccount("a"), "core") << "set by hand until the first cut";
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(3));
  EXPECT_EQ(TakeAll(), 1);
  EXPECT_EQ(CutAsOf(Midnight(3))->time, Midnight(3));
}

TEST_F(RfmCutsTest, TiersFollowTheLevelUnlessPinned) {
  for (int i = 0; i < 10; ++i) {
    const std::string id = "a" + std::to_string(i);
    AddAccount(id, "potential", /*pinned=*/i == 8);
    SetFigures(i % 2, id, Midnight(1), 10 - i, i + 1, 100 * (i + 1));
  }
  AddAccount("without-orders", "core");
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(1));
  EXPECT_EQ(TakeAll(), 1);
  EXPECT_EQ(TierOfAccount("a9"), "strategic-partner");
  EXPECT_EQ(TierOfAccount("a8"), "potential") << "pinned";
  EXPECT_EQ(TierOfAccount("a7"), "core");
  EXPECT_EQ(TierOfAccount("a6"), "development");
  EXPECT_EQ(TierOfAccount("a2"), "potential");
  EXPECT_EQ(TierOfAccount("a0"), "maintenance");
  EXPECT_EQ(TierOfAccount("without-orders"), "maintenance");
  // Ten accounts and the one without orders, less the pinned one and the two that stay potential.
  EXPECT_EQ(changes_.recorded.size(), 8u);
  for (const auto& [id, tier, past] : changes_.recorded) EXPECT_EQ(past, Midnight(1)) << id;
  changes_.recorded.clear();
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(2));
  EXPECT_EQ(TakeAll(), 0);
  EXPECT_TRUE(changes_.recorded.empty()) << "nothing has changed since";
}

// 28 years of a shop that closed: the nights between are derived from the last cut, not walked.
TEST_F(RfmCutsTest, IdleYearsArePassedOverAtOnceAndRecenciesGoOn) {
  SetFigures(0, "a", Midnight(1), 3, 2, 100);
  SetFigures(1, "b", Midnight(1), 0, 1, 900);
  const int nights = 10'000;
  SetFigures(0, "a", Midnight(nights), 0, 1, 50);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(nights + 1));
  EXPECT_EQ(TakeAll(), 2);
  const std::optional<RfmCut> between = CutAsOf(Midnight(5'000) + absl::Hours(3));
  ASSERT_TRUE(between.has_value());
  EXPECT_EQ(between->time, Midnight(5'000));
  std::vector<RfmOrders> orders = {{"a", 3 + 4'999, 2, 100}, {"b", 4'999, 1, 900}};
  EXPECT_EQ(between->places, RankRfm(orders, config_.scheme)) << "as if it had been taken";
  EXPECT_EQ(CutAsOf(Midnight(nights) - absl::Microseconds(1))->time, Midnight(nights - 1));
  EXPECT_EQ(CutAsOf(Midnight(nights))->time, Midnight(nights));
  EXPECT_EQ(CutAsOf(Midnight(nights + 7))->time, Midnight(nights + 1))
      << "as far as cuts have come";
}

TEST_F(RfmCutsTest, AfterIdleNightsTiersFollowTheCutThatStands) {
  AddAccount("a", "potential");
  SetFigures(0, "a", Midnight(1), 1, 1, 100);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(40));
  EXPECT_EQ(TakeAll(), 1);
  EXPECT_EQ(TierOfAccount("a"), "maintenance");
  ASSERT_EQ(changes_.recorded.size(), 1u);
  EXPECT_EQ(std::get<2>(changes_.recorded[0]), Midnight(40));
}

TEST_F(RfmCutsTest, ACutThatIsStillToComeIsSaidToBe) {
  ::bellwether::testing::FakeClock clock(Midnight(9));
  AccountQueries queries(*store_, accounts_, rfm_, clock);
  const auto ask = [&](std::optional<absl::Time> as_of) {
    v1::ListRfmRequest request;
    if (as_of.has_value()) *request.mutable_as_of() = journal::ToTimestamp(*as_of);
    return queries.RfmRanking(request);
  };
  SetFigures(0, "a", Midnight(1), 1, 1, 100);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(3));
  ASSERT_EQ(TakeAll(), 1);
  EXPECT_TRUE(ask(Midnight(4) - absl::Microseconds(1)).ok());
  EXPECT_EQ(DetailOf(ask(Midnight(4)).status())->reason, "RFM_CUT_NOT_YET");
  const auto latest = ask(std::nullopt);
  ASSERT_TRUE(latest.ok());
  EXPECT_EQ(latest->cut_time().seconds(), absl::ToUnixSeconds(Midnight(3)));
  // Midnights that are not past yet have no cut to wait for.
  clock.Set(Midnight(4) - absl::Microseconds(1));
  EXPECT_TRUE(ask(Midnight(5)).ok());
}

TEST_F(RfmCutsTest, AnAccountCreatedAfterACutHasItsTierAtOnce) {  // A3
  const Newcomers newcomers(rfm_, config_.classes);
  const auto tier_of_new = [&](const std::string& id, const std::string& given = "") {
    Account account;
    account.id = id;
    account.tier = given;
    Commit(
        [&](store::Transaction& transaction) { return newcomers.Classify(transaction, account); });
    return account.tier;
  };
  EXPECT_EQ(tier_of_new("early"), "") << "before the first cut";
  for (int i = 0; i < 10; ++i) {
    SetFigures(0, "a" + std::to_string(i), Midnight(1), 1, i + 1, 100 * (i + 1));
  }
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(1));
  ASSERT_EQ(TakeAll(), 1);
  EXPECT_EQ(tier_of_new("without-orders"), "maintenance");
  EXPECT_EQ(tier_of_new("a9"), "strategic-partner") << "its orders came before its record";
  EXPECT_EQ(tier_of_new("asked", "core"), "core") << "as its creator says, until the next cut";
  EXPECT_EQ(HistoryOf("without-orders").at(0).cut, Midnight(1));
  SetFigures(0, "a0", Midnight(2), 0, 2, 150);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(2));
  ASSERT_EQ(TakeAll(), 1);
  EXPECT_EQ(HistoryOf("without-orders").size(), 1u) << "the next cut says the same";
}

TEST_F(RfmCutsTest, NightsThatAreMadeUpForChangeLevelsButNoTier) {
  AddAccount("a", "potential");
  AddAccount("b", "potential");
  SetFigures(0, "a", Midnight(1), 1, 9, 900);
  SetFigures(0, "b", Midnight(1), 1, 1, 100);
  // On the second night the two change places, on the third they change back.
  SetFigures(0, "a", Midnight(2), 1, 1, 100);
  SetFigures(0, "b", Midnight(2), 1, 9, 900);
  SetFigures(0, "a", Midnight(3), 1, 9, 900);
  SetFigures(0, "b", Midnight(3), 1, 1, 100);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(3));
  EXPECT_EQ(TakeAll(), 3);
  EXPECT_EQ(HistoryOf("a").size(), 3u);
  // One change each, of the last night.
  EXPECT_EQ(changes_.recorded.size(), 2u);
  for (const auto& [id, tier, past] : changes_.recorded) EXPECT_EQ(past, Midnight(3)) << id;
}

TEST_F(RfmCutsTest, HistoryKeepsTheChangesOfLevelOnly) {
  for (int i = 0; i < 10; ++i) {
    SetFigures(0, "a" + std::to_string(i), Midnight(1), 1, i + 1, 100 * (i + 1));
  }
  SetFigures(1, "a1", Midnight(2), 1, 2, 201);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(3));
  ASSERT_EQ(TakeAll(), 2);
  ASSERT_EQ(HistoryOf("a9").size(), 1u);
  EXPECT_EQ(HistoryOf("a9")[0].previous, std::nullopt);
  EXPECT_EQ(HistoryOf("a9")[0].level, RfmLevel::kStrategicPartner);
  // a9 loses its orders, a0 becomes the best.
  SetFigures(0, "a9", Midnight(4), 1, 0, 0);
  SetFigures(0, "a0", Midnight(4), 0, 99, 99'999);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(4));
  ASSERT_EQ(TakeAll(), 1);
  const std::vector<RfmLevelChange> history = HistoryOf("a9");
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[0].cut, Midnight(4)) << "newest first";
  EXPECT_EQ(history[0].previous, RfmLevel::kStrategicPartner);
  EXPECT_EQ(history[0].level, RfmLevel::kMaintenance);
  EXPECT_EQ(CutAsOf(Midnight(4))->places.size(), 9u);
  EXPECT_EQ(CutAsOf(Midnight(3))->places.size(), 10u) << "a cut never changes afterwards";
}

TEST_F(RfmCutsTest, FiguresNoCutCanReadAreForgotten) {
  for (int day = 1; day <= 5; ++day) SetFigures(0, "a", Midnight(day), day, 1, 100);
  SetFigures(1, "b", Midnight(1), 1, 1, 100);
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(3));
  ASSERT_EQ(TakeAll(), 3);
  auto transaction = store_->BeginRead();
  const auto rows = (*transaction)->Query("SELECT COUNT(*) FROM rfm_figures");
  EXPECT_EQ(rows->at(0).Int(0), 4) << "a at midnights 3, 4 and 5; b at midnight 1";
}

// Tables and rows as the version before common/cut and common/scheme wrote them.
TEST(RfmMigration, CutsLevelsAndHistoryOfAnOlderStoreStand) {
  const std::unique_ptr<store::Store> store = store::testing::NewScratchStore();
  ASSERT_TRUE(
      store::Migrate(*store, store::MigrationsFrom("accounts", MigrationFiles().subspan(0, 2)))
          .ok());
  const Calendar calendar = *Calendar::Create({});
  const absl::Time first = calendar.StartOfDay(20'000);
  const absl::Time second = calendar.StartOfDay(20'001);
  const RfmConfig config = *LoadRfmConfig("");
  RfmCut cut{.time = second};
  cut.places = RankRfm({{"a", 1, 2, 300}}, config.scheme);
  {
    const auto transaction = *store->Begin();
    const auto run = [&](absl::string_view sql, const std::vector<store::Value>& parameters) {
      EXPECT_TRUE(transaction->Execute(sql, parameters).ok()) << sql;
    };
    run("INSERT INTO rfm_cuts (cut_micros, ranking) VALUES ($1, $2)",
        {absl::ToUnixMicros(second), store::Blob{EncodeCut(cut)}});
    run("UPDATE rfm_schedule SET next_cut_micros = $1, begun = 1",
        {absl::ToUnixMicros(calendar.StartOfDay(20'002))});
    run("INSERT INTO rfm_levels (account_id, level, since_micros) VALUES ('a', 4, $1)",
        {absl::ToUnixMicros(second)});
    run("INSERT INTO rfm_changes (account_id, cut_micros, previous_level, level) VALUES "
        "('a', $1, NULL, 1), ('a', $2, 1, 4)",
        {absl::ToUnixMicros(first), absl::ToUnixMicros(second)});
    ASSERT_TRUE(transaction->Commit().ok());
  }
  ASSERT_TRUE(CreateTables(*store).ok());
  const consume::Positions positions("accounts-rfm");
  SqlRfm rfm({*store, calendar, positions, /*partitions=*/1, config.classes});
  const auto transaction = *store->Begin();
  const auto kept = *rfm.CutAsOf(*transaction, second);
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->time, second);
  EXPECT_EQ(kept->places, cut.places);
  EXPECT_EQ((*rfm.Level(*transaction, "a"))->level, RfmLevel::kMaintenance);
  const auto history = *rfm.History(*transaction, "a", absl::InfiniteFuture(), 10);
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[0].cut, second);
  EXPECT_EQ(history[0].previous, RfmLevel::kCore);
  EXPECT_EQ(history[1].previous, std::nullopt);
  EXPECT_EQ(history[1].level, RfmLevel::kCore);
  // The next cut is the one that was next.
  ASSERT_TRUE(positions
                  .Move(*transaction, {0, "log", 1, first, calendar.StartOfDay(20'002)},
                        /*read_from=*/std::nullopt)
                  .ok());
  const auto due = *rfm.NextCut(*transaction);
  ASSERT_TRUE(due.has_value());
  EXPECT_EQ(due->at, calendar.StartOfDay(20'002));
  EXPECT_TRUE(due->begun);
}

TEST(RfmClasses, AreFiveNightlyAndNameTiersOfOurs) {  // A3
  const RfmConfig config = *LoadRfmConfig("");
  EXPECT_EQ(config.classes.classes.front().name, "strategic-partner");
  EXPECT_EQ(config.classes.otherwise, "maintenance");
  const auto field_of = [](const std::string& yaml) {
    return DetailOf(ParseRfmClasses(yaml, "file").status())->field;
  };
  const std::string head = "scheme_id: rfm\nrule: A3\nsubject_type: account\n";
  const std::string four = "otherwise: a\nclasses: [{name: a}, {name: b}, {name: c}, {name: d}";
  EXPECT_EQ(field_of(head + four + "]\nschedule: {cadence: nightly}\n"), "classes");
  EXPECT_EQ(field_of(head + four + ", {name: e}]\nschedule: {cadence: quarterly}\n"),
            "schedule.cadence");
  EXPECT_EQ(field_of(head + four +
                     ", {name: e, effects: {tier: gold}}]\n"
                     "schedule: {cadence: nightly}\n"),
            "classes[4].effects");
  EXPECT_THAT(
      std::string(ParseRfmClasses(head + four + "]\nschedule: {cadence: nightly}\n", "f.yaml")
                      .status()
                      .message()),
      ::testing::HasSubstr("f.yaml:5:1: "));
}

TEST(RfmCutCodec, ReadsBackWhatItWrote) {
  RfmCut cut{.time = absl::FromUnixSeconds(1)};
  std::vector<RfmOrders> orders;
  for (int i = 0; i < 23; ++i) {
    orders.push_back({"a" + std::to_string(i), i % 5, 1 + i % 3, 7 * i - 20});
  }
  cut.places = RankRfm(orders, LoadRfmConfig("")->scheme);
  const auto read = DecodeCut(cut.time, EncodeCut(cut));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->places, cut.places);
  EXPECT_TRUE(absl::IsDataLoss(DecodeCut(cut.time, "\x0a\x01x").status()));
}

TEST(RfmConfigFile, NamesWhatIsWrong) {
  EXPECT_TRUE(LoadRfmConfig("").ok());
  EXPECT_FALSE(ParseRfmConfig("recency_weight: 0.3", "f.yaml").ok());
  EXPECT_FALSE(ParseRfmConfig("no_such_key: 1", "f.yaml").ok());
}

}  // namespace
}  // namespace bellwether::accounts::rfm_cuts_test
