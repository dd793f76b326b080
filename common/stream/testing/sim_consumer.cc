#include "common/stream/testing/sim_consumer.h"

#include <algorithm>
#include <utility>

#include "common/base/status.h"

namespace bellwether::stream::testing {
namespace {

// The bytes of a batch, so that a view kept beyond the batch's life is a use after free.
struct Copies {
  std::deque<bus::Message> messages;
  std::deque<std::vector<bus::HeaderView>> headers;
};

}  // namespace

SimConsumer::SimConsumer(SimBus& bus, SimClient& client, const bus::ConsumerOptions& options)
    : bus_(bus), client_(client), options_(options) {
  client_.consumers_.insert(this);
  group().members.push_back(this);
}

SimConsumer::~SimConsumer() {
  LeaveSilently();
  client_.consumers_.erase(this);
}

int32_t SimConsumer::partitions() const {
  return static_cast<int32_t>(bus_.topics_.at(options_.topic).logs.size());
}

void SimConsumer::LeaveSilently() {
  std::erase(group().members, this);
  for (auto& [partition, holder] : group().holders) {
    if (holder == this) holder = nullptr;
  }
}

void SimConsumer::LoseEverything() {
  lost_ = true;
  if (!closed_ &&
      std::find(group().members.begin(), group().members.end(), this) == group().members.end()) {
    group().members.push_back(this);
  }
}

absl::Status SimConsumer::TakePart() {
  if (std::exchange(lost_, false)) {
    for (const auto& [partition, assigned] : std::exchange(assigned_, {})) {
      options_.listener->OnLost(partition);
    }
  }
  absl::Status first;
  for (int32_t partition = 0; partition < partitions(); ++partition) {
    SimConsumer*& holder = group().holders[partition];
    SimConsumer* const target = group().Target(partition, partitions());
    if (holder == this && target != this) {
      options_.listener->OnRevoked(partition);
      assigned_.erase(partition);
      group().holders[partition] = nullptr;
    } else if (holder == nullptr && target == this) {
      holder = this;
      Assigned& assigned = assigned_[partition];
      absl::StatusOr<int64_t> offset = options_.listener->OnAssigned(partition);
      if (offset.ok()) {
        assigned.position = *offset;
      } else {
        first.Update(offset.status());
      }
    }
  }
  return first;
}

absl::StatusOr<bus::RecordBatch> SimConsumer::Poll(size_t records_max, absl::Duration) {
  if (closed_) return absl::FailedPreconditionError("closed");
  if (client_.joining) return bus::RecordBatch();
  if (!client_.zombie()) {
    joined_ = true;
    RETURN_IF_ERROR(TakePart());
  }

  const auto copies = std::make_shared<Copies>();
  bus::RecordBatch batch;
  auto next = assigned_.upper_bound(last_read_);
  for (size_t turn = 0; turn < assigned_.size() && batch.records.size() < records_max; ++turn) {
    if (next == assigned_.end()) next = assigned_.begin();
    auto& [partition, assigned] = *next++;
    if (assigned.paused || assigned.position < 0) continue;
    const SimBus::Topic& topic = bus_.topics_.at(options_.topic);
    const std::deque<bus::Message>& log = topic.logs[partition];
    const int64_t first = topic.first[partition];
    const int64_t end = first + static_cast<int64_t>(log.size());
    size_t count = std::min(records_max - batch.records.size(),
                            static_cast<size_t>(std::max<int64_t>(0, end - assigned.position)));
    if (client_.amount) count = client_.amount(count);
    for (size_t i = 0; i < count; ++i) {
      const bus::Message& message = copies->messages.emplace_back(log[assigned.position - first]);
      std::vector<bus::HeaderView>& headers = copies->headers.emplace_back();
      for (const bus::Header& header : message.headers) {
        headers.push_back({header.name, header.value});
      }
      bus::Record& record = batch.records.emplace_back();
      record.partition = partition;
      record.offset = assigned.position++;
      record.key = message.key;
      record.value = message.value;
      record.headers = headers;
    }
    last_read_ = partition;
  }
  batch.storage = copies;
  // What was taken is gone: one who goes on after a failed poll has to say from where.
  RETURN_IF_ERROR(client_.Failing("Poll"));
  return batch;
}

absl::Status SimConsumer::Pause(int32_t partition) {
  const auto found = assigned_.find(partition);
  if (found == assigned_.end()) return absl::FailedPreconditionError("not assigned");
  found->second.paused = true;
  return absl::OkStatus();
}

absl::Status SimConsumer::Resume(int32_t partition) {
  const auto found = assigned_.find(partition);
  if (found == assigned_.end()) return absl::FailedPreconditionError("not assigned");
  found->second.paused = false;
  return absl::OkStatus();
}

absl::Status SimConsumer::Seek(int32_t partition, int64_t offset) {
  RETURN_IF_ERROR(client_.Failing("Seek"));
  const auto found = assigned_.find(partition);
  if (found == assigned_.end()) return absl::FailedPreconditionError("not assigned");
  found->second.position = offset;
  return absl::OkStatus();
}

void SimConsumer::ReportCommitted(int32_t, int64_t) {}

void SimConsumer::Close() {
  if (std::exchange(closed_, true)) return;
  joined_ = false;
  for (const auto& [partition, assigned] : std::exchange(assigned_, {})) {
    if (client_.zombie() || lost_) {
      options_.listener->OnLost(partition);
    } else {
      options_.listener->OnRevoked(partition);
    }
  }
  LeaveSilently();
}

}  // namespace bellwether::stream::testing
