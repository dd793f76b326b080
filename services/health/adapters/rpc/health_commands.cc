#include "services/health/adapters/rpc/health_commands.h"

#include <set>

#include "common/base/status.h"
#include "services/health/adapters/fold/health_fold.h"

namespace bellwether::health {

absl::StatusOr<v1::RebuildHealthResponse> HealthCommands::Rebuild(
    const v1::RebuildHealthRequest& request, const rpc::Call& call) const {
  std::set<int32_t> partitions;
  for (const int32_t partition : request.partitions()) {
    if (partition < 0 || partition >= partitions_) {
      return InvalidArgument("PARTITION_UNKNOWN", "partitions", "is none of the journal's");
    }
    partitions.insert(partition);
  }
  for (int32_t p = 0; request.partitions().empty() && p < partitions_; ++p) {
    partitions.insert(p);
  }
  RETURN_IF_ERROR(folds_.Rebuild({partitions.begin(), partitions.end()}));
  v1::RebuildHealthResponse response;
  for (const int32_t partition : partitions) {
    const stream::CommittedPartitions& committed = folds_.committed();
    ASSIGN_OR_RETURN(const auto standing, committed.StandingOf(partition));
    RETURN_IF_ERROR(committed.AwaitRebuilt(partition, standing.generation, call.deadline,
                                           [&] { return call.IsCancelled(); }));
    // Not of partitions that are folded elsewhere, which is no failure.
    (void)folds_.Inspect(partition, [&](const stream::PartitionFold& fold) {
      response.set_facts_folded(response.facts_folded() +
                                dynamic_cast<const HealthFold&>(fold).facts_applied());
    });
    response.set_partitions_rebuilt(response.partitions_rebuilt() + 1);
  }
  return response;
}

}  // namespace bellwether::health
