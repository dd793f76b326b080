#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bellwether/health/v1/model.pb.h"
#include "common/bus/embedded_bus.h"
#include "common/bus/topics.h"
#include "common/config/yaml_message.h"
#include "common/journal/entry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/health/adapters/models/model_journal.h"
#include "services/health/adapters/models/model_messages.h"
#include "services/health/domain/evaluation.h"
#include "services/health/domain/fact_kinds.h"

namespace bellwether::health::shipped_models_test {
namespace {

constexpr char kFolder[] = "services/health/config/";

v1::MetricCatalogue Catalogue() {
  return config::LoadYaml<v1::MetricCatalogue>(absl::StrCat(kFolder, "metrics.yaml")).value();
}

class ShippedModel : public ::testing::TestWithParam<const char*> {};

TEST_P(ShippedModel, IsValidWithTheShippedCatalogue) {
  const auto model =
      config::LoadYaml<v1::HealthModel>(absl::StrCat(kFolder, "models/", GetParam(), ".yaml"));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->model_id(), GetParam());
  const auto active = ToActiveModel(Catalogue(), *model);
  EXPECT_TRUE(active.ok()) << active.status();
}

// Whatever trouble comes first, it is no good news where its feeds live.
TEST_P(ShippedModel, HasNoFirstTroubleThatRaisesTheScore) {  // H3: s12
  auto model =
      config::LoadYaml<v1::HealthModel>(absl::StrCat(kFolder, "models/", GetParam(), ".yaml"))
          .value();
  for (const FactKindDefinition& kind : AllFactKinds()) model.add_feeds(std::string(kind.name));
  const auto active = ToActiveModel(Catalogue(), model);
  ASSERT_TRUE(active.ok()) << active.status();
  constexpr Day kToday = 20'000;
  const auto add = [](SeriesSet& series, absl::string_view name, Day day, int64_t value) {
    series.FindOrAdd(*SeriesByName(name)).Add(day, value, day * kMicrosPerDay);
  };
  int scored = 0;
  for (const MetricDefinition& metric : (*active)->catalogue().metrics) {
    if (!metric.trouble) continue;
    // Well off, at risk, and hardly known.
    for (const int64_t overdue : {int64_t{0}, int64_t{900'000}, int64_t{-1}}) {
      SeriesSet series;
      add(series, "order_value", kToday - 10, 1'000'000);
      if (overdue >= 0) add(series, "payment_due", kToday - 5, 1'000'000);
      if (overdue > 0) add(series, "payment_overdue", kToday - 1, overdue);
      const auto score = [&] {
        return Evaluate(**active, series, kToday)[static_cast<size_t>(kScoreValue)];
      };
      const int64_t before = score();
      add(series, metric.series, kToday, 1);
      const int64_t after = score();
      EXPECT_LE(after, before) << metric.name << ", overdue " << overdue;
      if (after < before) ++scored;
    }
  }
  // Three dimensions [002] weigh no trouble at all, nor do orders.
  const bool weighs_trouble = std::string(GetParam()) == "six-dimension";
  EXPECT_EQ(scored > 0, weighs_trouble);
}

INSTANTIATE_TEST_SUITE_P(All, ShippedModel,
                         ::testing::Values("orders-only", "six-dimension", "three-dimension"));

// Score and confidence, in millionths, of an account that has ordered for 1 000 so many days ago.
std::pair<int64_t, int64_t> ByOrdersAlone(absl::string_view model, const std::vector<Day>& ago) {
  const auto active = ToActiveModel(
      Catalogue(),
      config::LoadYaml<v1::HealthModel>(absl::StrCat(kFolder, "models/", model, ".yaml")).value());
  constexpr Day kToday = 20'000;
  SeriesSet series;
  std::vector<Day> oldest_first = ago;
  std::sort(oldest_first.rbegin(), oldest_first.rend());
  for (const Day days : oldest_first) {
    series.FindOrAdd(*SeriesByName("order_value"))
        .Add(kToday - days, 1'000'000, (kToday - days) * kMicrosPerDay);
  }
  const auto values = Evaluate(**active, series, kToday);
  return {values[kScoreValue], values[kConfidenceValue]};
}

std::vector<Day> Every(Day interval, Day first = 10) {
  std::vector<Day> ago;
  for (Day day = first; day < 365; day += interval) ago.push_back(day);
  return ago;
}

TEST(OrdersOnly, KnowsWhatItSaysWhereOrdersAreAllThereIs) {  // H3
  EXPECT_EQ(ByOrdersAlone("orders-only", Every(30)).second, 1'000'000);
  EXPECT_EQ(ByOrdersAlone("orders-only", Every(80)).second, 900'000);
  EXPECT_EQ(ByOrdersAlone("orders-only", Every(175)).second, 600'000);
  EXPECT_LT(ByOrdersAlone("six-dimension", Every(30)).second, 120'000);
}

// By hand, from the curves.
TEST(OrdersOnly, ScoresRecencyFrequencyAndValue) {
  // Twelve orders, three in each of the last 90 days and the 90 before: 100 · 0.3 +
  // (90 · 0.4 + 90 · 0.35 + 75 · 0.25) · 0.4 + 70 · 0.3.
  EXPECT_EQ(ByOrdersAlone("orders-only", Every(30)).first, 85'500'000);
  // The last 90 days brought nothing: recency 100 days is 46 1/9 points, nine orders in the year
  // 80 5/8, the changes are −100 %.
  EXPECT_EQ(ByOrdersAlone("orders-only", Every(30, 100)).first, 26'733'333);
  EXPECT_GT(ByOrdersAlone("orders-only", Every(30)).first,
            ByOrdersAlone("orders-only", Every(80)).first);
  EXPECT_GT(ByOrdersAlone("orders-only", Every(80)).first,
            ByOrdersAlone("orders-only", Every(30, 100)).first);
}

TEST(SixDimensions, WeighAsTheDomainSays) {  // H3
  const auto model =
      config::LoadYaml<v1::HealthModel>(absl::StrCat(kFolder, "models/six-dimension.yaml")).value();
  std::vector<std::pair<std::string, int64_t>> weights;
  for (const auto& dimension : model.dimensions()) {
    weights.emplace_back(dimension.dimension_id(), dimension.weight_micros() / 10'000);
  }
  EXPECT_THAT(weights, ::testing::ElementsAre(
                           std::pair("usage-activity", 20), std::pair("business-value", 20),
                           std::pair("relationship", 20), std::pair("business-growth", 15),
                           std::pair("strategic-fit", 10), std::pair("cooperation-risk", 15)));
  EXPECT_EQ(model.bands(0).from_points_micros(), 80'000'000);
  EXPECT_EQ(model.bands(1).from_points_micros(), 60'000'000);
}

TEST(ModelStamp, PutsAModelBeforeEveryPastAndALiveChangeWhereItHappens) {
  const auto bus = bus::EmbeddedBus::Open("").value();
  ASSERT_TRUE(bus->EnsureTopic({.name = bus::kJournalTopic, .partitions = 1}).ok());
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  ModelStamp stamp(*bus);
  ASSERT_TRUE(stamp.Prepare().ok());
  EXPECT_EQ(stamp.StampOf(now, absl::UnixEpoch()),
            (outbox::Stamp{.recorded_at = absl::UnixEpoch()}));
  EXPECT_EQ(stamp.StampOf(now, now - absl::Hours(1)),
            (outbox::Stamp{.recorded_at = absl::UnixEpoch(), .backfill = true}));

  const auto producer = bus->NewProducer().value();
  ASSERT_TRUE(producer
                  ->Produce(bus::kJournalTopic, 0, journal::EncodeTick(0, now, false),
                            [](const absl::StatusOr<bus::Position>&) {})
                  .ok());
  ASSERT_TRUE(producer->Flush(absl::Seconds(30)).ok());
  ASSERT_TRUE(stamp.Prepare().ok());
  EXPECT_EQ(stamp.StampOf(now, now - absl::Hours(1)), (outbox::Stamp{.recorded_at = now}));
}

TEST(MetricCatalogueFile, HasWhatTheOtherServicesReadAndBothLanguages) {
  const v1::MetricCatalogue catalogue = Catalogue();
  std::vector<std::string> names;
  for (const auto& metric : catalogue.metrics()) {
    names.push_back(metric.name());
    EXPECT_FALSE(metric.title().empty()) << metric.name();
    EXPECT_FALSE(metric.title_zh().empty()) << metric.name();
    EXPECT_FALSE(metric.meaning().empty()) << metric.name();
  }
  for (const char* name :
       {"orders.recency_days_365d", "orders.count_365d", "orders.value_365d",      // A3
        "orders.count_90d", "orders.count_90d_before", "orders.count_change_90d",  // R39
        "orders.value_90d", "orders.value_90d_before",                             // R45
        "survey.csat_90d", "survey.csat_90d_before",                               // R38
        "decision_chain.last_moved"}) {                                            // R02
    EXPECT_THAT(names, ::testing::Contains(name));
  }
}

// Every kind of fact reaches a metric (H1, H2).
TEST(MetricCatalogueFile, ReadsAtLeastOneSeriesOfEveryKindOfFact) {
  const v1::MetricCatalogue catalogue = Catalogue();
  for (const FactKindDefinition& kind : AllFactKinds()) {
    if (kind.feeds.empty()) continue;  // what is said of another fact
    bool read = false;
    for (const Feed& feed : kind.feeds) {
      const absl::string_view series = DefinitionOf(feed.series).name;
      for (const auto& metric : catalogue.metrics()) {
        read = read || metric.series() == series || metric.denominator_series() == series;
      }
    }
    EXPECT_TRUE(read) << kind.name;
  }
}

}  // namespace
}  // namespace bellwether::health::shipped_models_test
