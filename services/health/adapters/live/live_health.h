// The live health of accounts: from the cache, and from the store where the cache has none (H9).
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_LIVE_HEALTH_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_LIVE_HEALTH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "common/base/clock.h"
#include "common/cache/cache.h"
#include "common/calendar/calendar.h"
#include "common/metrics/metrics.h"
#include "common/store/store.h"
#include "services/health/adapters/live/stored_health.h"
#include "services/health/adapters/live/stored_ranking.h"

namespace bellwether::health {

// Whatever is wrong with the cache, the store answers: slower, and as of the last checkpoint, which
// each answer says. Such reads are counted by reason. Thread-safe; outlived by its ports.
class LiveHealth {
 public:
  struct Ports {
    cache::Cache& cache;
    store::Store& store;
    const Calendar& calendar;
    const Clock& clock;
    metrics::Registry& metrics;
  };

  LiveHealth(const Ports& ports, int32_t partitions);

  // Nothing for an account that is not known or deleted.
  absl::StatusOr<std::optional<v1::AccountHealth>> Get(const std::string& account_id);
  // In the order asked.
  absl::StatusOr<std::vector<std::optional<v1::AccountHealth>>> GetMany(
      const std::vector<std::string>& account_ids);
  struct RankedPage {
    std::vector<v1::AccountHealth> healths;
    std::optional<cache::Ranked> next;  // where the next page begins; nothing after the last
  };
  // Lowest score first; only what is ranked below `below`.
  absl::StatusOr<RankedPage> Rank(const std::string& ranking, size_t limit,
                                  const std::optional<cache::Ranked>& after,
                                  int64_t below = cache::kExactEnd);
  // Every place of a ranking, lowest first. True where the store answered at least in part.
  absl::StatusOr<bool> ForEachPlace(
      const std::string& ranking,
      absl::FunctionRef<void(absl::string_view account_id, int64_t score)> look);

  // Gives back memory that only answers without the cache needed; to be called now and then.
  void DropExpired() { stored_ranking_.DropExpired(); }

 private:
  struct Places {
    std::vector<cache::Ranked> lowest;
    bool from_store = false;
  };
  absl::StatusOr<Places> Lowest(const std::string& ranking, size_t limit,
                                const std::optional<cache::Ranked>& after);
  // Counts reads that the store answers; `why` is a bounded label.
  void CountFallback(absl::string_view call, absl::string_view why, size_t reads = 1);

  cache::Cache& cache_;
  const int32_t partitions_;
  StoredHealth stored_;
  StoredRanking stored_ranking_;
  metrics::Family<metrics::Counter>& fallbacks_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_LIVE_HEALTH_H_
