#include "common/service_status/status_queries.h"

#include <utility>

#include "common/base/ids.h"
#include "common/journal/timestamps.h"

namespace bellwether::service_status {

StatusQueries::StatusQueries(std::string service, const Clock& clock,
                             std::function<absl::Status()> ready, std::vector<Part> parts)
    : service_(std::move(service)),
      process_(NewUuid()),
      clock_(clock),
      started_(clock.Now()),
      ready_(std::move(ready)),
      parts_(std::move(parts)) {}

absl::StatusOr<system::v1::ServiceStatus> StatusQueries::Get(
    const system::v1::GetServiceStatusRequest&) const {
  system::v1::ServiceStatus status;
  status.set_service(service_);
  status.set_process(process_);
  const absl::Status ready = ready_();
  status.set_ready(ready.ok());
  if (!ready.ok()) status.set_not_ready_reason(std::string(ready.message()));
  *status.mutable_start_time() = journal::ToTimestamp(started_);
  *status.mutable_measured_time() = journal::ToTimestamp(clock_.Now());
  for (const Part& part : parts_) {
    if (const absl::Status added = part(status); !added.ok()) {
      status.add_problems(std::string(added.message()));
    }
  }
  return status;
}

}  // namespace bellwether::service_status
