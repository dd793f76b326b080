// The health of accounts as the store has it: as of the last checkpoint.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_STORED_HEALTH_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_STORED_HEALTH_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "common/calendar/calendar.h"
#include "common/store/store.h"
#include "common/stream/offsets_table.h"
#include "services/health/adapters/history/sql_state.h"
#include "services/health/domain/account.h"
#include "services/health/domain/model.h"

namespace bellwether::health {

// Thread-safe; outlived by everything it refers to. Failures are the store's, DATA_LOSS, or
// UNAVAILABLE with reason FOLDING_BACK for a partition whose states are of the past.
class StoredHealth {
 public:
  StoredHealth(store::Store& store, const Calendar& calendar, int32_t partitions)
      : store_(store), calendar_(calendar), partitions_(partitions), offsets_(kProcessor) {}

  // In the order asked; nothing for an account that is not known or deleted. `as_of_checkpoint` is
  // set in each; what moved the score last is not stored.
  absl::StatusOr<std::vector<std::optional<v1::AccountHealth>>> GetMany(
      const std::vector<std::string>& account_ids);

  // Every account that is not deleted, partition by partition, up to the first that `look` fails
  // at.
  absl::Status ForEach(absl::FunctionRef<absl::Status(const std::string& id, const Account& account,
                                                      const ActiveModel* model)>
                           look);

 private:
  // What the states of a partition are to be read with.
  struct Partition {
    PartitionRow row;
    std::shared_ptr<const ActiveModel> model;  // null for none
    FoldDay today;
  };
  absl::StatusOr<std::optional<Partition>> Open(store::Transaction& transaction, int32_t partition);
  absl::StatusOr<std::shared_ptr<const ActiveModel>> ModelAt(store::Transaction& transaction,
                                                             int32_t partition, int64_t offset);

  store::Store& store_;
  const Calendar& calendar_;
  const int32_t partitions_;
  const stream::OffsetsTable offsets_;
  absl::Mutex mutex_;
  // The model read last of each partition, by the offset of its activation.
  std::map<int32_t, std::pair<int64_t, std::shared_ptr<const ActiveModel>>> models_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_LIVE_STORED_HEALTH_H_
