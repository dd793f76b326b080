#include "services/health/domain/model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "services/health/domain/fact_kinds.h"

namespace bellwether::health {
namespace {

bool ComparesWindows(Formula formula) {
  return formula == Formula::kSumChange || formula == Formula::kCountChange ||
         formula == Formula::kMeanDifference;
}

// The days a metric looks back, the day asked about included.
int SpanOf(const CompiledMetric& metric) {
  if (metric.window_days == 0) return metric.offset_days + kWindowDaysMax;
  return metric.offset_days + metric.window_days * (ComparesWindows(metric.formula) ? 2 : 1);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ActiveModel>> ActiveModel::Compile(MetricCatalogue catalogue,
                                                                        HealthModel model) {
  const std::vector<ModelProblem> problems = ProblemsOf(catalogue, model);
  if (!problems.empty()) {
    const std::string messages = absl::StrJoin(
        problems, "; ", [](std::string* text, const ModelProblem& p) { *text += p.message; });
    return InvalidArgument("MODEL_INVALID", problems.front().field, messages, "H3");
  }
  std::shared_ptr<ActiveModel> active(new ActiveModel(std::move(catalogue), std::move(model)));
  active->CompileMetrics();
  active->CompileDimensions();
  active->CompileRetention();
  return std::shared_ptr<const ActiveModel>(std::move(active));
}

int16_t ActiveModel::RangeIndex(SeriesId series, int32_t from_age, int32_t days) {
  const int32_t to_age = from_age + days - 1;
  for (const int16_t index : ranges_of_[static_cast<size_t>(series)]) {
    const Range& range = ranges_[static_cast<size_t>(index)];
    if (range.from_age == from_age && range.to_age == to_age) return index;
  }
  const auto index = static_cast<int16_t>(ranges_.size());
  ranges_.push_back({series, from_age, to_age});
  ranges_of_[static_cast<size_t>(series)].push_back(index);
  return index;
}

// Every kind of fact that can feed the series comes in here.
bool ActiveModel::IsFed(SeriesId series) const {
  const absl::Span<const FactKindDefinition> kinds = AllFactKinds();
  return std::all_of(kinds.begin(), kinds.end(), [&](const FactKindDefinition& kind) {
    const bool feeds = std::any_of(kind.feeds.begin(), kind.feeds.end(), [&](const Feed& feed) {
      return feed.series == series && !feed.takes_back;
    });
    return !feeds ||
           std::find(model_.feeds.begin(), model_.feeds.end(), kind.name) != model_.feeds.end();
  });
}

void ActiveModel::CompileMetrics() {
  for (const MetricDefinition& definition : catalogue_.metrics) {
    CompiledMetric metric{
        .formula = definition.formula,
        .series = *SeriesByName(definition.series),
        .denominator = *SeriesByName(definition.series),
        .window_days = definition.window_days,
        .offset_days = definition.offset_days,
        .empty_is_zero = definition.empty_is_zero,
        .silence_is_zero = definition.trouble && IsFed(*SeriesByName(definition.series)),
        .minimum_baseline = definition.minimum_baseline,
        .materiality_micros = definition.materiality_micros,
        .window_range = -1,
        .baseline_range = -1,
        .denominator_range = -1,
        .dimension = -1,
    };
    const bool latest_only = definition.formula == Formula::kLast ||
                             definition.formula == Formula::kDaysSinceLast ||
                             definition.formula == Formula::kLastInstant;
    if (!latest_only) {
      metric.window_range = RangeIndex(metric.series, metric.offset_days, metric.window_days);
    }
    if (ComparesWindows(metric.formula)) {
      metric.baseline_range =
          RangeIndex(metric.series, metric.offset_days + metric.window_days, metric.window_days);
    }
    const auto index = static_cast<int16_t>(metrics_.size());
    metrics_of_[static_cast<size_t>(metric.series)].push_back(index);
    if (metric.formula == Formula::kRatio) {
      metric.denominator = *SeriesByName(definition.denominator_series);
      metric.denominator_range =
          RangeIndex(metric.denominator, metric.offset_days, metric.window_days);
      if (metric.denominator != metric.series) {
        metrics_of_[static_cast<size_t>(metric.denominator)].push_back(index);
      }
    }
    metrics_.push_back(metric);
  }
}

void ActiveModel::CompileDimensions() {
  absl::flat_hash_map<std::string, int> metric_by_name;
  for (size_t i = 0; i < catalogue_.metrics.size(); ++i) {
    metric_by_name[catalogue_.metrics[i].name] = static_cast<int>(i);
  }
  value_names_ = {"health.score", "health.confidence"};
  materiality_ = {model_.materiality_micros, 0};
  for (const Dimension& dimension : model_.dimensions) {
    value_names_.push_back(absl::StrCat("health.dimension.", dimension.id));
    materiality_.push_back(model_.materiality_micros);
    CompiledDimension compiled{.id = dimension.id, .weight_micros = dimension.weight_micros};
    for (const WeightedMetric& weighted : dimension.metrics) {
      const int metric = metric_by_name[weighted.metric];
      metrics_[static_cast<size_t>(metric)].dimension = static_cast<int16_t>(dimensions_.size());
      compiled.metrics.push_back(
          {.metric = metric,
           .weight_micros = weighted.weight_micros,
           .curve = weighted.curve,
           .tie_rank = 0,
           .silence_is_zero = metrics_[static_cast<size_t>(metric)].silence_is_zero});
    }
    for (ScoredMetric& scored : compiled.metrics) {
      scored.tie_rank = static_cast<int>(std::count_if(
          dimension.metrics.begin(), dimension.metrics.end(), [&](const WeightedMetric& other) {
            return other.metric < catalogue_.metrics[static_cast<size_t>(scored.metric)].name;
          }));
    }
    compiled.tie_rank = static_cast<int>(
        std::count_if(model_.dimensions.begin(), model_.dimensions.end(),
                      [&](const Dimension& other) { return other.id < dimension.id; }));
    dimensions_.push_back(std::move(compiled));
  }
  first_metric_value_ = static_cast<int>(value_names_.size());
  for (const MetricDefinition& definition : catalogue_.metrics) {
    value_names_.push_back(definition.name);
    materiality_.push_back(definition.materiality_micros);
  }
  for (size_t i = 0; i < value_names_.size(); ++i) {
    value_by_name_[value_names_[i]] = static_cast<int>(i);
  }
}

void ActiveModel::CompileRetention() {
  for (int& days : retention_) days = kSpanDaysUnread;
  for (const CompiledMetric& metric : metrics_) {
    for (const SeriesId series : {metric.series, metric.denominator}) {
      int& days = retention_[static_cast<size_t>(series)];
      days = std::max(days, SpanOf(metric));
    }
    if (metric.window_days == 0) keeps_latest_[static_cast<size_t>(metric.series)] = true;
  }
  for (int& days : retention_) days += catalogue_.restate_days;
  for (const FactKindDefinition& kind : AllFactKinds()) {
    int& horizon = horizon_.emplace_back(0);
    for (const Feed& feed : kind.feeds) horizon = std::max(horizon, RetentionOf(feed.series));
    longest_horizon_ = std::max(longest_horizon_, horizon);
  }
}

std::optional<int> ActiveModel::ValueByName(absl::string_view name) const {
  const auto it = value_by_name_.find(name);
  return it == value_by_name_.end() ? std::nullopt : std::optional<int>(it->second);
}

size_t BandIndexOf(absl::Span<const Band> bands, int64_t score_micros) {
  size_t band = 0;
  while (band + 1 < bands.size() && score_micros < bands[band].from_micros) ++band;
  return band;
}

const std::string& ActiveModel::BandOf(int64_t score_micros) const {
  return model_.bands[BandIndexOf(model_.bands, score_micros)].id;
}

}  // namespace bellwether::health
