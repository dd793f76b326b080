#include "common/stream/committed_partitions.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"

namespace bellwether::stream {

absl::StatusOr<TakenPartition> TakePartition(const ProcessorOptions& options, const Ports& ports,
                                             OffsetsTable::TakeRequest request,
                                             PartitionFold& fold) {
  const OffsetsTable offsets(options.name);
  ASSIGN_OR_RETURN(const bus::TopicDescription topic, ports.bus->Describe(options.topic));
  request.log_id = topic.log_id;
  request.code_version = ports.folds->code_version();
  for (int tries = 1;; ++tries) {
    ASSIGN_OR_RETURN(request.range, ports.bus->Offsets(options.topic, request.partition));
    absl::StatusOr<OffsetsRow> row = offsets.Take(*ports.store, request, fold);
    if (row.ok()) return TakenPartition{*std::move(row), topic.log_id, request.range};
    // The last holder of the partition may have committed records that are younger than the answer.
    const std::optional<ErrorDetail> detail = DetailOf(row.status());
    const bool outside = detail.has_value() && detail->reason == kReasonOffsetOutsideLog;
    if (!outside || tries == kTakeTriesMax) return row.status();
  }
}

absl::StatusOr<std::optional<OffsetsRow>> CommittedPartitions::Read(store::Transaction& transaction,
                                                                    int32_t partition) const {
  return offsets_.Read(*ports_.store, transaction, partition, /*lock=*/false);
}

absl::StatusOr<std::optional<OffsetsRow>> CommittedPartitions::ReadNow(int32_t partition) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction,
                   ports_.store->BeginRead());
  return Read(*transaction, partition);
}

absl::StatusOr<CommittedPartitions::Standing> CommittedPartitions::StandingOf(
    int32_t partition) const {
  ASSIGN_OR_RETURN(const std::optional<OffsetsRow> row, ReadNow(partition));
  ASSIGN_OR_RETURN(const bus::TopicDescription topic, ports_.bus->Describe(options_.topic));
  // After the row, whose offset would else seem to lie outside the log.
  ASSIGN_OR_RETURN(const bus::OffsetRange range, ports_.bus->Offsets(options_.topic, partition));
  Standing standing{.end = range.end};
  if (row.has_value()) {
    RETURN_IF_ERROR(OffsetsTable::CheckAgainstLog(*row, partition, topic.log_id, range));
    standing.generation = row->generation;
  }
  return standing;
}

absl::StatusOr<int64_t> CommittedPartitions::Rebuild(int32_t partition) const {
  const std::unique_ptr<PartitionFold> fold = ports_.folds->New(partition);
  ASSIGN_OR_RETURN(
      const TakenPartition taken,
      TakePartition(
          options_, ports_,
          {.partition = partition, .rebuild = true, .for_owner = true, .commit_id = NewUuid()},
          *fold));
  return taken.row.generation;
}

absl::Status CommittedPartitions::AwaitRebuilt(int32_t partition, int64_t generation,
                                               absl::Time deadline,
                                               const std::function<bool()>& cancelled) const {
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<OffsetsRow> row, ReadNow(partition));
    if (row.has_value() && row->generation >= generation && !row->fold_back_until.has_value()) {
      return absl::OkStatus();
    }
    if (cancelled()) return absl::CancelledError();
    if (ports_.clock->Now() >= deadline) {
      return Error(absl::StatusCode::kDeadlineExceeded, {"REBUILD_UNDER_WAY", "", ""},
                   absl::StrCat("partition ", partition,
                                " is still being folded again, or waits for its owner"));
    }
    // STYLE(sleep): no process is notified of a row that another changed.
    absl::SleepFor(kRowPollInterval);
  }
}

}  // namespace bellwether::stream
