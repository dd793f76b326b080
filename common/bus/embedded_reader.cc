#include "common/bus/embedded_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"

namespace bellwether::bus {

size_t GatheredRecords::Add(absl::Span<const Record> records, const BatchPointer& batch) {
  const absl::Span<const Record> from = records.subspan(0, records_max_ - records_.size());
  records_.insert(records_.end(), from.begin(), from.end());
  storage_.push_back(batch);
  bytes_ += batch->bytes();
  return from.size();
}

RecordBatch GatheredRecords::Take() {
  if (records_.empty()) return {};
  if (storage_.size() == 1) return {std::move(records_), std::move(storage_.front())};
  return {std::move(records_), std::make_shared<std::vector<BatchPointer>>(std::move(storage_))};
}

absl::Status LogCursor::Take(GatheredRecords& gathered) {
  bool any = false;
  // An error would lose what was taken already: it comes again at the next call.
  const auto end_with = [&](const absl::Status& status) { return any ? absl::OkStatus() : status; };
  while (!gathered.IsFull()) {
    if (next_ahead_ == ahead_.size()) {
      next_ahead_ = 0;
      ahead_.clear();
      absl::StatusOr<std::vector<BatchPointer>> loaded = topic_->Load(partition_, offset_);
      if (!loaded.ok()) return end_with(loaded.status());
      ahead_ = *std::move(loaded);
      if (ahead_.empty()) return absl::OkStatus();
    }
    const BatchPointer& batch = ahead_[next_ahead_];
    const absl::StatusOr<absl::Span<const Record>> all = batch->Records();
    if (!all.ok()) return end_with(all.status());
    const size_t taken = gathered.Add(all->subspan(offset_ - batch->first_offset()), batch);
    offset_ += static_cast<int64_t>(taken);
    any = true;
    if (offset_ == batch->end_offset()) ++next_ahead_;
  }
  return absl::OkStatus();
}

absl::StatusOr<RecordBatch> EmbeddedReader::Read(size_t records_max, absl::Duration max_wait) {
  {
    absl::ReaderMutexLock lock(&topic_.mu);
    topic_.mu.AwaitWithTimeout(absl::Condition(this, &EmbeddedReader::HasMore), max_wait);
  }
  GatheredRecords gathered(records_max);
  RETURN_IF_ERROR(cursor_.Take(gathered));
  return gathered.Take();
}

EmbeddedConsumer::EmbeddedConsumer(EmbeddedTopic& topic, const ConsumerOptions& options)
    : topic_(topic), listener_(options.listener) {
  absl::MutexLock lock(&topic_.mu);
  group_ = &topic_.GroupOf(options.group);
  member_ = group_->Join();
}

EmbeddedConsumer::~EmbeddedConsumer() {
  if (closed_) return;
  absl::MutexLock lock(&topic_.mu);
  group_->Leave(member_);
}

absl::StatusOr<RecordBatch> EmbeddedConsumer::Poll(size_t records_max, absl::Duration max_wait) {
  if (closed_) return FailedPrecondition("CONSUMER_CLOSED", "", "the consumer has been closed");
  // STYLE(clock): waits on a lock end at system time
  const absl::Time deadline = absl::Now() + max_wait;
  while (true) {
    const absl::Status rebalanced = Rebalance();
    joined_ = true;
    RETURN_IF_ERROR(rebalanced);
    ASSIGN_OR_RETURN(RecordBatch batch, Fetch(records_max));
    if (!batch.empty()) return batch;
    absl::ReaderMutexLock lock(&topic_.mu);
    if (!topic_.mu.AwaitWithDeadline(absl::Condition(this, &EmbeddedConsumer::HasEvent),
                                     deadline)) {
      return batch;
    }
  }
}

bool EmbeddedConsumer::HasEvent() const {
  if (!group_->IsSettled(member_)) return true;
  return std::any_of(assigned_.begin(), assigned_.end(), [](const auto& entry) {
    return entry.second.reads() && entry.second.cursor->HasMore();
  });
}

absl::Status EmbeddedConsumer::Rebalance() {
  std::vector<int32_t> to_release, claimed;
  {
    absl::ReaderMutexLock lock(&topic_.mu);
    if (group_->IsSettled(member_)) return absl::OkStatus();
    to_release = group_->ToRelease(member_);
  }
  GiveUp(to_release);
  {
    absl::MutexLock lock(&topic_.mu);
    claimed = group_->Claim(member_);
  }
  absl::Status first_failure;
  for (const int32_t partition : claimed) first_failure.Update(Start(partition));
  return first_failure;
}

void EmbeddedConsumer::GiveUp(const std::vector<int32_t>& partitions) {
  for (const int32_t partition : partitions) {
    if (listener_ != nullptr) listener_->OnRevoked(partition);
    assigned_.erase(partition);
    absl::MutexLock lock(&topic_.mu);
    group_->Release(member_, partition);
  }
}

absl::Status EmbeddedConsumer::Start(int32_t partition) {
  Assigned& assigned = assigned_[partition];
  int64_t offset = 0;
  if (listener_ != nullptr) {
    ASSIGN_OR_RETURN(offset, listener_->OnAssigned(partition));
  } else {
    absl::ReaderMutexLock lock(&topic_.mu);
    offset = topic_.RangeOf(partition).first;
  }
  RETURN_IF_ERROR(topic_.CheckOffset(partition, offset));
  assigned.cursor = std::make_unique<LogCursor>(topic_, partition, offset);
  return absl::OkStatus();
}

absl::StatusOr<RecordBatch> EmbeddedConsumer::Fetch(size_t records_max) {
  GatheredRecords gathered(records_max);
  absl::Status failure;  // of one partition, which must not hold up the others
  auto at = assigned_.upper_bound(last_read_);
  for (size_t turn = 0; turn < assigned_.size() && !gathered.IsFull(); ++turn) {
    if (at == assigned_.end()) at = assigned_.begin();
    auto& [partition, assigned] = *at++;
    if (!assigned.reads()) continue;
    failure.Update(assigned.cursor->Take(gathered));
    last_read_ = partition;
  }
  if (gathered.empty()) RETURN_IF_ERROR(failure);
  return gathered.Take();
}

absl::StatusOr<EmbeddedConsumer::Assigned*> EmbeddedConsumer::Find(int32_t partition) {
  const auto found = assigned_.find(partition);
  if (found != assigned_.end()) return &found->second;
  return FailedPrecondition("NOT_ASSIGNED", "partition",
                            absl::StrCat("partition ", partition, " is not assigned here"));
}

absl::Status EmbeddedConsumer::Pause(int32_t partition) {
  ASSIGN_OR_RETURN(Assigned * assigned, Find(partition));
  assigned->paused = true;
  return absl::OkStatus();
}

absl::Status EmbeddedConsumer::Resume(int32_t partition) {
  ASSIGN_OR_RETURN(Assigned * assigned, Find(partition));
  assigned->paused = false;
  return absl::OkStatus();
}

absl::Status EmbeddedConsumer::Seek(int32_t partition, int64_t offset) {
  ASSIGN_OR_RETURN(Assigned * assigned, Find(partition));
  RETURN_IF_ERROR(topic_.CheckOffset(partition, offset));
  assigned->cursor = std::make_unique<LogCursor>(topic_, partition, offset);
  return absl::OkStatus();
}

void EmbeddedConsumer::ReportCommitted(int32_t partition, int64_t next_offset) {
  if (!topic_.CheckPartition(partition).ok()) return;
  absl::MutexLock lock(&topic_.mu);
  group_->Commit(partition, next_offset);
}

void EmbeddedConsumer::Close() {
  if (closed_) return;
  std::vector<int32_t> held;
  for (const auto& [partition, assigned] : assigned_) held.push_back(partition);
  GiveUp(held);
  closed_ = true;
  joined_ = false;
  absl::MutexLock lock(&topic_.mu);
  group_->Leave(member_);
}

}  // namespace bellwether::bus
