// Whether the live state is what history says.
#ifndef BELLWETHER_SERVICES_HEALTH_APPLICATION_VERIFY_HEALTH_H_
#define BELLWETHER_SERVICES_HEALTH_APPLICATION_VERIFY_HEALTH_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "services/health/application/refold.h"

namespace bellwether::health {

struct HealthDifference {
  int64_t live_score = kAbsent;
  int64_t refolded_score = kAbsent;
  std::string detail;  // what differs first
};

struct Verified {
  int64_t facts = 0;
  std::optional<HealthDifference> difference;
};

// Compares everything the live account holds with its re-fold up to the same place.
absl::StatusOr<Verified> VerifyHealth(const Calendar& calendar, AccountHistory& history,
                                      const std::string& account, const Account& live);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_APPLICATION_VERIFY_HEALTH_H_
