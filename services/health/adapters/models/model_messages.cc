#include "services/health/adapters/models/model_messages.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::health {
namespace {

std::optional<Unit> ToUnit(v1::MetricUnit unit) {
  switch (unit) {
    case v1::METRIC_UNIT_COUNT:
      return Unit::kCount;
    case v1::METRIC_UNIT_DAYS:
      return Unit::kDays;
    case v1::METRIC_UNIT_HOURS:
      return Unit::kHours;
    case v1::METRIC_UNIT_MONEY:
      return Unit::kMoney;
    case v1::METRIC_UNIT_RATIO:
      return Unit::kRatio;
    case v1::METRIC_UNIT_POINTS:
      return Unit::kPoints;
    case v1::METRIC_UNIT_INSTANT:
      return Unit::kInstant;
    default:
      return std::nullopt;
  }
}

std::optional<Formula> ToFormula(v1::MetricFormula formula) {
  switch (formula) {
    case v1::METRIC_FORMULA_SUM:
      return Formula::kSum;
    case v1::METRIC_FORMULA_COUNT:
      return Formula::kCount;
    case v1::METRIC_FORMULA_MEAN:
      return Formula::kMean;
    case v1::METRIC_FORMULA_LAST:
      return Formula::kLast;
    case v1::METRIC_FORMULA_DAYS_SINCE_LAST:
      return Formula::kDaysSinceLast;
    case v1::METRIC_FORMULA_SUM_CHANGE:
      return Formula::kSumChange;
    case v1::METRIC_FORMULA_COUNT_CHANGE:
      return Formula::kCountChange;
    case v1::METRIC_FORMULA_MEAN_DIFFERENCE:
      return Formula::kMeanDifference;
    case v1::METRIC_FORMULA_RATIO:
      return Formula::kRatio;
    case v1::METRIC_FORMULA_ACTIVE_DAYS:
      return Formula::kActiveDays;
    case v1::METRIC_FORMULA_LAST_INSTANT:
      return Formula::kLastInstant;
    default:
      return std::nullopt;
  }
}

HealthModel ToDomain(const v1::HealthModel& message) {
  HealthModel model{.id = message.model_id(),
                    .version = message.version(),
                    .minimum_confidence_micros = message.minimum_confidence_micros(),
                    .materiality_micros = message.materiality_micros(),
                    .feeds = {message.feeds().begin(), message.feeds().end()}};
  for (const v1::Dimension& dimension : message.dimensions()) {
    model.dimensions.push_back(
        {.id = dimension.dimension_id(), .weight_micros = dimension.weight_micros()});
    for (const v1::WeightedMetric& weighted : dimension.metrics()) {
      WeightedMetric& metric = model.dimensions.back().metrics.emplace_back();
      metric.metric = weighted.metric();
      metric.weight_micros = weighted.weight_micros();
      for (const v1::CurvePoint& point : weighted.curve()) {
        metric.curve.push_back({point.at_micros(), point.points_micros()});
      }
    }
  }
  for (const v1::Band& band : message.bands()) {
    model.bands.push_back({band.band_id(), band.from_points_micros()});
  }
  return model;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ActiveModel>> ToActiveModel(
    const v1::MetricCatalogue& catalogue_message, const v1::HealthModel& model_message) {
  MetricCatalogue catalogue{.version = catalogue_message.version(),
                            .restate_days = catalogue_message.restate_days()};
  for (const v1::MetricDefinition& message : catalogue_message.metrics()) {
    const auto unit = ToUnit(message.unit());
    const auto formula = ToFormula(message.formula());
    if (!unit || !formula) {
      return InvalidArgument(
          "MODEL_INVALID", message.name(),
          absl::StrCat("metric ", message.name(), " has no known ", unit ? "formula" : "unit"),
          "H2");
    }
    catalogue.metrics.push_back({.name = message.name(),
                                 .unit = *unit,
                                 .formula = *formula,
                                 .series = message.series(),
                                 .denominator_series = message.denominator_series(),
                                 .window_days = message.window_days(),
                                 .offset_days = message.offset_days(),
                                 .materiality_micros = message.materiality_micros(),
                                 .minimum_baseline = message.minimum_baseline(),
                                 .empty_is_zero = message.empty_is_zero(),
                                 .trouble = message.trouble()});
  }
  return ActiveModel::Compile(std::move(catalogue), ToDomain(model_message));
}

}  // namespace bellwether::health
