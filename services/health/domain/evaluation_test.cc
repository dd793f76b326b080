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

}  // namespace
}  // namespace bellwether::health::evaluation_test
