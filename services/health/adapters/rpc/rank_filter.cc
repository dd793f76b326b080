#include "services/health/adapters/rpc/rank_filter.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/levels/service_level.h"
#include "services/health/adapters/live/health_messages.h"

namespace bellwether::health {
namespace {

// No key of the cache comes after it.
constexpr char kAfterEveryKey[] = "\xff";

absl::StatusOr<RankSpan> SpanOfBand(const std::string& band_id, const v1::HealthModel& model) {
  RankSpan span{.below = kUnsureFrom};
  std::vector<std::string> known;
  for (const v1::Band& band : model.bands()) {
    if (band.band_id() == band_id) {
      // Whatever lies below the lowest band counts there.
      if (known.size() + 1 < static_cast<size_t>(model.bands_size())) {
        span.from = band.from_points_micros();
      }
      return span;
    }
    span.below = band.from_points_micros();
    known.push_back(band.band_id());
  }
  return InvalidArgument("BAND_UNKNOWN", "band_id",
                         absl::StrCat("none of: ", absl::StrJoin(known, ", ")), "H3");
}

}  // namespace

absl::StatusOr<std::string> RankingOf(const std::string& tier, const std::string& owner,
                                      const std::string& industry, bool without_tier) {
  if (!tier.empty() + !owner.empty() + !industry.empty() + without_tier > 1) {
    return InvalidArgument("FILTER_INVALID", "tier",
                           "at most one of tier, owner, industry and without_tier may be given",
                           "H9");
  }
  RETURN_IF_ERROR(CheckServiceLevel("tier", tier));
  if (without_tier) return RankingOfTier("");
  if (!tier.empty()) return RankingOfTier(tier);
  if (!owner.empty()) return RankingOfOwner(owner);
  if (!industry.empty()) return RankingOfIndustry(industry);
  return std::string(kRankingAll);
}

std::optional<cache::Ranked> RankSpan::Begin() const {
  if (!from.has_value()) return std::nullopt;
  return cache::Ranked{.key = kAfterEveryKey, .score = *from - 1};
}

absl::StatusOr<RankSpan> SpanOf(const v1::RankHealthRequest& request,
                                const v1::HealthModel& model) {
  const bool scores = request.has_score_from_micros() || request.has_score_below_micros();
  if (!request.band_id().empty() + scores + request.low_confidence_only() > 1) {
    return InvalidArgument("FILTER_INVALID", "band_id",
                           "at most one of a band, a span of scores and low_confidence_only may be "
                           "given",
                           "H9");
  }
  if (request.low_confidence_only()) return RankSpan{.from = kUnsureFrom};
  if (!request.band_id().empty()) return SpanOfBand(request.band_id(), model);
  if (!scores) return RankSpan();
  RankSpan span{.below = kUnsureFrom};
  if (request.has_score_from_micros()) {
    span.from = std::clamp<int64_t>(request.score_from_micros(), 0, kUnsureFrom);
  }
  if (request.has_score_below_micros()) {
    span.below = std::clamp<int64_t>(request.score_below_micros(), 0, kUnsureFrom);
  }
  return span;
}

}  // namespace bellwether::health
