// The rows of feeds.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SQL_FEEDS_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SQL_FEEDS_H_

#include "common/store/store.h"
#include "services/gateway/application/feeds.h"

namespace bellwether::gateway {

// Thread-safe; blocks, and passes the store's failures on. CreateTables makes its tables.
class SqlFeeds final : public FeedRows {
 public:
  explicit SqlFeeds(store::Store& store) : store_(store) {}

  absl::Status Add(const FeedRecords& records, absl::CivilDay days_from) override;
  absl::StatusOr<FeedRecords> Load() override;

 private:
  store::Store& store_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SQL_FEEDS_H_
