#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/health/domain/fact_kinds.h"
#include "services/health/domain/model.h"
#include "services/health/domain/scoring.h"

namespace bellwether::health {
namespace {

// Each is about ten times what is shipped.
constexpr size_t kMetricsMax = 500;
constexpr size_t kDimensionsMax = 50;
constexpr size_t kCurvePointsMax = 100;

// What a formula asks of its series and gives as a unit.
struct FormulaNeeds {
  std::optional<SeriesShape> shape;
  std::optional<Unit> unit;  // none: the unit of the series
  bool compares = false;
  bool may_read_empty_as_zero = false;
  bool latest_only = false;
};

FormulaNeeds NeedsOf(Formula formula) {
  using enum SeriesShape;
  switch (formula) {
    case Formula::kSum:
      return {.shape = kSum, .may_read_empty_as_zero = true};
    case Formula::kCount:
      return {.unit = Unit::kCount, .may_read_empty_as_zero = true};
    case Formula::kMean:
      return {.shape = kSum};
    case Formula::kLast:
      return {.shape = kLevel, .latest_only = true};
    case Formula::kDaysSinceLast:
      return {.unit = Unit::kDays};
    case Formula::kSumChange:
      return {
          .shape = kSum, .unit = Unit::kRatio, .compares = true, .may_read_empty_as_zero = true};
    case Formula::kCountChange:
      return {.unit = Unit::kRatio, .compares = true, .may_read_empty_as_zero = true};
    case Formula::kMeanDifference:
      return {.shape = kSum, .compares = true};
    case Formula::kRatio:
      return {.shape = kSum, .unit = Unit::kRatio};
    case Formula::kActiveDays:
      return {.unit = Unit::kDays, .may_read_empty_as_zero = true};
    case Formula::kLastInstant:
      return {.shape = kLevel, .unit = Unit::kInstant, .latest_only = true};
  }
  return {};
}

class Problems {
 public:
  void CheckCatalogue(const MetricCatalogue& catalogue) {
    in_catalogue_ = true;
    Require(!catalogue.version.empty(), "version", "the catalogue has no version");
    Require(!catalogue.metrics.empty() && catalogue.metrics.size() <= kMetricsMax, "metrics",
            "the catalogue must have 1 to 500 metrics");
    Require(catalogue.restate_days >= 1 && catalogue.restate_days <= kRestateDaysMax,
            "restate_days", "restate_days must be 1 to 366");
    for (size_t i = 0; i < catalogue.metrics.size(); ++i) {
      CheckMetric(catalogue.metrics[i], absl::StrCat("metrics[", i, "]"));
    }
  }

  void CheckModel(const HealthModel& model) {
    in_catalogue_ = false;
    Require(!model.id.empty() && !model.version.empty(), model.id.empty() ? "model_id" : "version",
            "the model has no id or no version");
    Require(!model.dimensions.empty() && model.dimensions.size() <= kDimensionsMax, "dimensions",
            "the model must have 1 to 50 dimensions");
    Require(
        model.minimum_confidence_micros >= 0 && model.minimum_confidence_micros <= kMicrosPerUnit,
        "minimum_confidence", "minimum_confidence_micros must be 0 to 1 000 000");
    Require(model.materiality_micros >= 0, "materiality", "materiality_micros is negative");
    std::set<std::string> ids;
    int64_t weight = 0;
    for (size_t i = 0; i < model.dimensions.size(); ++i) {
      const Dimension& dimension = model.dimensions[i];
      const std::string field = absl::StrCat("dimensions[", i, "]");
      Require(!dimension.id.empty() && ids.insert(dimension.id).second,
              absl::StrCat(field, ".dimension_id"),
              absl::StrCat("dimension '", dimension.id, "' is unnamed or listed twice"));
      CheckWeight(dimension.weight_micros, field, absl::StrCat("dimension ", dimension.id));
      weight += dimension.weight_micros;
      CheckDimension(dimension, field);
    }
    Require(weight == kMicrosPerUnit, "dimensions",
            absl::StrCat("the weights of the dimensions add up to ", weight, ", not 1 000 000"));
    CheckBands(model);
    CheckFeeds(model);
  }

  std::vector<ModelProblem> Take() { return std::move(problems_); }

 private:
  void Require(bool condition, absl::string_view field, absl::string_view problem) {
    if (condition) return;
    problems_.push_back({in_catalogue_, std::string(field), std::string(problem)});
  }

  void CheckWeight(int64_t weight, absl::string_view field, absl::string_view whose) {
    Require(weight > 0 && weight <= kMicrosPerUnit, absl::StrCat(field, ".weight"),
            absl::StrCat("the weight of ", whose, " must be 1 to 1 000 000"));
  }

