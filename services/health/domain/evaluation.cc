#include "services/health/domain/evaluation.h"

#include <algorithm>
#include <utility>

#include "services/health/domain/saturating_add.h"
#include "services/health/domain/scoring.h"

namespace bellwether::health {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

int64_t Quotient(int64_t numerator, int64_t denominator) {
  const int64_t whole = numerator / denominator;
  const int64_t rest = numerator % denominator;
  const bool away = (rest < 0 ? -rest : rest) >= denominator - (rest < 0 ? -rest : rest);
  return away ? whole + (numerator < 0 ? -1 : 1) : whole;
}

int64_t InMicros(int64_t stored, const SeriesDefinition& series) {
  return RoundedQuotient(static_cast<__int128>(stored) * series.micros_numerator,
                         series.micros_denominator);
}

// The newest entry inside the metric's window.
std::optional<DailyEntry> LatestInWindow(const CompiledMetric& metric, const DailySeries& series,
                                         Day day) {
  const Day last_day = day - metric.offset_days;
  auto latest = series.LatestUpTo(last_day);
  const bool bounded = metric.window_days > 0;
  if (bounded && latest && latest->day <= last_day - metric.window_days) return std::nullopt;
  return latest;
}

int64_t Change(int64_t now, int64_t before) {
  return RoundedQuotient((static_cast<__int128>(now) - before) * kMicrosPerUnit, before);
}

}  // namespace

int64_t RoundedQuotient(__int128 numerator, __int128 denominator) {
  if (numerator <= kMax / 2 && numerator >= -(kMax / 2) && denominator <= kMax / 2) {
    return Quotient(static_cast<int64_t>(numerator), static_cast<int64_t>(denominator));
  }
  const __int128 whole = numerator / denominator;
  const __int128 rest = numerator % denominator;
  const __int128 size = rest < 0 ? -rest : rest;
  const __int128 rounded = size >= denominator - size ? whole + (numerator < 0 ? -1 : 1) : whole;
  return static_cast<int64_t>(std::clamp<__int128>(rounded, -static_cast<__int128>(kMax), kMax));
}

void TotalRanges(const ActiveModel& model, SeriesId id, const DailySeries& series, Day day,
                 absl::Span<RangeTotals> totals) {
  const absl::Span<const int16_t> indices = model.RangesOf(id);
  if (indices.empty()) return;
  for (const int16_t index : indices) totals[static_cast<size_t>(index)] = {};
  const bool summed = series.shape() == SeriesShape::kSum;
  series.ForEach([&](const DailyEntry& entry) {
    const int32_t age = day - entry.day;
    for (const int16_t index : indices) {
      const Range& range = model.ranges()[static_cast<size_t>(index)];
      if (age < range.from_age || age > range.to_age) continue;
      RangeTotals& total = totals[static_cast<size_t>(index)];
      if (summed) total.sum = SaturatingAdd(total.sum, entry.value);
      total.count += static_cast<int32_t>(entry.count);
      total.days += entry.count > 0 ? 1 : 0;
    }
  });
}

std::vector<RangeTotals> TotalRanges(const ActiveModel& model, const SeriesSet& series, Day day) {
  std::vector<RangeTotals> totals(model.ranges().size());
  series.ForEach([&](SeriesId id, const DailySeries& one) {
    TotalRanges(model, id, one, day, absl::MakeSpan(totals));
  });
  return totals;
}

