// The cuts over their real tables.
#include "services/accounts/application/rfm_cuts.h"

#include <memory>

#include "common/base/status.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"
#include "services/accounts/adapters/rfm_cut_codec.h"
#include "services/accounts/adapters/rfm_scheme_file.h"
#include "services/accounts/adapters/sql_accounts.h"
#include "services/accounts/adapters/sql_rfm.h"

namespace bellwether::accounts::rfm_cuts_test {
namespace {

constexpr int32_t kPartitions = 2;

class RecordedChanges final : public AccountChanges {
 public:
  absl::Status Record(store::Transaction&, const Account& account, absl::Time past,
                      absl::Time) override {
    recorded.emplace_back(account.id, account.tier, past);
    return absl::OkStatus();
  }
  void Committed() override {}

  std::vector<std::tuple<std::string, std::string, absl::Time>> recorded;
};

class RfmCutsTest : public ::testing::Test {
 protected:
  RfmCutsTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  absl::Time Midnight(int day) const { return calendar_.StartOfDay(20'000 + day); }

  // Runs `write` in a transaction of its own.
  template <typename Write>
  void Commit(Write write) {
    auto transaction = store_->Begin();
    ASSERT_TRUE(transaction.ok());
    const absl::Status written = write(**transaction);
    ASSERT_TRUE(written.ok()) << written;
    ASSERT_TRUE((*transaction)->Commit().ok());
  }

  void AddAccount(const std::string& id, const std::string& tier, bool pinned = false) {
    Account account;
    account.id = id;
    account.legal_name = id;
    account.tier = tier;
    account.tier_pinned = pinned;
    Commit([&](store::Transaction& transaction) {
      return AccountWriter(accounts_, changes_).Insert(transaction, account, now_).status();
    });
    changes_.recorded.clear();
  }

  void SetFigures(int32_t partition, const std::string& account, absl::Time midnight,
                  int64_t recency, int64_t count, int64_t value) {
    Commit([&](store::Transaction& transaction) {
      return rfm_.SaveFigures(
          transaction,
          {{partition,
            account,
            midnight,
            {++version_, calendar_.LocalDayOf(midnight) - 1 - recency, count, value}}});
    });
  }

  void SetWatermark(int32_t partition, absl::Time first, absl::Time watermark) {
    now_ = watermark + absl::Seconds(1);
    Commit([&](store::Transaction& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(const auto stored, positions_.Of(transaction, partition));
      std::optional<int64_t> read_from;
      if (stored.has_value()) read_from = stored->next_offset;
      return positions_.Move(
          transaction, {partition, "log", read_from.value_or(0) + 1, first, watermark}, read_from);
    });
  }

  void SetWatermarks(absl::Time first, absl::Time watermark) {
    for (int32_t p = 0; p < kPartitions; ++p) SetWatermark(p, first, watermark);
  }

  // Takes every cut that is due; their number.
  int TakeAll() {
    int cuts = 0;
    for (bool more = true; more;) {
      Commit([&](store::Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(const RfmCuts::Taken taken, cuts_.TakeDue(transaction, now_));
        more = taken.cut;
        cuts += taken.cut ? 1 : 0;
        return absl::OkStatus();
      });
    }
    return cuts;
  }

  std::optional<RfmCut> CutAsOf(absl::Time time) {
    auto transaction = store_->BeginRead();
    auto cut = rfm_.CutAsOf(**transaction, time);
    EXPECT_TRUE(cut.ok()) << cut.status();
    return cut.ok() ? *std::move(cut) : std::nullopt;
  }

  std::string TierOfAccount(const std::string& id) {
    auto transaction = store_->BeginRead();
    return (*accounts_.Find(**transaction, id))->tier;
  }

  std::vector<RfmLevelChange> HistoryOf(const std::string& id) {
    auto transaction = store_->BeginRead();
    return *rfm_.History(**transaction, id, absl::InfiniteFuture(), 100);
  }

  const Calendar calendar_ = *Calendar::Create({});
  // The clock: a moment after the last tick.
  absl::Time now_ = Midnight(0);
  std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  SqlAccounts accounts_{*store_};
  SqlRfm rfm_{*store_};
  RecordedChanges changes_;
  const consume::Positions positions_{"accounts-rfm"};
  RfmCuts cuts_{
      {LoadRfmConfig("")->scheme, calendar_, positions_, kPartitions, rfm_, accounts_, changes_}};
  int64_t version_ = 0;
};

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
  EXPECT_EQ(TakeAll(), 3);
  EXPECT_EQ(CutAsOf(Midnight(1))->places.size(), 1u) << "as of its own midnight";
  EXPECT_EQ(CutAsOf(Midnight(2))->places.size(), 2u);
  EXPECT_EQ(CutAsOf(Midnight(3))->places.size(), 2u) << "what stands, stands";
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
  EXPECT_EQ(TakeAll(), 1);
  EXPECT_TRUE(changes_.recorded.empty()) << "nothing has changed since";
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
  SetWatermarks(Midnight(0) + absl::Hours(1), Midnight(3));
  ASSERT_EQ(TakeAll(), 3);
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
