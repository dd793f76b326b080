// Small catalogues and models, and random ones, for tests.
#ifndef BELLWETHER_SERVICES_HEALTH_TESTING_MODELS_H_
#define BELLWETHER_SERVICES_HEALTH_TESTING_MODELS_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/health/domain/account.h"
#include "services/health/domain/fact_kinds.h"
#include "services/health/domain/model.h"

namespace bellwether::health {

inline constexpr int64_t kPoint = 1'000'000;  // one point, one unit, 100 % in 10⁻⁶
inline constexpr int kTestRestateDays = 30;

// One metric of every formula.
inline MetricCatalogue EveryFormula() {
  using enum Formula;
  MetricCatalogue catalogue{.version = "1", .restate_days = kTestRestateDays};
  const auto add = [&](std::string name, Unit unit, Formula formula, std::string series,
                       int32_t window) -> MetricDefinition& {
    catalogue.metrics.push_back({.name = std::move(name),
                                 .unit = unit,
                                 .formula = formula,
                                 .series = std::move(series),
                                 .window_days = window});
    return catalogue.metrics.back();
  };
  add("orders.value_30d", Unit::kMoney, kSum, "order_value", 30).empty_is_zero = true;
  add("orders.value_30d_before", Unit::kMoney, kSum, "order_value", 30).offset_days = 30;
  add("orders.count_30d", Unit::kCount, kCount, "order_value", 30);
  add("orders.recency_90d", Unit::kDays, kDaysSinceLast, "order_value", 90);
  MetricDefinition& value_change =
      add("orders.value_change_30d", Unit::kRatio, kSumChange, "order_value", 30);
  value_change.minimum_baseline = 100;
  value_change.empty_is_zero = true;
  add("orders.count_change_30d", Unit::kRatio, kCountChange, "order_value", 30).minimum_baseline =
      2;
  add("cases.response_28d", Unit::kHours, kMean, "case_response", 28);
  add("survey.csat_change_30d", Unit::kPoints, kMeanDifference, "survey_csat", 30);
  add("payments.overdue_90d", Unit::kRatio, kRatio, "payment_overdue", 90).denominator_series =
      "payment_due";
  add("usage.active_days_7d", Unit::kDays, kActiveDays, "usage_logins", 7).empty_is_zero = true;
  add("revenue.growth", Unit::kRatio, kLast, "revenue_growth", 365);
  add("decision_chain.last_moved", Unit::kInstant, kLastInstant, "decision_chain_move", 365);
  for (MetricDefinition& metric : catalogue.metrics) {
    metric.materiality_micros = metric.unit == Unit::kMoney ? 500 * kPoint : kPoint / 100;
  }
  return catalogue;
}

inline WeightedMetric Weighted(std::string metric, int64_t weight, std::vector<CurvePoint> curve) {
  return {std::move(metric), weight, std::move(curve)};
}

inline HealthModel SmallModel() {
  return {
      .id = "small",
      .version = "1",
      .dimensions =
          {{"business",
            600'000,
            {Weighted("orders.value_30d", 500'000, {{0, 0}, {1'000 * kPoint, 100 * kPoint}}),
             Weighted("orders.recency_90d", 300'000, {{0, 100 * kPoint}, {60 * kPoint, 0}}),
             Weighted("revenue.growth", 200'000, {{0, 50 * kPoint}, {100'000, 100 * kPoint}})}},
           {"relationship",
            400'000,
            {Weighted("survey.csat_change_30d", 400'000,
                      {{-10 * kPoint, 0}, {0, 80 * kPoint}, {10 * kPoint, 100 * kPoint}}),
             Weighted("cases.response_28d", 600'000, {{kPoint, 100 * kPoint}, {48 * kPoint, 0}})}}},
      .bands = {{"healthy", 80 * kPoint}, {"watch", 60 * kPoint}, {"at-risk", 0}},
      .minimum_confidence_micros = 500'000,
      .materiality_micros = 100'000,
  };
}

inline std::shared_ptr<const ActiveModel> CompileOrDie(MetricCatalogue catalogue,
                                                       HealthModel model) {
  return ActiveModel::Compile(std::move(catalogue), std::move(model)).value();
}

inline std::shared_ptr<const ActiveModel> SmallActiveModel() {
  return CompileOrDie(EveryFormula(), SmallModel());
}

inline SeriesId SeriesNamed(absl::string_view name) { return SeriesByName(name).value(); }

// A fact with one observation; its time is noon UTC of its day.
inline FactRecord FactOf(FactKind kind, uint64_t id, Day day, SeriesId series, int64_t value) {
  FactRecord fact{.kind = kind,
                  .identity = FactIdentity::Of(id << 16, static_cast<uint64_t>(value)),
                  .time_micros = day * kMicrosPerDay + kMicrosPerDay / 2,
                  .day = day};
  fact.observations.Add(series, value);
  return fact;
}
inline FactRecord Order(uint64_t id, Day day, int64_t value) {
  return FactOf(*FactKindByName("order_placed"), id, day, SeriesNamed("order_value"), value);
}

inline int64_t ValueOf(const ActiveModel& model, const std::vector<int64_t>& values,
                       absl::string_view name) {
  return values[static_cast<size_t>(*model.ValueByName(name))];
}

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_TESTING_MODELS_H_
