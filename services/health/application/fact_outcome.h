// What became of an accepted fact (X1).
#ifndef BELLWETHER_SERVICES_HEALTH_APPLICATION_FACT_OUTCOME_H_
#define BELLWETHER_SERVICES_HEALTH_APPLICATION_FACT_OUTCOME_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "services/health/application/explain_health.h"
#include "services/health/application/refold.h"

namespace bellwether::health {

struct FactFate {
  FactOutcome outcome = FactOutcome::kCounted;
  absl::Time applied_at;
  // Of kRetracted: what took it back.
  std::optional<ScoreChange::Record> retracted_by;
};

// Of the latest coming of the fact; nothing when it has not come.
absl::StatusOr<std::optional<FactFate>> FateOfFact(const Calendar& calendar,
                                                   AccountHistory& history,
                                                   const std::string& account,
                                                   const std::string& source,
                                                   const std::string& id);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_APPLICATION_FACT_OUTCOME_H_
