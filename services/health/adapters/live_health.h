// The live health of accounts: from the cache, and from the store where the cache has none (H9).
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_HEALTH_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_HEALTH_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "common/cache/cache.h"
#include "common/calendar/calendar.h"
#include "common/store/store.h"
#include "services/health/domain/model.h"

namespace bellwether::health {

// Thread-safe; outlived by everything it refers to.
class LiveHealth {
 public:
  LiveHealth(cache::Cache& cache, store::Store& store, const Calendar& calendar, int32_t partitions)
      : cache_(cache), store_(store), calendar_(calendar), partitions_(partitions) {}

  // Nothing for an account that is not known or deleted.
  absl::StatusOr<std::optional<v1::AccountHealth>> Get(const std::string& account_id);
  // In the order asked.
  absl::StatusOr<std::vector<std::optional<v1::AccountHealth>>> GetMany(
      const std::vector<std::string>& account_ids);
  struct RankedPage {
    std::vector<v1::AccountHealth> healths;
    std::optional<cache::Ranked> next;  // where the next page begins; nothing after the last
  };
  // Lowest score first. UNAVAILABLE while the cache is away.
  absl::StatusOr<RankedPage> Rank(const std::string& ranking, size_t limit,
                                  const std::optional<cache::Ranked>& after);

 private:
  // As of the last checkpoint.
  absl::StatusOr<std::optional<v1::AccountHealth>> FromStore(const std::string& account_id);
  absl::StatusOr<std::shared_ptr<const ActiveModel>> ModelAt(store::Transaction& transaction,
                                                             int32_t partition, int64_t offset);

  cache::Cache& cache_;
  store::Store& store_;
  const Calendar& calendar_;
  const int32_t partitions_;
  absl::Mutex mutex_;
  // The model read last of each partition, by the offset of its activation.
  std::map<int32_t, std::pair<int64_t, std::shared_ptr<const ActiveModel>>> models_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_HEALTH_H_
