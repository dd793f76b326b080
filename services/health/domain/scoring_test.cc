#include "services/health/domain/scoring.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "services/health/testing/models.h"

namespace bellwether::health::scoring_test {
namespace {

const std::vector<CurvePoint>& Falling() {
  static const auto& curve =
      *new std::vector<CurvePoint>{{10, 100 * kPoint}, {20, 40 * kPoint}, {40, 0}};
  return curve;
}

TEST(Curve, IsFlatOutsideItsEndsAndLinearBetween) {  // H3
  EXPECT_EQ(PointsOnCurve(Falling(), INT64_MIN + 1), 100 * kPoint);
  EXPECT_EQ(PointsOnCurve(Falling(), 10), 100 * kPoint);
  EXPECT_EQ(PointsOnCurve(Falling(), 11), 94 * kPoint);
  EXPECT_EQ(PointsOnCurve(Falling(), 20), 40 * kPoint);
  EXPECT_EQ(PointsOnCurve(Falling(), 39), 2 * kPoint);
  EXPECT_EQ(PointsOnCurve(Falling(), 40), 0);
  EXPECT_EQ(PointsOnCurve(Falling(), INT64_MAX), 0);
}

TEST(Curve, TakesTheWidestSegmentWithoutOverflow) {
  const std::vector<CurvePoint> curve = {{INT64_MIN + 1, 0}, {INT64_MAX, 100 * kPoint}};
  EXPECT_EQ(PointsOnCurve(curve, 0), 50 * kPoint);
}

std::vector<int64_t> Values(const ActiveModel& model) {
  return std::vector<int64_t>(static_cast<size_t>(model.value_count()), kAbsent);
}
void Set(const ActiveModel& model, std::vector<int64_t>& values, absl::string_view name,
         int64_t value) {
  values[static_cast<size_t>(*model.ValueByName(name))] = value;
}

TEST(HealthScore, WeighsMetricsIntoDimensionsAndDimensionsIntoTheScore) {  // H3
  const auto model = SmallActiveModel();
  auto values = Values(*model);
  Set(*model, values, "orders.value_30d", 500 * kPoint);   // 50 points, weight 50 %
  Set(*model, values, "orders.recency_90d", 30 * kPoint);  // 50 points, 30 %
  Set(*model, values, "revenue.growth", 100'000);          // 100 points, 20 %
  Set(*model, values, "survey.csat_change_30d", 0);        // 80 points, 40 %
  Set(*model, values, "cases.response_28d", kPoint);       // 100 points, 60 %
  Score(*model, absl::MakeSpan(values));
  EXPECT_EQ(ValueOf(*model, values, "health.dimension.business"), 60 * kPoint);
  EXPECT_EQ(ValueOf(*model, values, "health.dimension.relationship"), 92 * kPoint);
  EXPECT_EQ(ValueOf(*model, values, "health.score"), 72'800'000);  // 0.6 · 60 + 0.4 · 92
  EXPECT_EQ(ValueOf(*model, values, "health.confidence"), kPoint);
}

TEST(HealthScore, LeavesOutMetricsWithoutDataAndSharesTheirWeight) {  // H3
  const auto model = SmallActiveModel();
  auto values = Values(*model);
  Set(*model, values, "orders.value_30d", 500 * kPoint);  // 50 points, 50 of 70 %
  Set(*model, values, "revenue.growth", 100'000);         // 100 points, 20 of 70 %
  Score(*model, absl::MakeSpan(values));
  EXPECT_EQ(ValueOf(*model, values, "health.score"), 64'285'714);  // (50·5 + 100·2) / 7
  EXPECT_EQ(ValueOf(*model, values, "health.dimension.business"), 64'285'714);
  EXPECT_EQ(ValueOf(*model, values, "health.dimension.relationship"), kAbsent);
  EXPECT_EQ(ValueOf(*model, values, "health.confidence"), 420'000);  // 0.6 · 0.7
}

TEST(HealthScore, IsAbsentWithoutAnyData) {  // H3
  const auto model = SmallActiveModel();
  const Breakdown breakdown = Explain(*model, Values(*model));
  EXPECT_EQ(breakdown.score_micros, kAbsent);
  EXPECT_EQ(breakdown.confidence_micros, 0);
}

TEST(Band, BeginsAtItsLowerBound) {  // H3
  const auto model = SmallActiveModel();
  EXPECT_EQ(model->BandOf(100 * kPoint), "healthy");
  EXPECT_EQ(model->BandOf(80 * kPoint), "healthy");
  EXPECT_EQ(model->BandOf(80 * kPoint - 1), "watch");
  EXPECT_EQ(model->BandOf(60 * kPoint), "watch");
  EXPECT_EQ(model->BandOf(60 * kPoint - 1), "at-risk");
  EXPECT_EQ(model->BandOf(0), "at-risk");
}

// A random model over `metric_count` metrics and random values for it.
struct Case {
  MetricCatalogue catalogue{.version = "1", .restate_days = 1};
  HealthModel model{.id = "random", .version = "1", .bands = {{"all", 0}}};
  std::vector<std::pair<std::string, int64_t>> values;  // by metric name

  std::vector<int64_t> ValuesFor(const ActiveModel& active) const {
    std::vector<int64_t> result(static_cast<size_t>(active.value_count()), kAbsent);
    for (const auto& [name, value] : values) {
      result[static_cast<size_t>(*active.ValueByName(name))] = value;
    }
    return result;
  }
};

// `parts` weights ≥ 1 that add up to one million.
std::vector<int64_t> RandomWeights(std::mt19937_64& random, int parts) {
  std::vector<int64_t> cuts = {0, kMicrosPerUnit};
  while (static_cast<int>(cuts.size()) < parts + 1) {
    const auto cut = static_cast<int64_t>(random() % (kMicrosPerUnit - 1)) + 1;
    if (std::find(cuts.begin(), cuts.end(), cut) == cuts.end()) cuts.push_back(cut);
  }
  std::sort(cuts.begin(), cuts.end());
  std::vector<int64_t> weights;
  for (size_t i = 1; i < cuts.size(); ++i) weights.push_back(cuts[i] - cuts[i - 1]);
  return weights;
}

Case RandomCase(uint64_t seed) {
  std::mt19937_64 random(seed);
  Case result;
  const int dimensions = 1 + static_cast<int>(random() % 7);
  const auto dimension_weights = RandomWeights(random, dimensions);
  for (int d = 0; d < dimensions; ++d) {
    Dimension dimension{.id = absl::StrCat("d", d),
                        .weight_micros = dimension_weights[static_cast<size_t>(d)]};
    const int metrics = 1 + static_cast<int>(random() % 8);
    const auto weights = RandomWeights(random, metrics);
    for (int m = 0; m < metrics; ++m) {
      const std::string name = absl::StrCat("m", d, ".", m);
      result.catalogue.metrics.push_back({.name = name,
                                          .unit = Unit::kCount,
                                          .formula = Formula::kCount,
                                          .series = "order_value",
                                          .window_days = 1});
      WeightedMetric weighted{name, weights[static_cast<size_t>(m)], {}};
      // Rising, so that more is never worse.
      int64_t at = -50, points = 0;
      for (uint64_t p = 1 + random() % 4; p > 0; --p) {
        at += 1 + static_cast<int64_t>(random() % 40);
        points = std::min<int64_t>(points + static_cast<int64_t>(random() % (60 * kPoint)),
                                   kPointsMaxMicros);
        weighted.curve.push_back({at, points});
      }
      dimension.metrics.push_back(weighted);
      if (random() % 4 != 0) {
        result.values.emplace_back(name, static_cast<int64_t>(random() % 200) - 60);
      }
    }
    result.model.dimensions.push_back(dimension);
  }
  return result;
}

RC_GTEST_PROP(HealthScoreProperty, ContributionsAddUpExactly, (uint64_t seed)) {
  const Case random = RandomCase(seed);
  const auto model = CompileOrDie(random.catalogue, random.model);
  auto values = random.ValuesFor(*model);
  const Breakdown breakdown = Explain(*model, values);
  Score(*model, absl::MakeSpan(values));
  RC_ASSERT(values[kScoreValue] == breakdown.score_micros);
  RC_ASSERT(values[kConfidenceValue] == breakdown.confidence_micros);
  if (random.values.empty()) {
    RC_ASSERT(breakdown.score_micros == kAbsent);
    return;
  }
  RC_ASSERT(breakdown.score_micros >= 0);
  RC_ASSERT(breakdown.score_micros <= kPointsMaxMicros);
  std::vector<int64_t> by_dimension(random.model.dimensions.size(), 0);
  for (const MetricContribution& metric : breakdown.metrics) {
    RC_ASSERT(metric.contribution_micros >= 0);
    RC_ASSERT(metric.value != kAbsent || metric.contribution_micros == 0);
    by_dimension[static_cast<size_t>(metric.dimension)] += metric.contribution_micros;
  }
  int64_t total = 0;
  for (size_t d = 0; d < by_dimension.size(); ++d) {
    RC_ASSERT(by_dimension[d] == breakdown.dimensions[d].contribution_micros);
    RC_ASSERT(values[kFirstDimensionValue + d] == breakdown.dimensions[d].score_micros);
    total += by_dimension[d];
  }
  RC_ASSERT(total == breakdown.score_micros);
}

RC_GTEST_PROP(HealthScoreProperty, ABetterMetricNeverLowersTheScore, (uint64_t seed)) {
  const Case random = RandomCase(seed);
  RC_PRE(!random.values.empty());
  const auto model = CompileOrDie(random.catalogue, random.model);
  auto values = random.ValuesFor(*model);
  const int64_t before = Explain(*model, values).score_micros;
  const auto& [name, value] = random.values[seed % random.values.size()];
  values[static_cast<size_t>(*model->ValueByName(name))] =
      value + *rc::gen::inRange<int64_t>(0, 100);
  RC_ASSERT(Explain(*model, values).score_micros >= before);
}

RC_GTEST_PROP(HealthScoreProperty, TheOrderOfListingDoesNotMatter, (uint64_t seed)) {
  const Case random = RandomCase(seed);
  Case shuffled = random;
  std::mt19937_64 order(seed + 1);
  std::shuffle(shuffled.model.dimensions.begin(), shuffled.model.dimensions.end(), order);
  for (Dimension& dimension : shuffled.model.dimensions) {
    std::shuffle(dimension.metrics.begin(), dimension.metrics.end(), order);
  }
  std::shuffle(shuffled.catalogue.metrics.begin(), shuffled.catalogue.metrics.end(), order);
  const auto one = CompileOrDie(random.catalogue, random.model);
  const auto two = CompileOrDie(shuffled.catalogue, shuffled.model);
  const Breakdown a = Explain(*one, random.ValuesFor(*one));
  const Breakdown b = Explain(*two, shuffled.ValuesFor(*two));
  RC_ASSERT(a.score_micros == b.score_micros);
  RC_ASSERT(a.confidence_micros == b.confidence_micros);
  // No metric's contribution differs either: the changes between the two are none.
  RC_ASSERT(ChangesBetween(one.get(), a, two.get(), b).empty());
}

RC_GTEST_PROP(ScoreChangeProperty, PointChangesAddUpExactlyAlsoAcrossModels,
              (uint64_t seed_before, uint64_t seed_after, bool same_model)) {
  const Case random_before = RandomCase(seed_before);
  Case random_after = RandomCase(seed_after);
  const auto before_model = CompileOrDie(random_before.catalogue, random_before.model);
  const auto after_model =
      same_model ? before_model : CompileOrDie(random_after.catalogue, random_after.model);
  const Breakdown before = Explain(*before_model, random_before.ValuesFor(*before_model));
  if (same_model) {
    random_after.values.clear();
    std::mt19937_64 random(seed_after);
    for (const MetricDefinition& metric : random_before.catalogue.metrics) {
      if (random() % 3 == 0) continue;
      random_after.values.emplace_back(metric.name, static_cast<int64_t>(random() % 200) - 60);
    }
  }
  const Breakdown after = Explain(*after_model, random_after.ValuesFor(*after_model));
  int64_t sum = 0;
  for (const PointChange& change :
       ChangesBetween(before_model.get(), before, after_model.get(), after)) {
    sum += change.points_micros;
  }
  const int64_t score_before = before.score_micros == kAbsent ? 0 : before.score_micros;
  const int64_t score_after = after.score_micros == kAbsent ? 0 : after.score_micros;
  RC_ASSERT(sum == score_after - score_before);
}

}  // namespace
}  // namespace bellwether::health::scoring_test
