// The method GetServiceStatus of every service.
#ifndef BELLWETHER_COMMON_SERVICE_STATUS_STATUS_QUERIES_H_
#define BELLWETHER_COMMON_SERVICE_STATUS_STATUS_QUERIES_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/system/v1/status.pb.h"
#include "common/base/clock.h"

namespace bellwether::service_status {

// Adds what one part of a service knows to a status that says whether the service is ready and when
// it is measured.
using Part = std::function<absl::Status(system::v1::ServiceStatus& status)>;

// Thread-safe if its parts are; outlived by what they refer to.
class StatusQueries {
 public:
  StatusQueries(std::string service, const Clock& clock, std::function<absl::Status()> ready,
                std::vector<Part> parts);

  // Never fails: a part that does is named in `problems`, and the others are shown.
  absl::StatusOr<system::v1::ServiceStatus> Get(
      const system::v1::GetServiceStatusRequest& request) const;

 private:
  const std::string service_;
  const std::string process_;  // fresh for each process
  const Clock& clock_;
  const absl::Time started_;
  const std::function<absl::Status()> ready_;
  const std::vector<Part> parts_;
};

}  // namespace bellwether::service_status

#endif  // BELLWETHER_COMMON_SERVICE_STATUS_STATUS_QUERIES_H_
