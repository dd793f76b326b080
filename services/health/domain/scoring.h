// From metric values to a score (H3) and to what each metric gave (H4), in integers.
//
// A metric's points come from its curve. Metrics without data are left out and their weight is
// shared out within the dimension; dimensions without data likewise within the score. Silence of
// feeds that would have reported trouble counts as data, but an account of which there is nothing
// else has no score. Contributions are rounded by largest remainder, so that those of the metrics
// add up exactly to that of their dimension and those of the dimensions exactly to the score.
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_SCORING_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_SCORING_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "services/health/domain/evaluation.h"
#include "services/health/domain/model.h"

namespace bellwether::health {

// Points of a value on a curve: linear between its points, flat outside them.
int64_t PointsOnCurve(absl::Span<const CurvePoint> curve, int64_t value);

struct MetricContribution {
  int metric = 0;     // index in the catalogue
  int dimension = 0;  // index in the model
  int64_t value = kAbsent;
  int64_t points_micros = 0;
  int64_t contribution_micros = 0;
};

struct DimensionContribution {
  int64_t score_micros = kAbsent;
  int64_t contribution_micros = 0;
};

struct Breakdown {
  int64_t score_micros = kAbsent;  // absent while no metric of the model has data
  int64_t confidence_micros = 0;
  std::vector<DimensionContribution> dimensions;  // in the order of the model
  std::vector<MetricContribution> metrics;        // the scored ones, in the order of the model
};

// Sets score, confidence and dimensions from the metrics' values.
void Score(const ActiveModel& model, absl::Span<int64_t> values);

// The same figures with what each dimension and metric gave.
Breakdown Explain(const ActiveModel& model, absl::Span<const int64_t> values);
// As above into `breakdown`, whose memory is used again.
void Explain(const ActiveModel& model, absl::Span<const int64_t> values, Breakdown& breakdown);

// What one metric gave or took between two moments.
struct PointChange {
  std::string metric;
  std::string dimension;
  int64_t value_before = kAbsent;
  int64_t value_after = kAbsent;
  int64_t points_micros = 0;
};

// Every metric whose contribution or value changed, by name. The points add up exactly to the
// score after − the score before, an absent score counting as 0. The models may differ; a null
// model stands for "nothing was scored".
std::vector<PointChange> ChangesBetween(const ActiveModel* model_before, const Breakdown& before,
                                        const ActiveModel* model_after, const Breakdown& after);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_SCORING_H_
