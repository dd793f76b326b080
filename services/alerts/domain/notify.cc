#include "services/alerts/domain/notify.h"

#include <algorithm>

namespace bellwether::alerts {

std::vector<PlannedDelivery> PlanDeliveries(const Decision& decision,
                                            absl::Span<const NotificationTarget> targets,
                                            const absl::flat_hash_set<std::string>& sent_before) {
  std::vector<PlannedDelivery> deliveries;
  if (!decision.next.has_value() || !decision.notify) return deliveries;
  for (const NotificationTarget& target : targets) {
    if (IsTooMild(decision.next->level, target) && !sent_before.contains(target.name)) continue;
    deliveries.push_back({target.name, decision.next->alert_id, decision.next->entity_version});
  }
  return deliveries;
}

bool DependsOnSentBefore(const Decision& decision, absl::Span<const NotificationTarget> targets) {
  return decision.next.has_value() && decision.notify &&
         std::any_of(targets.begin(), targets.end(), [&](const NotificationTarget& target) {
           return IsTooMild(decision.next->level, target);
         });
}

}  // namespace bellwether::alerts
