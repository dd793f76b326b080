#include "services/health/adapters/models/model_messages.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

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

MetricCatalogue ToDomain(const v1::MetricCatalogue& message, std::vector<ModelProblem>& problems) {
  MetricCatalogue catalogue{.version = message.version(), .restate_days = message.restate_days()};
  for (int i = 0; i < message.metrics_size(); ++i) {
    const v1::MetricDefinition& metric = message.metrics(i);
    const auto unit = ToUnit(metric.unit());
    const auto formula = ToFormula(metric.formula());
    const auto unknown = [&](absl::string_view what) {
      problems.push_back(
          {.in_catalogue = true,
           .field = absl::StrCat("metrics[", i, "].", what),
           .message = absl::StrCat("metric ", metric.name(), " has no known ", what)});
    };
    if (!unit) unknown("unit");
    if (!formula) unknown("formula");
    if (!unit || !formula) continue;
    catalogue.metrics.push_back({.name = metric.name(),
                                 .unit = *unit,
                                 .formula = *formula,
                                 .series = metric.series(),
                                 .denominator_series = metric.denominator_series(),
                                 .window_days = metric.window_days(),
                                 .offset_days = metric.offset_days(),
                                 .materiality_micros = metric.materiality_micros(),
                                 .minimum_baseline = metric.minimum_baseline(),
                                 .empty_is_zero = metric.empty_is_zero(),
                                 .trouble = metric.trouble()});
  }
  return catalogue;
}

}  // namespace

std::vector<ModelProblem> ProblemsOf(const v1::MetricCatalogue& catalogue,
                                     const v1::HealthModel& model) {
  std::vector<ModelProblem> problems;
  const MetricCatalogue metrics = ToDomain(catalogue, problems);
  // Without those the places of the rest would be others.
  return problems.empty() ? ProblemsOf(metrics, ToDomain(model)) : problems;
}

absl::StatusOr<std::shared_ptr<const ActiveModel>> ToActiveModel(
    const v1::MetricCatalogue& catalogue, const v1::HealthModel& model) {
  std::vector<ModelProblem> problems;
  MetricCatalogue metrics = ToDomain(catalogue, problems);
  if (!problems.empty()) {
    return InvalidArgument("MODEL_INVALID", problems.front().field, problems.front().message, "H2");
  }
  return ActiveModel::Compile(std::move(metrics), ToDomain(model));
}

}  // namespace bellwether::health
