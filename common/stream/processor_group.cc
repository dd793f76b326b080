#include "common/stream/processor_group.h"

#include <algorithm>
#include <utility>

#include "common/base/ids.h"
#include "common/base/status.h"

namespace bellwether::stream {

ProcessorGroup::ProcessorGroup(const ProcessorOptions& options, const Ports& ports, int processors)
    : committed_(options, ports) {
  for (int i = 0; i < processors; ++i) {
    processors_.push_back(std::make_unique<Processor>(options, ports, NewUuid()));
  }
}

absl::Status ProcessorGroup::Start() {
  // All join before the first takes partitions, which it would only have to give up to the others.
  absl::Status refused;
  for (const auto& processor : processors_) {
    if (absl::Status opened = processor->Open(); !IsRetryable(opened)) refused.Update(opened);
  }
  for (const auto& processor : processors_) {
    if (refused.ok()) refused = processor->Start();
  }
  if (refused.ok()) return refused;
  Stop();
  for (const auto& processor : processors_) processor->Close();
  return refused;
}

void ProcessorGroup::Stop() {
  // All know before the first one leaves: nobody loads what it leaves only to leave, too.
  for (const auto& processor : processors_) processor->RequestStop();
  for (const auto& processor : processors_) processor->Stop();
}

std::vector<PartitionStatus> ProcessorGroup::Status() const {
  std::vector<PartitionStatus> all;
  for (const auto& processor : processors_) {
    for (PartitionStatus& status : processor->Status()) all.push_back(std::move(status));
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.partition < b.partition; });
  return all;
}

std::vector<Counters> ProcessorGroup::counters() const {
  std::vector<Counters> all;
  for (const auto& processor : processors_) all.push_back(processor->counters());
  return all;
}

absl::Status ProcessorGroup::Readiness() const {
  for (const auto& processor : processors_) RETURN_IF_ERROR(processor->Readiness());
  return absl::OkStatus();
}

absl::Status ProcessorGroup::WaitUntilApplied(int32_t partition, int64_t offset,
                                              absl::Time deadline) {
  ASSIGN_OR_RETURN(Processor* const owner, OwnerOf(partition));
  return owner->WaitUntilApplied(partition, offset, deadline);
}

absl::Status ProcessorGroup::Inspect(int32_t partition,
                                     absl::AnyInvocable<void(const PartitionFold&)> look) {
  ASSIGN_OR_RETURN(Processor* const owner, OwnerOf(partition));
  return owner->Inspect(partition, std::move(look));
}

absl::Status ProcessorGroup::Rebuild(const std::vector<int32_t>& partitions) {
  absl::Status first;
  for (const int32_t partition : partitions) {
    const absl::StatusOr<Processor*> owner = OwnerOf(partition);
    absl::Status begun = owner.ok() ? (*owner)->Rebuild({partition}) : owner.status();
    if (absl::IsNotFound(begun)) begun = committed_.Rebuild(partition).status();
    first.Update(begun);
  }
  return first;
}

absl::StatusOr<Processor*> ProcessorGroup::OwnerOf(int32_t partition) const {
  for (const auto& processor : processors_) {
    for (const PartitionStatus& status : processor->Status()) {
      if (status.partition == partition) return processor.get();
    }
  }
  return absl::NotFoundError("the partition is not assigned to this process");
}

}  // namespace bellwether::stream
