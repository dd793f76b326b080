// The commands of HealthService.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_COMMANDS_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_COMMANDS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "common/rpc/call.h"
#include "common/stream/processor_group.h"

namespace bellwether::health {

// Thread-safe; outlived by what it refers to.
class HealthCommands {
 public:
  HealthCommands(stream::ProcessorGroup& folds, int32_t partitions)
      : folds_(folds), partitions_(partitions) {}

  // Folds partitions again from their first record; returns once that is committed.
  absl::StatusOr<v1::RebuildHealthResponse> Rebuild(const v1::RebuildHealthRequest& request,
                                                    const rpc::Call& call) const;

 private:
  stream::ProcessorGroup& folds_;
  const int32_t partitions_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_COMMANDS_H_
