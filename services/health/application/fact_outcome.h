// What became of an accepted fact (X1).
#ifndef BELLWETHER_SERVICES_HEALTH_APPLICATION_FACT_OUTCOME_H_
#define BELLWETHER_SERVICES_HEALTH_APPLICATION_FACT_OUTCOME_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "services/health/application/refold.h"

namespace bellwether::health {

struct FactFate {
  FactOutcome outcome = FactOutcome::kCounted;
  absl::Time applied_at;
};

// Of the latest coming of the fact; nothing when it has not come.
inline absl::StatusOr<std::optional<FactFate>> FateOfFact(const Calendar& calendar,
                                                          AccountHistory& history,
                                                          const std::string& account,
                                                          const std::string& source,
                                                          const std::string& id) {
  std::optional<FactFate> fate;
  const auto refolded =
      Refold(calendar, history, {.account = account}, [&](const RefoldStep& step) {
        if (!step.outcome || step.item->origin.id != absl::string_view(id) ||
            step.item->origin.source != absl::string_view(source)) {
          return;
        }
        fate = {*step.outcome, step.time};
      });
  if (!refolded.ok()) return refolded.status();
  return fate;
}

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_APPLICATION_FACT_OUTCOME_H_
