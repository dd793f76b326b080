// Catalogues and models between messages and the domain.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_MODELS_MODEL_MESSAGES_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_MODELS_MODEL_MESSAGES_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "bellwether/events/v1/journal.pb.h"
#include "bellwether/health/v1/model.pb.h"
#include "services/health/domain/model.h"

namespace bellwether::health {

// Everything wrong with what is configured; formulas and units this version does not know alone,
// where there are any.
std::vector<ModelProblem> ProblemsOf(const health::v1::MetricCatalogue& catalogue,
                                     const health::v1::HealthModel& model);

// INVALID_ARGUMENT / MODEL_INVALID naming every problem, also formulas and units this version does
// not know.
absl::StatusOr<std::shared_ptr<const ActiveModel>> ToActiveModel(
    const health::v1::MetricCatalogue& catalogue, const health::v1::HealthModel& model);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_MODELS_MODEL_MESSAGES_H_
