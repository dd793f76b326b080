// Which part of which ranking a request asks for (H9).
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_RANK_FILTER_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_RANK_FILTER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "bellwether/health/v1/model.pb.h"
#include "common/cache/cache.h"

namespace bellwether::health {

// At most one of them; none: the whole portfolio. INVALID_ARGUMENT / FILTER_INVALID, TIER_UNKNOWN.
absl::StatusOr<std::string> RankingOf(const std::string& tier, const std::string& owner,
                                      const std::string& industry, bool without_tier);

// Places of a ranking, by what they are ranked by: from `from` on, below `below`.
struct RankSpan {
  std::optional<int64_t> from;
  int64_t below = cache::kExactEnd;

  // After which place such places begin.
  std::optional<cache::Ranked> Begin() const;
};
// INVALID_ARGUMENT / BAND_UNKNOWN, FILTER_INVALID.
absl::StatusOr<RankSpan> SpanOf(const v1::RankHealthRequest& request, const v1::HealthModel& model);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_RANK_FILTER_H_
