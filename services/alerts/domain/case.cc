#include "services/alerts/domain/case.h"

namespace bellwether::alerts {

int64_t CasePolicy::PriorityOf(Level level, absl::string_view tier) const {
  const auto found = tier_weights.find(tier);
  return Rank(level) * (found == tier_weights.end() ? other_tier_weight : found->second);
}

}  // namespace bellwether::alerts
