// Several processors of one group in one process.
#ifndef BELLWETHER_COMMON_STREAM_PROCESSOR_GROUP_H_
#define BELLWETHER_COMMON_STREAM_PROCESSOR_GROUP_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/stream/committed_partitions.h"
#include "common/stream/processor.h"

namespace bellwether::stream {

// Shares out the partitions among `processors` threads. Start and Stop on one thread, everything
// else from any.
class ProcessorGroup {
 public:
  // The ports outlive the group; the fold factory is called from several threads.
  ProcessorGroup(const ProcessorOptions& options, const Ports& ports, int processors);

  // Starts all, or none when one is refused.
  absl::Status Start();
  void Stop();

  // As of Processor, over all of them.
  std::vector<PartitionStatus> Status() const;
  std::vector<Counters> counters() const;
  absl::Status Readiness() const;
  bool Ready() const { return Readiness().ok(); }
  absl::Status WaitUntilApplied(int32_t partition, int64_t offset, absl::Time deadline);
  absl::Status Inspect(int32_t partition, absl::AnyInvocable<void(const PartitionFold&)> look);
  // Of partitions that are not assigned to this process, too.
  absl::Status Rebuild(const std::vector<int32_t>& partitions);

  // What is known of every partition, whichever process folds it.
  const CommittedPartitions& committed() const { return committed_; }

 private:
  // The processor that has the partition now; NOT_FOUND when none has.
  absl::StatusOr<Processor*> OwnerOf(int32_t partition) const;

  const CommittedPartitions committed_;
  std::vector<std::unique_ptr<Processor>> processors_;
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_PROCESSOR_GROUP_H_
