// What turns series into a score, as data (H2, H3): a metric catalogue and a scoring model, and
// both together, checked and compiled for the fold.
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_MODEL_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_MODEL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/health/domain/series.h"

namespace bellwether::health {

inline constexpr int64_t kMicrosPerUnit = 1'000'000;
inline constexpr int64_t kPointsMaxMicros = 100 * kMicrosPerUnit;
inline constexpr int kWindowDaysMax = 366;
inline constexpr int kComparedWindowDaysMax = 183;
inline constexpr int kRestateDaysMax = 366;
// Before a model is active nothing says how far back a metric will look, so all of it is kept.
inline constexpr int kSpanDaysUnknown = kWindowDaysMax;
// A series no metric reads is kept this long, so that a catalogue that begins to read it starts
// with something, and a repeated fact of such a kind is still distinguished from a new one.
inline constexpr int kSpanDaysUnread = 31;

enum class Formula : uint8_t {
  kSum,
  kCount,
  kMean,
  kLast,
  kDaysSinceLast,
  kSumChange,
  kCountChange,
  kMeanDifference,
  kRatio,
  kActiveDays,
  kLastInstant,
};

// As health.v1.MetricDefinition; texts for people stay there.
struct MetricDefinition {
  std::string name;
  Unit unit = Unit::kCount;
  Formula formula = Formula::kCount;
  std::string series;
  std::string denominator_series;
  int32_t window_days = 0;
  int32_t offset_days = 0;
  int64_t materiality_micros = 0;
  int64_t minimum_baseline = 0;
  bool empty_is_zero = false;
  bool trouble = false;
};

struct MetricCatalogue {
  std::string version;
  int32_t restate_days = 0;
  std::vector<MetricDefinition> metrics;
};

struct CurvePoint {
  int64_t at_micros = 0;
  int64_t points_micros = 0;
};

struct WeightedMetric {
  std::string metric;
  int64_t weight_micros = 0;
  std::vector<CurvePoint> curve;
};

struct Dimension {
  std::string id;
  int64_t weight_micros = 0;
  std::vector<WeightedMetric> metrics;
};

struct Band {
  std::string id;
  int64_t from_micros = 0;
};

// Which band a score lies in; the last one holds whatever lies below it, too. `bands` is not empty,
// best first.
size_t BandIndexOf(absl::Span<const Band> bands, int64_t score_micros);

struct HealthModel {
  std::string id;
  std::string version;
  std::vector<Dimension> dimensions;
  std::vector<Band> bands;  // highest first
  int64_t minimum_confidence_micros = 0;
  int64_t materiality_micros = 0;
  std::vector<std::string> feeds;  // kinds of facts whose silence means that nothing happened
};

// Days of a series counted back from the day asked about (age 0), both ends included.
struct Range {
  SeriesId series;
  int32_t from_age = 0;
  int32_t to_age = 0;
};

// A metric with its names resolved.
struct CompiledMetric {
  Formula formula;
  SeriesId series;
  SeriesId denominator;
  int32_t window_days;  // 0: as far back as there is history
  int32_t offset_days;
  bool empty_is_zero;
  bool silence_is_zero;  // counts trouble that its feed would have reported
  int64_t minimum_baseline;
  int64_t materiality_micros;
  // Indices into ranges(); −1 where the formula does not use one.
  int16_t window_range;
  int16_t baseline_range;
  int16_t denominator_range;
  // Index of its dimension, −1 for a metric that does not enter the score.
  int16_t dimension;
};

// A scored metric: its place in the catalogue, its weight and curve.
struct ScoredMetric {
  int metric;
  int64_t weight_micros;
  std::vector<CurvePoint> curve;
  // Order by name: settles ties of largest remainders, so that the order in which a model lists
  // its metrics does not matter.
  int tie_rank;
  bool silence_is_zero = false;
};

struct CompiledDimension {
  std::string id;
  int64_t weight_micros;
  std::vector<ScoredMetric> metrics;
  int tie_rank;
};

// The places of an account's named values: the score, the confidence, the dimensions in the order
// of the model, then every metric of the catalogue in its order.
inline constexpr int kScoreValue = 0;
inline constexpr int kConfidenceValue = 1;
inline constexpr int kFirstDimensionValue = 2;

// A catalogue and a model as the fold uses them. Immutable; shared by threads.
class ActiveModel {
 public:
  // INVALID_ARGUMENT / MODEL_INVALID naming every problem at once.
  static absl::StatusOr<std::shared_ptr<const ActiveModel>> Compile(MetricCatalogue catalogue,
                                                                    HealthModel model);

