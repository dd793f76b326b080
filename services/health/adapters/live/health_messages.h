// What others see of an account: its live health, its snapshots, its signals.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_HEALTH_MESSAGES_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_HEALTH_MESSAGES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/signal.pb.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "common/cache/cache.h"
#include "services/health/domain/account.h"

namespace bellwether::health {

inline constexpr char kAccountPrefix[] = "accounts/";

// The key of an account's live health in the cache.
std::string CacheKey(absl::string_view account_id);
// The account id of such a key.
absl::string_view AccountOfCacheKey(absl::string_view key);

// Of the rankings below.
inline constexpr char kCacheLayout[] = "/unsure-apart-untiered-too";

// Rankings by score (H9). Scores of low confidence stand apart, after all others: what they are
// ranked by is this much more.
inline constexpr int64_t kUnsureFrom = 1'000 * kMicrosPerUnit;
inline constexpr char kRankingAll[] = "all";
// Of accounts without a tier where it is empty.
std::string RankingOfTier(absl::string_view tier);
std::string RankingOfOwner(absl::string_view owner);
std::string RankingOfIndustry(absl::string_view industry);
// Those an account belongs to; none without a score.
std::vector<cache::Write::Rank> RanksOf(const Attributes& attributes, const ActiveModel* model,
                                        const std::vector<int64_t>& live);

// Who the account is and what its score is; a null model leaves only the former.
void SetHealthHead(absl::string_view account_id, const Attributes& attributes,
                   const ActiveModel* model, const Breakdown& breakdown, v1::AccountHealth& health);
// Everything but version, instant and cause. `values` as Evaluate gives them for `model`; a null
// model leaves only who the account is.
void SetHealth(absl::string_view account_id, const Attributes& attributes, const ActiveModel* model,
               const std::vector<int64_t>& values, v1::AccountHealth& health);

// What a snapshot shows of a day, without when it became known: equal bytes, equal snapshots.
std::string SnapshotBytes(const ActiveModel& model, const Breakdown& breakdown);

// The `restated` of a signal step, serialised: whole fields. Spans by value, then day.
std::string RestatedBytes(const ActiveModel& model, const std::vector<RestatedSpan>& spans);

void SetPointChange(const PointChange& from, v1::PointChange& to);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_HEALTH_MESSAGES_H_
