// Who is sent what becomes of an alert (L3, L6).
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_NOTIFY_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_NOTIFY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/types/span.h"
#include "services/alerts/domain/case.h"
#include "services/alerts/domain/decide.h"
#include "services/alerts/domain/level.h"

namespace bellwether::alerts {

// That a target is to be sent one entry of the timeline of an alert.
struct PlannedDelivery {
  std::string target;
  std::string alert_id;
  int64_t entry_number = 0;

  friend bool operator==(const PlannedDelivery&, const PlannedDelivery&) = default;
};

// Whether a target is left out of what it was sent nothing of before.
inline bool IsTooMild(Level level, const NotificationTarget& target) {
  return level < target.minimum_level;
}

// What follows from a decision, in the order of the targets. `sent_before` are the names of targets
// that were sent anything of this alert.
std::vector<PlannedDelivery> PlanDeliveries(const Decision& decision,
                                            absl::Span<const NotificationTarget> targets,
                                            const absl::flat_hash_set<std::string>& sent_before);

// Whether that depends on who was sent something before.
bool DependsOnSentBefore(const Decision& decision, absl::Span<const NotificationTarget> targets);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_NOTIFY_H_
