#include "services/health/domain/evaluation.h"

#include "gtest/gtest.h"
#include "services/health/testing/models.h"

namespace bellwether::health::evaluation_test {
namespace {

constexpr Day kToday = 20'000;

// The metrics of one account as facts come in.
class Metrics : public ::testing::Test {
 protected:
  void Add(SeriesId series, Day day, int64_t value, int64_t in_day = 0) {
    series_.FindOrAdd(series).Add(day, value, day * kMicrosPerDay + in_day);
  }
  void AddOrder(Day day, int64_t value) { Add(SeriesNamed("order_value"), day, value); }

  int64_t Value(absl::string_view name, Day day = kToday) {
    return ValueOf(*model_, Evaluate(*model_, series_, day), name);
  }

  std::shared_ptr<const ActiveModel> model_ = SmallActiveModel();
  SeriesSet series_;
};

TEST_F(Metrics, HaveNoDataBeforeTheFirstFact) {
  for (const MetricDefinition& metric : model_->catalogue().metrics) {
    EXPECT_EQ(Value(metric.name), kAbsent) << metric.name;
  }
  EXPECT_EQ(Value("health.score"), kAbsent);
  EXPECT_EQ(Value("health.confidence"), 0);
}

TEST_F(Metrics, AWindowOfThirtyDaysHoldsTodayAndTheTwentyNineBefore) {
  AddOrder(kToday - 30, 1);
  AddOrder(kToday - 29, 20);
  AddOrder(kToday, 300);
  AddOrder(kToday + 1, 4'000);
  EXPECT_EQ(Value("orders.value_30d"), 320 * kPoint);
  EXPECT_EQ(Value("orders.count_30d"), 2 * kPoint);
  EXPECT_EQ(Value("orders.value_30d", kToday + 1), 4'300 * kPoint);
  EXPECT_EQ(Value("orders.value_30d", kToday - 1), 21 * kPoint);
}

TEST_F(Metrics, AnOffsetWindowIsTheWindowBefore) {
  AddOrder(kToday - 60, 1);
  AddOrder(kToday - 59, 20);
  AddOrder(kToday - 30, 300);
  AddOrder(kToday - 29, 4'000);
  EXPECT_EQ(Value("orders.value_30d_before"), 320 * kPoint);
}

TEST_F(Metrics, AnEmptyWindowIsZeroOnlyWhereTheMetricSaysSoAndOnceThereWasAFact) {
  AddOrder(kToday, 5);
  EXPECT_EQ(Value("orders.value_30d", kToday - 1), kAbsent);
  EXPECT_EQ(Value("orders.value_30d", kToday + 29), 5 * kPoint);
  EXPECT_EQ(Value("orders.value_30d", kToday + 30), 0);
  EXPECT_EQ(Value("orders.count_30d", kToday + 30), kAbsent);
  // Also after the entry itself has been dropped.
  series_.FindOrAdd(SeriesNamed("order_value")).Trim(kToday + 1);
  EXPECT_EQ(Value("orders.value_30d", kToday + 400), 0);
}

TEST_F(Metrics, RecencyCountsLocalDaysUpToTheEndOfTheWindow) {
  AddOrder(kToday, 5);
  EXPECT_EQ(Value("orders.recency_90d"), 0);
  EXPECT_EQ(Value("orders.recency_90d", kToday + 89), 89 * kPoint);
  EXPECT_EQ(Value("orders.recency_90d", kToday + 90), kAbsent);
}

TEST_F(Metrics, AChangeComparesWithTheWindowBeforeAndNeedsItsBaseline) {
  AddOrder(kToday - 30, 99);
  AddOrder(kToday, 50);
  EXPECT_EQ(Value("orders.value_change_30d"), kAbsent) << "a baseline of 99 is below 100";
  AddOrder(kToday - 30, 1);
  EXPECT_EQ(Value("orders.value_change_30d"), -500'000);
  EXPECT_EQ(Value("orders.count_change_30d"), -500'000) << "one order after two";
}

TEST_F(Metrics, AChangeToNothingIsMinusHundredPercentWhereEmptyIsZeroAndNoDataElsewhere) {
  AddOrder(kToday - 30, 100);
  AddOrder(kToday - 30, 100);
  EXPECT_EQ(Value("orders.value_change_30d"), -kPoint);
  EXPECT_EQ(Value("orders.count_change_30d"), kAbsent);
}

TEST_F(Metrics, AChangeWithoutBaselineHasNoData) {
  AddOrder(kToday, 1'000);
  EXPECT_EQ(Value("orders.value_change_30d"), kAbsent);
  // Credit notes can make a baseline negative: no share can be taken of it.
  AddOrder(kToday - 30, -500);
  EXPECT_EQ(Value("orders.value_change_30d"), kAbsent);
}

TEST_F(Metrics, AMeanIsRoundedHalfAwayFromZeroInTheUnitOfTheMetric) {
  Add(SeriesNamed("case_response"), kToday, 3'600);
  Add(SeriesNamed("case_response"), kToday - 27, 7'200);
  Add(SeriesNamed("case_response"), kToday - 28, 1'000'000);
  EXPECT_EQ(Value("cases.response_28d"), 1'500'000);
  EXPECT_EQ(RoundedQuotient(5, 2), 3);
  EXPECT_EQ(RoundedQuotient(-5, 2), -3);
  EXPECT_EQ(RoundedQuotient(-7, 5), -1);
  EXPECT_EQ(RoundedQuotient(static_cast<__int128>(INT64_MAX) * 10, 4), INT64_MAX);
  EXPECT_EQ(RoundedQuotient(static_cast<__int128>(INT64_MAX) * -10, 4), -INT64_MAX);
}

TEST_F(Metrics, AMeanDifferenceIsInTheUnitNotAShare) {
  Add(SeriesNamed("survey_csat"), kToday, 82 * kPoint);
  EXPECT_EQ(Value("survey.csat_change_30d"), kAbsent);
  Add(SeriesNamed("survey_csat"), kToday - 30, 90 * kPoint);
  EXPECT_EQ(Value("survey.csat_change_30d"), -8 * kPoint);
}

TEST_F(Metrics, ARatioNeedsSomethingBelowTheLine) {
  Add(SeriesNamed("payment_overdue"), kToday, 30);
  EXPECT_EQ(Value("payments.overdue_90d"), kAbsent);
  Add(SeriesNamed("payment_due"), kToday - 89, 120);
  EXPECT_EQ(Value("payments.overdue_90d"), 250'000);
  EXPECT_EQ(Value("payments.overdue_90d", kToday + 1), kAbsent) << "what was due has left";
}

TEST_F(Metrics, ARatioOverNothingIsZero) {
  Add(SeriesNamed("payment_overdue"), kToday - 90, 30);
  Add(SeriesNamed("payment_due"), kToday, 120);
  EXPECT_EQ(Value("payments.overdue_90d"), 0);
}

TEST_F(Metrics, ALaterFactSaysNothingOfTheDaysBeforeIt) {
  Add(SeriesNamed("payment_due"), kToday - 1, 120);
  Add(SeriesNamed("payment_overdue"), kToday, 30);
  EXPECT_EQ(Value("payments.overdue_90d", kToday - 1), kAbsent);
  EXPECT_EQ(Value("payments.overdue_90d"), 250'000);
}

TEST_F(Metrics, ActiveDaysCountsDaysNotFacts) {
  for (const Day day : {kToday - 7, kToday - 6, kToday - 6, kToday}) {
    Add(SeriesNamed("usage_logins"), day, 1);
  }
  EXPECT_EQ(Value("usage.active_days_7d"), 2 * kPoint);
  EXPECT_EQ(Value("usage.active_days_7d", kToday + 7), 0);
}

TEST_F(Metrics, LastIsTheLatestInTheWindowAsOfTheDayAsked) {
  Add(SeriesNamed("revenue_growth"), kToday - 10, 70'000);
  Add(SeriesNamed("revenue_growth"), kToday, -20'000);
  EXPECT_EQ(Value("revenue.growth"), -20'000);
  EXPECT_EQ(Value("revenue.growth", kToday - 1), 70'000);
  EXPECT_EQ(Value("revenue.growth", kToday + 365), kAbsent);
}

TEST_F(Metrics, TheLastInstantIsExactToTheMicrosecond) {
  Add(SeriesNamed("decision_chain_move"), kToday, 1, 12'345'678);
  Add(SeriesNamed("decision_chain_move"), kToday, 1, 12'345'677);
  EXPECT_EQ(Value("decision_chain.last_moved"), kToday * kMicrosPerDay + 12'345'678);
  EXPECT_EQ(Value("decision_chain.last_moved", kToday - 1), kAbsent);
}

// R02, R04: absence looks as far back as there is history.
TEST_F(Metrics, AnInstantWithoutAWindowIsTheLatestThereEverWas) {
  MetricCatalogue catalogue = EveryFormula();
  catalogue.metrics.back().window_days = 0;
  model_ = CompileOrDie(std::move(catalogue), SmallModel());
  for (const int ago : {364, 365, 366, 3'000}) {
    series_ = {};
    Add(SeriesNamed("decision_chain_move"), kToday - ago, 1);
    EXPECT_EQ(Value("decision_chain.last_moved"), (kToday - ago) * kMicrosPerDay) << ago;
    EXPECT_EQ(Value("decision_chain.last_moved", kToday - ago - 1), kAbsent);
  }
}

// H3: whether nothing happened or there is no feed.
class Silence : public Metrics {
 protected:
  void Use(std::vector<std::string> feeds) {
    MetricCatalogue catalogue = EveryFormula();
    for (MetricDefinition& metric : catalogue.metrics) {
      metric.trouble = metric.name == "payments.overdue_90d";
    }
    catalogue.metrics.push_back({.name = "cases.urgent_30d",
                                 .unit = Unit::kCount,
                                 .formula = Formula::kSum,
                                 .series = "case_urgent",
                                 .window_days = 30,
                                 .empty_is_zero = true,
                                 .trouble = true});
    catalogue.metrics.push_back({.name = "competitors.intensity_30d",
                                 .unit = Unit::kCount,
                                 .formula = Formula::kSum,
                                 .series = "competitor_strength",
                                 .window_days = 30,
                                 .trouble = true});
    HealthModel model = SmallModel();
    model.dimensions[1].weight_micros = 200'000;
    const auto falling = [](std::string metric, int64_t weight) {
      return Weighted(std::move(metric), weight, {{0, 100 * kPoint}, {2 * kPoint, 0}});
    };
    model.dimensions.push_back(
        {"risk",
         200'000,
         {falling("payments.overdue_90d", 300'000), falling("cases.urgent_30d", 400'000),
          falling("competitors.intensity_30d", 300'000)}});
    model.feeds = std::move(feeds);
    model_ = CompileOrDie(std::move(catalogue), std::move(model));
  }
};

TEST_F(Silence, OfALivingFeedReadsAsTheGoodEnd) {
  Use({"case_opened", "payment_overdue"});
  AddOrder(kToday, 500);
  EXPECT_EQ(Value("cases.urgent_30d"), 0);
  EXPECT_EQ(Value("payments.overdue_90d"), 0);
  EXPECT_EQ(Value("health.dimension.risk"), 100 * kPoint);
  Add(SeriesNamed("case_urgent"), kToday, 1);
  EXPECT_EQ(Value("cases.urgent_30d", kToday + 60), 0) << "it has been silent again";
  EXPECT_EQ(Value("cases.urgent_30d", kToday - 1), 0) << "and was before";
}

TEST_F(Silence, OfOthersSaysNothing) {
  Use({"case_opened", "competitor_activity_observed"});
  AddOrder(kToday, 500);
  EXPECT_EQ(Value("payments.overdue_90d"), kAbsent);
  EXPECT_EQ(Value("competitors.intensity_30d"), kAbsent) << "interactions feed it too";
  const int64_t confidence = Value("health.confidence");
  Use({});
  EXPECT_EQ(Value("cases.urgent_30d"), kAbsent);
  EXPECT_EQ(Value("health.confidence"), confidence - 80'000) << "what is unknown is 0.2 · 0.4 more";
}

TEST_F(Silence, MakesTheFirstUrgentCaseLowerTheScore) {
  AddOrder(kToday - 40, 1'000);
  Add(SeriesNamed("payment_due"), kToday - 5, 100);
  Add(SeriesNamed("payment_overdue"), kToday - 1, 150);
  Use({});
  int64_t before = Value("health.score");
  Add(SeriesNamed("case_urgent"), kToday, 1);
  EXPECT_GE(Value("health.score"), before) << "what nobody said to be complete";
  series_ = {};
  AddOrder(kToday - 40, 1'000);
  Add(SeriesNamed("payment_due"), kToday - 5, 100);
  Add(SeriesNamed("payment_overdue"), kToday - 1, 150);
  Use({"case_opened", "payment_overdue"});
  before = Value("health.score");
  Add(SeriesNamed("case_urgent"), kToday, 1);
  EXPECT_LT(Value("health.score"), before);
}

TEST_F(Silence, OverdueWithoutAnythingDueIsNotSilence) {
  Use({"payment_overdue"});
  Add(SeriesNamed("payment_overdue"), kToday, 30);
  EXPECT_EQ(Value("payments.overdue_90d"), kAbsent);
  EXPECT_EQ(Value("payments.overdue_90d", kToday + 90), 0);
}

TEST_F(Silence, AloneGivesNoScore) {
  Use({"case_opened", "payment_overdue"});
  EXPECT_EQ(Value("cases.urgent_30d"), 0);
  EXPECT_EQ(Value("health.score"), kAbsent);
  EXPECT_EQ(Value("health.confidence"), 0);
  EXPECT_EQ(Value("health.dimension.risk"), kAbsent);
  Add(SeriesNamed("case_urgent"), kToday, 1);
  EXPECT_NE(Value("health.score"), kAbsent) << "trouble counts";
}

}  // namespace
}  // namespace bellwether::health::evaluation_test
