// The metrics of an account as of a local day (H2): a pure function of its series and that day.
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_EVALUATION_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_EVALUATION_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/types/span.h"
#include "services/health/domain/model.h"
#include "services/health/domain/series.h"

namespace bellwether::health {

// A named value without data.
inline constexpr int64_t kAbsent = std::numeric_limits<int64_t>::min();

// What a range of a series comes to.
struct RangeTotals {
  int64_t sum = 0;
  int32_t count = 0;
  int32_t days = 0;  // with a fact

  friend bool operator==(const RangeTotals&, const RangeTotals&) = default;
};

// numerator / denominator rounded half away from zero, within ±(2⁶³ − 1). denominator > 0.
int64_t RoundedQuotient(__int128 numerator, __int128 denominator);

// Sets the totals of all ranges over one series; `totals` is indexed like model.ranges().
void TotalRanges(const ActiveModel& model, SeriesId id, const DailySeries& series, Day day,
                 absl::Span<RangeTotals> totals);
std::vector<RangeTotals> TotalRanges(const ActiveModel& model, const SeriesSet& series, Day day);

// One metric; `totals` must hold its ranges as of `day`.
int64_t EvaluateMetric(const CompiledMetric& metric, const SeriesSet& series,
                       absl::Span<const RangeTotals> totals, Day day);

// All named values of an account as of a day: score, confidence, dimensions, metrics.
std::vector<int64_t> Evaluate(const ActiveModel& model, const SeriesSet& series, Day day);
// The same from totals that hold every range as of `day`.
std::vector<int64_t> Evaluate(const ActiveModel& model, const SeriesSet& series,
                              absl::Span<const RangeTotals> totals, Day day);

// Makes `totals` and `values`, which are those of an account as of `day`, those of `series`, which
// differ from that account's in `differing` only. What reads none of these is not evaluated again.
void Reevaluate(const ActiveModel& model, const SeriesSet& series,
                absl::Span<const SeriesId> differing, Day day, absl::Span<RangeTotals> totals,
                absl::Span<int64_t> values);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_EVALUATION_H_
