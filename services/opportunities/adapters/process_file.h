// The process template as configuration: services/opportunities/config/process.yaml.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_PROCESS_FILE_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_PROCESS_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/opportunities/domain/process.h"

namespace bellwether::opportunities {

// INVALID_ARGUMENT naming everything that is wrong; `file` is only for that.
absl::StatusOr<Process> ParseProcess(absl::string_view yaml, absl::string_view file);
// The file at `path`; an empty path means the process that is shipped.
absl::StatusOr<Process> LoadProcess(const std::string& path);

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_PROCESS_FILE_H_
