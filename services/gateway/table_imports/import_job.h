// One import of tables, carried out: what `bellwetherctl import` does, within the server.
#ifndef BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_IMPORT_JOB_H_
#define BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_IMPORT_JOB_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bellwether/imports/v1/imports_service.pb.h"
#include "common/base/clock.h"

namespace grpc {
class Channel;
}

namespace bellwether::gateway {

struct JobPorts {
  const Clock& clock;
  // To this server's own API, as that principal.
  std::function<absl::StatusOr<std::shared_ptr<grpc::Channel>>(const std::string& principal)>
      channel;
  std::string ledger_folder;
};

struct JobWatch {
  // The import has moved on. Called from several threads, one at a time, often: it must not block.
  absl::FunctionRef<void(const imports::v1::TableImportProgress&)> moved;
  // Facts and creates go out under that name from now on; a failure ends the import.
  absl::FunctionRef<absl::Status(const std::string& import_run)> begins_to_send;
  // Whether it should end before its end.
  absl::FunctionRef<bool()> should_end;
};

// The mapping that the import names or holds.
absl::StatusOr<std::string> MappingTextOf(const imports::v1::TableImport& import);

// Checks or runs `import` with the tables of that folder; on OK its mapping_id, summary,
// everything_taken and refused_rows are set. CANCELLED once it should end; otherwise what reading
// or sending failed with. Blocks for as long as it takes.
absl::Status RunJob(const JobPorts& ports, const std::string& folder, const JobWatch& watch,
                    imports::v1::TableImport& import);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_IMPORT_JOB_H_
