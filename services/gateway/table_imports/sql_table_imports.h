// Imports of tables in the gateway's own store.
#ifndef BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_SQL_TABLE_IMPORTS_H_
#define BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_SQL_TABLE_IMPORTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/imports/v1/imports_service.pb.h"
#include "common/store/store.h"

namespace bellwether::gateway {

// The oldest go once there are more.
inline constexpr int64_t kTableImportsKeptMax = 1'000;

// Thread-safe, blocks, and passes the store's failures on.
class SqlTableImports {
 public:
  explicit SqlTableImports(store::Store& store) : store_(store) {}

  // False where one of that name is there.
  absl::StatusOr<bool> Insert(const imports::v1::TableImport& import, const std::string& folder_id);
  absl::StatusOr<std::optional<imports::v1::TableImport>> Find(const std::string& name);
  // The newest first; those after the one of that name, from the beginning where it is empty.
  // INVALID_ARGUMENT / PAGE_TOKEN_INVALID for a name that is not there.
  absl::StatusOr<std::vector<imports::v1::TableImport>> List(const std::string& after,
                                                             int rows_max);
  // Of one that has ended nothing changes.
  absl::Status Update(const imports::v1::TableImport& import);
  // Those of the folder that were queued or running are interrupted: nobody works on them.
  absl::Status InterruptAll(const std::string& folder_id, absl::Time now);

 private:
  store::Store& store_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_SQL_TABLE_IMPORTS_H_
