// What people's calls, timers and reports of deliveries do to a case: the parts of Decide that no
// condition takes part in. Pure.
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_DECIDE_CALLS_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_DECIDE_CALLS_H_

#include <optional>

#include "absl/status/statusor.h"
#include "services/alerts/domain/decide.h"

namespace bellwether::alerts {

// The case stays as it is.
inline Decision Nothing(absl::string_view reason) { return {.reason = reason}; }

absl::StatusOr<Decision> DecideOn(const CasePolicy& policy, const std::optional<Case>& current,
                                  const Acknowledged& event);
absl::StatusOr<Decision> DecideOn(const CasePolicy& policy, const std::optional<Case>& current,
                                  const Unacknowledged& event);
absl::StatusOr<Decision> DecideOn(const CasePolicy& policy, const std::optional<Case>& current,
                                  const ResolvedByHand& event);
absl::StatusOr<Decision> DecideOn(const CasePolicy& policy, const std::optional<Case>& current,
                                  const EscalationDue& event);
absl::StatusOr<Decision> DecideOn(const CasePolicy& policy, const std::optional<Case>& current,
                                  const SilenceLifted& event);
absl::StatusOr<Decision> DecideOn(const CasePolicy& policy, const std::optional<Case>& current,
                                  const DeliveryEnded& event);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_DECIDE_CALLS_H_
