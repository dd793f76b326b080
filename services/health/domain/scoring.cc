#include "services/health/domain/scoring.h"

#include <algorithm>
#include <array>
#include <map>

#include "absl/container/inlined_vector.h"

namespace bellwether::health {
namespace {

// Fractions are compared in 2⁻⁶⁰: truncation keeps them monotone, and sums of a model's worth of
// them fit a word of 128 bits.
constexpr int kFractionBits = 60;

struct Share {
  int64_t whole = 0;
  int64_t fraction = 0;
  int tie_rank = 0;

  // numerator / denominator; denominator < 2⁶⁰.
  static Share Of(__int128 numerator, int64_t denominator, int tie_rank) {
    const auto whole = static_cast<int64_t>(numerator / denominator);
    const auto rest = static_cast<int64_t>(numerator - static_cast<__int128>(whole) * denominator);
    return {whole,
            static_cast<int64_t>((static_cast<__int128>(rest) << kFractionBits) / denominator),
            tie_rank};
  }
};

using Shares = absl::InlinedVector<Share, 16>;

int64_t RoundedSum(const Shares& shares) {
  int64_t whole = 0;
  __int128 fraction = 0;
  for (const Share& share : shares) {
    whole += share.whole;
    fraction += share.fraction;
  }
  const __int128 half = static_cast<__int128>(1) << (kFractionBits - 1);
  return whole + static_cast<int64_t>((fraction + half) >> kFractionBits);
}

// Largest remainder: gives `total` − Σ whole units to the shares with the greatest fractions.
void RoundTo(int64_t total, Shares& shares) {
  for (const Share& share : shares) total -= share.whole;
  for (; total > 0; --total) {
    Share* greatest = &shares[0];
    for (Share& share : shares) {
      if (share.fraction > greatest->fraction ||
          (share.fraction == greatest->fraction && share.tie_rank < greatest->tie_rank)) {
        greatest = &share;
      }
    }
    ++greatest->whole;
    greatest->fraction = -1;
  }
}

int64_t PointsOf(const ScoredMetric& metric, int64_t value) {
  return value == kAbsent ? -1 : PointsOnCurve(metric.curve, value);
}

// What the metrics of one dimension that have data come to.
struct DimensionSum {
  int64_t weighted_points = 0;  // Σ points · weight ≤ 10⁸ · 10⁶
  int64_t weight = 0;           // Σ weight ≤ 10⁶
};

struct Sums {
  absl::InlinedVector<DimensionSum, 16> dimensions;
  int64_t weight = 0;      // of the dimensions with data
  int64_t confidence = 0;  // in 10⁻¹²
};

// `value_of` gives a scored metric's value, `see` takes what it came to: −1 points without data.
template <typename ValueOf, typename See>
Sums Sum(const ActiveModel& model, ValueOf value_of, See see) {
  Sums sums;
  sums.dimensions.resize(model.dimensions().size());
  bool has_data = false;  // anything but silence
  for (size_t d = 0; d < model.dimensions().size(); ++d) {
    const CompiledDimension& dimension = model.dimensions()[d];
    DimensionSum& sum = sums.dimensions[d];
    for (const ScoredMetric& metric : dimension.metrics) {
      const int64_t value = value_of(metric);
      const int64_t points = PointsOf(metric, value);
      see(metric, value, points);
      if (points < 0) continue;
      has_data = has_data || !metric.silence_is_zero || value != 0;
      sum.weighted_points += points * metric.weight_micros;
      sum.weight += metric.weight_micros;
    }
    if (sum.weight > 0) sums.weight += dimension.weight_micros;
    sums.confidence += dimension.weight_micros * sum.weight;
  }
  if (has_data) return sums;
  Sums nothing;
  nothing.dimensions.resize(model.dimensions().size());
  return nothing;
}

int64_t ConfidenceOf(const Sums& sums) {
  // Rounded down, so that only a complete account reads as certain, but never to nothing.
  return sums.confidence == 0 ? 0 : std::max<int64_t>(1, sums.confidence / kMicrosPerUnit);
}

int64_t DimensionScore(const DimensionSum& sum) {
  return sum.weight == 0 ? kAbsent : RoundedQuotient(sum.weighted_points, sum.weight);
}

Shares DimensionShares(const ActiveModel& model, const Sums& sums) {
  Shares shares(sums.dimensions.size());
  for (size_t d = 0; d < sums.dimensions.size(); ++d) {
    const CompiledDimension& dimension = model.dimensions()[d];
    const DimensionSum& sum = sums.dimensions[d];
    shares[d].tie_rank = dimension.tie_rank;
    if (sum.weight == 0) continue;
    shares[d] = Share::Of(static_cast<__int128>(sum.weighted_points) * dimension.weight_micros,
                          sum.weight * sums.weight, dimension.tie_rank);
  }
  return shares;
}

}  // namespace

int64_t PointsOnCurve(absl::Span<const CurvePoint> curve, int64_t value) {
  if (value <= curve.front().at_micros) return curve.front().points_micros;
  if (value >= curve.back().at_micros) return curve.back().points_micros;
  size_t right = 1;
  while (curve[right].at_micros < value) ++right;
  const CurvePoint& a = curve[right - 1];
  const CurvePoint& b = curve[right];
  const __int128 rise = static_cast<__int128>(b.points_micros - a.points_micros);
  return a.points_micros + RoundedQuotient(rise * (static_cast<__int128>(value) - a.at_micros),
                                           static_cast<__int128>(b.at_micros) - a.at_micros);
}

void Score(const ActiveModel& model, absl::Span<int64_t> values) {
  const Sums sums = Sum(
      model,
      [&](const ScoredMetric& metric) {
        return values[static_cast<size_t>(model.MetricValueIndex(metric.metric))];
      },
      [](const ScoredMetric&, int64_t, int64_t) {});
  for (size_t d = 0; d < sums.dimensions.size(); ++d) {
    values[kFirstDimensionValue + d] = DimensionScore(sums.dimensions[d]);
  }
  values[kConfidenceValue] = ConfidenceOf(sums);
  values[kScoreValue] = sums.weight == 0 ? kAbsent : RoundedSum(DimensionShares(model, sums));
}

void Explain(const ActiveModel& model, absl::Span<const int64_t> values, Breakdown& breakdown) {
  breakdown.metrics.clear();
  const Sums sums = Sum(
      model,
      [&](const ScoredMetric& metric) {
        return values[static_cast<size_t>(model.MetricValueIndex(metric.metric))];
      },
      [&](const ScoredMetric& metric, int64_t value, int64_t points) {
        breakdown.metrics.push_back({metric.metric,
                                     model.metrics()[static_cast<size_t>(metric.metric)].dimension,
                                     value, std::max<int64_t>(points, 0), 0});
      });
  breakdown.confidence_micros = ConfidenceOf(sums);
  breakdown.dimensions.assign(sums.dimensions.size(), {});
  breakdown.score_micros = kAbsent;
  if (sums.weight == 0) return;

  Shares of_score = DimensionShares(model, sums);
  breakdown.score_micros = RoundedSum(of_score);
  RoundTo(breakdown.score_micros, of_score);

  size_t next = 0;
  for (size_t d = 0; d < sums.dimensions.size(); ++d) {
    const CompiledDimension& dimension = model.dimensions()[d];
    const DimensionSum& sum = sums.dimensions[d];
    breakdown.dimensions[d] = {DimensionScore(sum), of_score[d].whole};
    const size_t first = next;
    next += dimension.metrics.size();
    if (sum.weight == 0) continue;
    Shares of_dimension(dimension.metrics.size());
    for (size_t m = 0; m < dimension.metrics.size(); ++m) {
      const MetricContribution& metric = breakdown.metrics[first + m];
      const ScoredMetric& scored = dimension.metrics[m];
      of_dimension[m].tie_rank = scored.tie_rank;
      if (metric.value == kAbsent) {
        of_dimension[m].fraction = -1;  // what has no data never gets a remainder
        continue;
      }
      of_dimension[m] = Share::Of(static_cast<__int128>(metric.points_micros) *
                                      scored.weight_micros * dimension.weight_micros,
                                  sum.weight * sums.weight, scored.tie_rank);
    }
    RoundTo(of_score[d].whole, of_dimension);
    for (size_t m = 0; m < dimension.metrics.size(); ++m) {
      breakdown.metrics[first + m].contribution_micros = of_dimension[m].whole;
    }
  }
}

Breakdown Explain(const ActiveModel& model, absl::Span<const int64_t> values) {
  Breakdown breakdown;
  Explain(model, values, breakdown);
  return breakdown;
}

std::vector<PointChange> ChangesBetween(const ActiveModel* model_before, const Breakdown& before,
                                        const ActiveModel* model_after, const Breakdown& after) {
  std::map<std::string, PointChange> changes;
  const auto collect = [&](const ActiveModel* model, const Breakdown& breakdown, bool is_after) {
    if (model == nullptr) return;
    for (const MetricContribution& metric : breakdown.metrics) {
      const std::string& name = model->catalogue().metrics[static_cast<size_t>(metric.metric)].name;
      PointChange& change = changes[name];
      change.metric = name;
      change.dimension = model->dimensions()[static_cast<size_t>(metric.dimension)].id;
      (is_after ? change.value_after : change.value_before) = metric.value;
      change.points_micros += is_after ? metric.contribution_micros : -metric.contribution_micros;
    }
  };
  collect(model_before, before, false);
  collect(model_after, after, true);
  std::vector<PointChange> result;
  for (auto& [name, change] : changes) {
    if (change.points_micros == 0 && change.value_before == change.value_after) continue;
    result.push_back(std::move(change));
  }
  return result;
}

}  // namespace bellwether::health
