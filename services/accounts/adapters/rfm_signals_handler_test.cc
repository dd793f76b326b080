// What is kept of the signals, also in a store that an older version has written.
#include "services/accounts/adapters/rfm_signals_handler.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bellwether/events/v1/signal.pb.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/consume/positions.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"
#include "services/accounts/adapters/rfm_scheme_file.h"
#include "services/accounts/adapters/sql_accounts.h"
#include "services/accounts/migration_files.h"

namespace bellwether::accounts::rfm_signals_handler_test {
namespace {

using ::testing::ElementsAre;

TEST(RfmSignalsHandler, AreReadOnWhereAnOlderVersionHadComeTo) {
  const std::unique_ptr<store::Store> store = store::testing::NewScratchStore();
  const auto before = store::MigrationsFrom("accounts", MigrationFiles().subspan(0, 2));
  ASSERT_TRUE(store::Migrate(*store, before).ok());
  {
    auto transaction = store->Begin();
    ASSERT_TRUE((*transaction)
                    ->Execute("INSERT INTO signals_positions (partition, log_id, next_offset, "
                              "first_watermark_micros, watermark_micros) VALUES "
                              "(0, 'log', 17, 1000, 2000), (1, 'log', 4, NULL, NULL)")
                    .ok());
    ASSERT_TRUE((*transaction)->Commit().ok());
  }
  ASSERT_TRUE(CreateTables(*store).ok());
  ASSERT_TRUE(CreateTables(*store).ok()) << "as at the next start";
  const auto reading = *store->BeginRead();
  EXPECT_THAT(*consume::Positions(kRfmReader).All(*reading),
              ElementsAre(consume::Position{0, "log", 17, absl::FromUnixMicros(1000),
                                            absl::FromUnixMicros(2000)},
                          consume::Position{1, "log", 4, std::nullopt, std::nullopt}));
}

class NoChanges final : public AccountChanges {
 public:
  absl::Status Record(store::Transaction&, const Account&, absl::Time, absl::Time) override {
    return absl::OkStatus();
  }
  void Committed() override {}
};

// What a restating signal leaves to be corrected, and when (A3, H1).
class RestatedSignalsTest : public ::testing::Test {
 protected:
  RestatedSignalsTest() {
    EXPECT_TRUE(CreateTables(*store_).ok());
    const auto reading = *store_->BeginRead();
    EXPECT_TRUE(handler_.Begin(*reading, {.partition = 0, .log_id = "log"}).ok());
  }

  void Take(const std::string& type, absl::Time time, const events::v1::Signal& signal = {}) {
    const journal::Envelope envelope{.type = type, .recorded_at = time};
    const std::string value = signal.SerializeAsString();
    ASSERT_TRUE(
        handler_
            .Take({.partition = 0, .offset = 0, .envelope = envelope, .key = "a", .value = value})
            .ok());
  }
  events::v1::Signal Restated(absl::Time time) {
    events::v1::Signal signal;
    signal.set_subject("a");
    signal.set_subject_type(events::v1::SUBJECT_TYPE_ACCOUNT);
    signal.set_version(++version_);
    events::v1::SignalStep& step = *signal.add_steps();
    step.set_time_micros(absl::ToUnixMicros(time));
    events::v1::RestatedValue& counts = *step.add_restated();
    counts.set_name("orders.count_365d");
    events::v1::RestatedValue& recencies = *step.add_restated();
    recencies.set_name("orders.recency_days_365d");
    for (int day = kToday - 2; day <= kToday; ++day) {
      for (events::v1::RestatedValue* value : {&counts, &recencies}) {
        events::v1::RestatedSpan& span = *value->add_spans();
        span.set_first_day(day);
        span.set_last_day(day);
        span.set_after((value == &counts ? 7 : day - (kToday - 3)) * kMicros);
      }
    }
    return signal;
  }
  void Save(std::optional<absl::Time>& due, std::vector<RestatedFigures>& restated) {
    auto transaction = *store_->Begin();
    ASSERT_TRUE(handler_.Save(*transaction, kNow).ok());
    due = *corrections_.NextDue(*transaction);
    restated = *corrections_.KnownBefore(*transaction, absl::InfiniteFuture());
    ASSERT_TRUE(transaction->Commit().ok());
  }

