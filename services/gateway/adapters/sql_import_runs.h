// The rows of import runs.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SQL_IMPORT_RUNS_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SQL_IMPORT_RUNS_H_

#include <optional>
#include <string>

#include "common/store/store.h"
#include "services/gateway/application/import_runs.h"

namespace bellwether::gateway {

// Thread-safe; blocks, and passes the store's failures on. CreateTables makes its table.
class SqlImportRuns final : public ImportRunRows {
 public:
  explicit SqlImportRuns(store::Store& store) : store_(store) {}

  absl::StatusOr<ImportRun> Add(const ImportRun& run, absl::Time forget_before) override;
  absl::StatusOr<std::optional<ImportRun>> Find(const std::string& id) override;
  absl::Status SetLeaseEnd(const std::string& id, absl::Time lease_end) override;
  absl::Status SetEnded(const std::string& id, absl::Time ended) override;

 private:
  store::Store& store_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SQL_IMPORT_RUNS_H_
