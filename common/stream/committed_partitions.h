// What the store says of a processor's partitions, whichever process folds them.
#ifndef BELLWETHER_COMMON_STREAM_COMMITTED_PARTITIONS_H_
#define BELLWETHER_COMMON_STREAM_COMMITTED_PARTITIONS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/stream/offsets_table.h"
#include "common/stream/options.h"

namespace bellwether::stream {

// How often a row is polled while its change is awaited.
inline constexpr absl::Duration kRowPollInterval = absl::Milliseconds(50);
// How often the bus is asked where the log ends while a row seems to lie outside it.
inline constexpr int kTakeTriesMax = 3;

struct TakenPartition {
  OffsetsRow row;
  std::string log_id;
  bus::OffsetRange range;  // of the log, asked for just before
};
// Takes the partition as OffsetsTable::Take does, with the log and code version that bus and code
// say now put into the request.
absl::StatusOr<TakenPartition> TakePartition(const ProcessorOptions& options, const Ports& ports,
                                             OffsetsTable::TakeRequest request,
                                             PartitionFold& fold);

// Lets a replica answer for partitions that another one folds: both have the store and the bus, so
// they need not talk to each other. Thread-safe; outlived by the ports. Failures are the store's
// and the bus's.
class CommittedPartitions {
 public:
  CommittedPartitions(const ProcessorOptions& options, const Ports& ports)
      : options_(options), ports_(ports), offsets_(options.name) {}

  // As of `transaction`; nothing where the partition was never taken.
  absl::StatusOr<std::optional<OffsetsRow>> Read(store::Transaction& transaction,
                                                 int32_t partition) const;

  struct Standing {
    int64_t generation = 1;
    int64_t end = 0;  // of the log now: what is before it is or will be folded
  };
  // FAILED_PRECONDITION when the state was folded from another log.
  absl::StatusOr<Standing> StandingOf(int32_t partition) const;

  // Has the partition folded again from its first record under a new generation, by the process
  // it is assigned to: its fold's next commit is refused, at most a checkpoint interval from now.
  // The generation begun.
  absl::StatusOr<int64_t> Rebuild(int32_t partition) const;
  // Waits until the generation, or a later one, has folded what the one before had. CANCELLED when
  // `cancelled` says so, DEADLINE_EXCEEDED at `deadline` by the clock of the ports.
  absl::Status AwaitRebuilt(int32_t partition, int64_t generation, absl::Time deadline,
                            const std::function<bool()>& cancelled) const;

 private:
  absl::StatusOr<std::optional<OffsetsRow>> ReadNow(int32_t partition) const;

  const ProcessorOptions options_;
  const Ports ports_;
  const OffsetsTable offsets_;
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_COMMITTED_PARTITIONS_H_