int64_t EvaluateMetric(const CompiledMetric& metric, const SeriesSet& series,
                       absl::Span<const RangeTotals> totals, Day day) {
  const DailySeries* own = series.Find(metric.series);
  if (own == nullptr) return metric.silence_is_zero ? 0 : kAbsent;
  const auto total = [&](int16_t range) { return totals[static_cast<size_t>(range)]; };
  const SeriesDefinition& definition = DefinitionOf(metric.series);
  // A later fact says nothing of the days before it.
  const auto begun = [&] {
    const auto first = own->first_day();
    return first && *first <= day - metric.offset_days;
  };
  // A window without facts is zero only once there was a fact by its last day, or where a fact
  // would have come.
  const auto empty_window = [&] {
    return metric.silence_is_zero || (metric.empty_is_zero && begun());
  };

  switch (metric.formula) {
    case Formula::kSum: {
      const RangeTotals window = total(metric.window_range);
      if (window.days == 0 && window.sum == 0) return empty_window() ? 0 : kAbsent;
      return InMicros(window.sum, definition);
    }
    case Formula::kCount: {
      const RangeTotals window = total(metric.window_range);
      if (window.days == 0) return empty_window() ? 0 : kAbsent;
      return window.count * kMicrosPerUnit;
    }
    case Formula::kActiveDays: {
      const RangeTotals window = total(metric.window_range);
      if (window.days == 0) return empty_window() ? 0 : kAbsent;
      return window.days * kMicrosPerUnit;
    }
    case Formula::kMean: {
      const RangeTotals window = total(metric.window_range);
      if (window.count == 0) return kAbsent;
      return RoundedQuotient(static_cast<__int128>(window.sum) * definition.micros_numerator,
                             static_cast<__int128>(window.count) * definition.micros_denominator);
    }
    case Formula::kLast: {
      const auto latest = LatestInWindow(metric, *own, day);
      return latest ? InMicros(latest->value, definition) : kAbsent;
    }
    case Formula::kDaysSinceLast: {
      const auto latest = LatestInWindow(metric, *own, day);
      return latest ? (day - latest->day) * kMicrosPerUnit : kAbsent;
    }
    case Formula::kLastInstant: {
      const auto latest = LatestInWindow(metric, *own, day);
      return latest ? latest->last_micros : kAbsent;
    }
    case Formula::kSumChange: {
      const RangeTotals window = total(metric.window_range);
      const RangeTotals before = total(metric.baseline_range);
      const bool enough = static_cast<__int128>(before.sum) * definition.micros_numerator >=
                          static_cast<__int128>(metric.minimum_baseline) * kMicrosPerUnit *
                              definition.micros_denominator;
      if (before.sum <= 0 || !enough) return kAbsent;
      if (window.days == 0 && window.sum == 0 && !empty_window()) return kAbsent;
      return Change(window.sum, before.sum);
    }
    case Formula::kCountChange: {
      const RangeTotals window = total(metric.window_range);
      const RangeTotals before = total(metric.baseline_range);
      if (before.count == 0 || before.count < metric.minimum_baseline) return kAbsent;
      if (window.days == 0 && !empty_window()) return kAbsent;
      return Change(window.count, before.count);
    }
    case Formula::kMeanDifference: {
      const RangeTotals window = total(metric.window_range);
      const RangeTotals before = total(metric.baseline_range);
      if (window.count == 0 || before.count == 0 || before.count < metric.minimum_baseline) {
        return kAbsent;
      }
      const auto mean = [&](const RangeTotals& of) {
        return RoundedQuotient(static_cast<__int128>(of.sum) * definition.micros_numerator,
                               static_cast<__int128>(of.count) * definition.micros_denominator);
      };
      return RoundedQuotient(static_cast<__int128>(mean(window)) - mean(before), 1);
    }
    case Formula::kRatio: {
      const RangeTotals window = total(metric.window_range);
      if (metric.silence_is_zero && window.count == 0) return 0;
      if (!begun() || series.Find(metric.denominator) == nullptr) return kAbsent;
      const RangeTotals below = total(metric.denominator_range);
      if (below.sum <= 0) return kAbsent;
      const SeriesDefinition& denominator = DefinitionOf(metric.denominator);
      return RoundedQuotient(static_cast<__int128>(window.sum) * definition.micros_numerator *
                                 denominator.micros_denominator * kMicrosPerUnit,
                             static_cast<__int128>(below.sum) * denominator.micros_numerator *
                                 definition.micros_denominator);
    }
  }
  return kAbsent;
}

std::vector<int64_t> Evaluate(const ActiveModel& model, const SeriesSet& series, Day day) {
  return Evaluate(model, series, TotalRanges(model, series, day), day);
}

std::vector<int64_t> Evaluate(const ActiveModel& model, const SeriesSet& series,
                              absl::Span<const RangeTotals> totals, Day day) {
  std::vector<int64_t> values(static_cast<size_t>(model.value_count()), kAbsent);
  for (size_t i = 0; i < model.metrics().size(); ++i) {
    values[static_cast<size_t>(model.MetricValueIndex(static_cast<int>(i)))] =
        EvaluateMetric(model.metrics()[i], series, totals, day);
  }
  Score(model, absl::MakeSpan(values));
  return values;
}

void Reevaluate(const ActiveModel& model, const SeriesSet& series,
                absl::Span<const SeriesId> differing, Day day, absl::Span<RangeTotals> totals,
                absl::Span<int64_t> values) {
  for (const SeriesId id : differing) {
    if (const DailySeries* one = series.Find(id)) {
      TotalRanges(model, id, *one, day, totals);
    } else {
      for (const int16_t range : model.RangesOf(id)) totals[static_cast<size_t>(range)] = {};
    }
  }
  bool moved = false;
  for (const SeriesId id : differing) {
    for (const int16_t index : model.MetricsOf(id)) {
      int64_t& value = values[static_cast<size_t>(model.MetricValueIndex(index))];
      const int64_t before = std::exchange(
          value, EvaluateMetric(model.metrics()[static_cast<size_t>(index)], series, totals, day));
      moved = moved || value != before;
    }
  }
  if (moved) Score(model, values);
}

}  // namespace bellwether::health