  const MetricCatalogue& catalogue() const { return catalogue_; }
  const HealthModel& model() const { return model_; }
  absl::Span<const CompiledMetric> metrics() const { return metrics_; }
  absl::Span<const CompiledDimension> dimensions() const { return dimensions_; }

  absl::Span<const Range> ranges() const { return ranges_; }
  // Indices of the ranges over a series.
  absl::Span<const int16_t> RangesOf(SeriesId id) const {
    return ranges_of_[static_cast<size_t>(id)];
  }
  // Indices of the metrics that read a series.
  absl::Span<const int16_t> MetricsOf(SeriesId id) const {
    return metrics_of_[static_cast<size_t>(id)];
  }

  int value_count() const { return static_cast<int>(value_names_.size()); }
  int first_metric_value() const { return first_metric_value_; }
  int MetricValueIndex(int metric) const { return first_metric_value_ + metric; }
  const std::string& ValueName(int value) const { return value_names_[static_cast<size_t>(value)]; }
  std::optional<int> ValueByName(absl::string_view name) const;
  int64_t MaterialityOf(int value) const { return materiality_[static_cast<size_t>(value)]; }

  int restate_days() const { return catalogue_.restate_days; }
  // How many days, today included, a series is kept.
  int RetentionOf(SeriesId id) const { return retention_[static_cast<size_t>(id)]; }
  // The latest entry of the series stays however old: a metric looks back as far as there is one.
  bool KeepsLatest(SeriesId id) const { return keeps_latest_[static_cast<size_t>(id)]; }
  // How many days, today included, a fact of the kind can still count.
  int HorizonOf(FactKind kind) const { return horizon_[static_cast<size_t>(kind)]; }
  // The same of a fact of whichever kind.
  int longest_horizon() const { return longest_horizon_; }

  // The band of a score.
  const std::string& BandOf(int64_t score_micros) const;

 private:
  ActiveModel(MetricCatalogue catalogue, HealthModel model)
      : catalogue_(std::move(catalogue)), model_(std::move(model)) {}
  bool IsFed(SeriesId series) const;
  void CompileMetrics();
  void CompileDimensions();
  void CompileRetention();
  int16_t RangeIndex(SeriesId series, int32_t from_age, int32_t days);

  MetricCatalogue catalogue_;
  HealthModel model_;
  std::vector<CompiledMetric> metrics_;
  std::vector<CompiledDimension> dimensions_;
  std::vector<Range> ranges_;
  std::vector<int16_t> ranges_of_[kSeriesMax];
  std::vector<int16_t> metrics_of_[kSeriesMax];
  std::vector<std::string> value_names_;
  std::vector<int64_t> materiality_;
  absl::flat_hash_map<std::string, int> value_by_name_;
  int first_metric_value_ = 0;
  int retention_[kSeriesMax] = {};
  bool keeps_latest_[kSeriesMax] = {};
  std::vector<int> horizon_;  // by kind
  int longest_horizon_ = 0;
};

// Retention and horizon as long as no model is active.
inline int RetentionOf(const ActiveModel* model, SeriesId id) {
  return model != nullptr ? model->RetentionOf(id) : kSpanDaysUnknown + kRestateDaysMax;
}
inline bool KeepsLatest(const ActiveModel* model, SeriesId id) {
  return model != nullptr && model->KeepsLatest(id);
}
inline int HorizonOf(const ActiveModel* model, FactKind kind) {
  return model != nullptr ? model->HorizonOf(kind) : kSpanDaysUnknown + kRestateDaysMax;
}

inline int LongestHorizon(const ActiveModel* model) {
  return model != nullptr ? model->longest_horizon() : kSpanDaysUnknown + kRestateDaysMax;
}

struct ModelProblem {
  bool in_catalogue = false;  // else in the model
  std::string field;          // as their files name it: "metrics[3].window_days"
  std::string message;
};

// Every problem of a catalogue and a model on it; empty when there is none.
std::vector<ModelProblem> ProblemsOf(const MetricCatalogue& catalogue, const HealthModel& model);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_MODEL_H_