  void CheckMetric(const MetricDefinition& metric, absl::string_view at) {
    const auto require = [&](bool condition, absl::string_view field, absl::string_view problem) {
      Require(condition, absl::StrCat(at, ".", field),
              absl::StrCat("metric ", metric.name, ": ", problem));
    };
    require(!metric.name.empty(), "name", "has no name");
    require(metric.name.rfind("health.", 0) != 0, "name", "names in health. are the score's own");
    require(metrics_.insert(metric.name).second, "name", "is listed twice");
    require(metric.materiality_micros >= 0, "materiality", "materiality_micros is negative");
    require(metric.offset_days >= 0 && metric.offset_days <= kWindowDaysMax, "offset_days",
            "offset_days must be 0 to 366");
    const FormulaNeeds needs = NeedsOf(metric.formula);
    require(
        metric.window_days >= (needs.latest_only ? 0 : 1) && metric.window_days <= kWindowDaysMax,
        "window_days", "window_days must be 1 to 366, or 0 for the latest value or instant");
    require(!metric.trouble || needs.may_read_empty_as_zero || metric.formula == Formula::kRatio,
            "trouble", "the formula gives no 0, so it cannot count trouble");
    if (metric.trouble) trouble_.insert(metric.name);
    require(!needs.compares || metric.window_days <= kComparedWindowDaysMax, "window_days",
            "windows that are compared must not exceed 183 days");
    require(metric.minimum_baseline >= 0, "minimum_baseline", "minimum_baseline is negative");
    require(needs.compares || metric.minimum_baseline == 0, "minimum_baseline",
            "minimum_baseline is only for formulas that compare windows");
    require(needs.may_read_empty_as_zero || !metric.empty_is_zero, "empty_is_zero",
            "the formula has no value for an empty window, so empty_is_zero cannot be");

    const auto series = SeriesByName(metric.series);
    require(series.has_value(), "series", absl::StrCat("unknown series '", metric.series, "'"));
    if (!series) return;
    const SeriesDefinition& definition = DefinitionOf(*series);
    require(!needs.shape || *needs.shape == definition.shape, "series",
            absl::StrCat("series ", metric.series, " does not have the shape the formula reads"));
    require(metric.unit == needs.unit.value_or(definition.unit), "unit",
            "the unit is not the one the formula gives");
    const bool is_ratio = metric.formula == Formula::kRatio;
    const auto denominator = SeriesByName(metric.denominator_series);
    require(is_ratio ? denominator.has_value() : metric.denominator_series.empty(),
            "denominator_series",
            "denominator_series must name a series for a ratio, and nothing otherwise");
    if (is_ratio && denominator) {
      require(DefinitionOf(*denominator).shape == SeriesShape::kSum, "denominator_series",
              absl::StrCat("series ", metric.denominator_series, " cannot be summed"));
    }
  }

  void CheckDimension(const Dimension& dimension, absl::string_view at) {
    int64_t weight = 0;
    for (size_t i = 0; i < dimension.metrics.size(); ++i) {
      const WeightedMetric& weighted = dimension.metrics[i];
      const std::string field = absl::StrCat(at, ".metrics[", i, "]");
      CheckWeight(weighted.weight_micros, field, weighted.metric);
      weight += weighted.weight_micros;
      Require(metrics_.contains(weighted.metric), absl::StrCat(field, ".metric"),
              absl::StrCat("dimension ", dimension.id, ": unknown metric ", weighted.metric));
      Require(scored_.insert(weighted.metric).second, absl::StrCat(field, ".metric"),
              absl::StrCat("metric ", weighted.metric, " is scored twice"));
      CheckCurve(weighted, absl::StrCat(field, ".curve"));
    }
    Require(weight == kMicrosPerUnit, at,
            absl::StrCat("the weights in dimension ", dimension.id, " add up to ", weight,
                         ", not 1 000 000"));
  }

  void CheckCurve(const WeightedMetric& weighted, absl::string_view at) {
    const auto& curve = weighted.curve;
    Require(!curve.empty() && curve.size() <= kCurvePointsMax, at,
            absl::StrCat("the curve of ", weighted.metric, " must have 1 to 100 points"));
    for (size_t i = 0; i < curve.size(); ++i) {
      const std::string field = absl::StrCat(at, "[", i, "]");
      Require(curve[i].points_micros >= 0 && curve[i].points_micros <= kPointsMaxMicros, field,
              absl::StrCat("the curve of ", weighted.metric, " leaves 0 to 100 points"));
      Require(i == 0 || curve[i].at_micros > curve[i - 1].at_micros, field,
              absl::StrCat("the curve of ", weighted.metric, " is not sorted"));
    }
  }

  void CheckBands(const HealthModel& model) {
    Require(!model.bands.empty() && model.bands.back().from_micros == 0, "bands",
            "the bands must reach down to 0");
    for (size_t i = 0; i < model.bands.size(); ++i) {
      const std::string field = absl::StrCat("bands[", i, "]");
      Require(!model.bands[i].id.empty(), field, "a band has no id");
      Require(i == 0 || model.bands[i].from_micros < model.bands[i - 1].from_micros, field,
              "the bands are not sorted, highest first");
    }
  }

  void CheckFeeds(const HealthModel& model) {
    for (size_t i = 0; i < model.feeds.size(); ++i) {
      Require(FactKindByName(model.feeds[i]).has_value(), absl::StrCat("feeds[", i, "]"),
              absl::StrCat("feeds: '", model.feeds[i], "' is no kind of fact"));
    }
    if (model.feeds.empty()) return;
    for (size_t d = 0; d < model.dimensions.size(); ++d) {
      const auto& metrics = model.dimensions[d].metrics;
      for (size_t i = 0; i < metrics.size(); ++i) {
        const WeightedMetric& weighted = metrics[i];
        if (!trouble_.contains(weighted.metric) || weighted.curve.empty()) continue;
        const int64_t at_zero = PointsOnCurve(weighted.curve, 0);
        Require(std::all_of(weighted.curve.begin(), weighted.curve.end(),
                            [&](const CurvePoint& p) { return p.points_micros <= at_zero; }),
                absl::StrCat("dimensions[", d, "].metrics[", i, "].curve"),
                absl::StrCat("the curve of ", weighted.metric,
                             ", which counts trouble, must be best at 0"));
      }
    }
  }

  std::set<std::string> trouble_;
  std::set<std::string> metrics_;
  std::set<std::string> scored_;
  bool in_catalogue_ = false;
  std::vector<ModelProblem> problems_;
};

}  // namespace

std::vector<ModelProblem> ProblemsOf(const MetricCatalogue& catalogue, const HealthModel& model) {
  Problems problems;
  problems.CheckCatalogue(catalogue);
  problems.CheckModel(model);
  return problems.Take();
}

}  // namespace bellwether::health
