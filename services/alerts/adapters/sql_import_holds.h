// The rows of imports under way and of the accounts they hold.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_IMPORT_HOLDS_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_IMPORT_HOLDS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/store/store.h"
#include "services/alerts/domain/import_holds.h"

namespace bellwether::alerts {

// DATA_LOSS for a row that WriteImportHolds did not write.
absl::Status LoadImportHolds(store::Transaction& transaction, int32_t partition,
                             ImportHolds& holds);
absl::Status WriteImportHolds(store::Transaction& transaction, int32_t partition,
                              const ImportHolds::Changes& changes);
absl::Status ClearImportHolds(store::Transaction& transaction, int32_t partition);

struct ImportCount {
  int64_t runs = 0;  // a run of all partitions is one
  int64_t held_accounts = 0;
};
absl::StatusOr<ImportCount> CountImports(store::Transaction& transaction);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_IMPORT_HOLDS_H_
