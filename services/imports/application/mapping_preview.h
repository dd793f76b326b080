// What a mapping makes of the first rows of its tables, row by row.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_MAPPING_PREVIEW_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_MAPPING_PREVIEW_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/imports/v1/imports_service.pb.h"
#include "services/imports/application/mapping.h"
#include "services/imports/application/tables.h"

namespace bellwether::imports {

inline constexpr int kPreviewRowsMax = 50;
// Of a table that others look into; what comes later is not found there.
inline constexpr int64_t kPreviewLookUpRowsMax = 200'000;

struct PreviewOptions {
  // Of each table that makes records.
  int rows = kPreviewRowsMax;
  absl::Time now;
};

// The rows in the order of files and lines, rows of blanks left out. What BuildPlan fails with.
absl::StatusOr<std::vector<imports::v1::PreviewRow>> Preview(const CompiledMapping& mapping,
                                                             const Tables& tables,
                                                             const PreviewOptions& options);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_MAPPING_PREVIEW_H_