  static constexpr int kToday = 20'000;
  const Calendar calendar_ = *Calendar::Create({});
  const absl::Time kNow = calendar_.StartOfDay(kToday) + absl::Hours(9);
  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  SqlAccounts accounts_{*store_};
  const consume::Positions positions_{kRfmReader};
  const RfmConfig config_ = *LoadRfmConfig("");
  SqlRfm rfm_{{*store_, calendar_, positions_, /*partitions=*/1, config_.classes}};
  SqlRfmCorrections corrections_;
  NoChanges changes_;
  RfmCuts cuts_{
      {config_.scheme, calendar_, config_.classes, rfm_, corrections_, accounts_, changes_}};
  metrics::Registry metrics_;
  RfmSignalsHandler handler_{{calendar_, rfm_, corrections_, cuts_, changes_, metrics_},
                             config_.order_metrics,
                             absl::Minutes(1)};
  int64_t version_ = 0;
};

TEST_F(RestatedSignalsTest, OfClosedDaysAreKeptUntilTheNextMidnight) {
  Take(bus::kTypeSignal, kNow, Restated(kNow));
  std::optional<absl::Time> due;
  std::vector<RestatedFigures> restated;
  Save(due, restated);
  EXPECT_EQ(due, calendar_.NextMidnight(kNow));
  ASSERT_EQ(restated.size(), 1u);
  EXPECT_THAT(restated[0].order_counts, ElementsAre(FigureSpan{kToday - 2, kToday - 1, 7}));
  EXPECT_THAT(restated[0].last_order_days,
              ElementsAre(FigureSpan{kToday - 2, kToday - 1, kToday - 3}))
      << "the same order on both days";
}

TEST_F(RestatedSignalsTest, OfOneIntervalAreOneRowInWhichTheLatestStands) {
  std::optional<absl::Time> due;
  std::vector<RestatedFigures> restated;
  Take(bus::kTypeSignal, kNow, Restated(kNow));
  Save(due, restated);
  events::v1::Signal later = Restated(kNow + absl::Seconds(20));
  auto& counts = *later.mutable_steps(0)->mutable_restated(0);
  counts.mutable_spans()->DeleteSubrange(1, 2);
  counts.mutable_spans(0)->set_after(9 * kMicros);
  Take(bus::kTypeSignal, kNow + absl::Seconds(20), later);
  Save(due, restated);
  ASSERT_EQ(restated.size(), 1u);
  EXPECT_THAT(restated[0].order_counts, ElementsAre(FigureSpan{kToday - 2, kToday - 2, 9},
                                                    FigureSpan{kToday - 1, kToday - 1, 7}));
  Take(bus::kTypeSignal, kNow + absl::Seconds(70), Restated(kNow + absl::Seconds(70)));
  Save(due, restated);
  EXPECT_EQ(restated.size(), 2u);
}

TEST_F(RestatedSignalsTest, ThatComeAgainAfterACrashAreNotTakenAgain) {
  Take(bus::kTypeTick, kNow);
  Take(bus::kTypeSignal, kNow, Restated(kNow - absl::Seconds(1)));
  std::optional<absl::Time> due;
  std::vector<RestatedFigures> restated;
  Save(due, restated);
  EXPECT_EQ(due, std::nullopt);
  EXPECT_TRUE(restated.empty());
}

TEST_F(RestatedSignalsTest, OfAnImportAreTakenInSoonAfterItsEnd) {
  Take(bus::kTypeSignal, kNow, Restated(kNow));
  events::v1::Signal ended;
  ended.mutable_import_run_ended()->set_import_run("run");
  Take(bus::kTypeSignal, kNow + absl::Seconds(30), ended);
  std::optional<absl::Time> due;
  std::vector<RestatedFigures> restated;
  Save(due, restated);
  EXPECT_EQ(due, kNow + absl::Minutes(2));
}

TEST_F(RestatedSignalsTest, OfWhatWasTakenBackAreTakenInSoon) {
  events::v1::Signal withdrawn = Restated(kNow);
  withdrawn.mutable_steps(0)->mutable_cause()->set_kind(
      events::v1::CAUSE_KIND_IMPORT_RUN_WITHDRAWN);
  Take(bus::kTypeSignal, kNow, withdrawn);
  std::optional<absl::Time> due;
  std::vector<RestatedFigures> restated;
  Save(due, restated);
  EXPECT_EQ(due, kNow + absl::Minutes(2));
}

}  // namespace
}  // namespace bellwether::accounts::rfm_signals_handler_test
