#include "common/bus/write_queue.h"

#include "common/base/status.h"

namespace bellwether::bus {

WriteQueue::WriteQueue(LogFile& file) : file_(file), writer_([this] { Run(); }) {}

WriteQueue::~WriteQueue() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  writer_.join();
}

absl::Status WriteQueue::Push(EmbeddedTopic& topic, int32_t partition, const Message& message,
                              std::shared_ptr<InFlight> in_flight, Delivered delivered) {
  const size_t bytes = SizeOf(message);
  absl::MutexLock lock(&mu_);
  if (in_flight->broken) {
    return Error(absl::StatusCode::kUnavailable, {"PRODUCER_BROKEN", "", ""},
                 "an earlier message of this producer was not written");
  }
  in_flight->messages.fetch_add(1, std::memory_order_relaxed);
  in_flight->bytes.fetch_add(static_cast<int64_t>(bytes), std::memory_order_relaxed);
  Pending*& open = open_[{&topic, partition}];
  if (open == nullptr || open->builder.bytes() + bytes > kBatchBytesMax) {
    auto batch = std::make_unique<Pending>();
    batch->number = ++last_number_;
    batch->topic = &topic;
    batch->partition = partition;
    open = batch.get();
    pending_.push_back(std::move(batch));
  }
  open->builder.Add(message);
  open->answers.push_back({std::move(delivered), std::move(in_flight), bytes});
  return absl::OkStatus();
}

absl::Status WriteQueue::Flush(absl::Duration timeout) {
  absl::MutexLock lock(&mu_);
  const int64_t wanted = last_number_;
  const auto answered = [&]()
                            ABSL_SHARED_LOCKS_REQUIRED(mu_) { return answered_number_ >= wanted; };
  if (mu_.AwaitWithTimeout(absl::Condition(&answered), timeout)) return absl::OkStatus();
  return Error(absl::StatusCode::kDeadlineExceeded, {"FLUSH_TIMEOUT", "", ""},
               "messages are still waiting to be written");
}

void WriteQueue::Run() {
  while (true) {
    PendingList batches;
    {
      absl::MutexLock lock(&mu_, absl::Condition(this, &WriteQueue::HasWork));
      if (pending_.empty()) return;  // stopping, and all is written
      batches = Take();
    }
    const int64_t number = Commit(std::move(batches));
    absl::MutexLock lock(&mu_);
    answered_number_ = number;
  }
}

WriteQueue::PendingList WriteQueue::Take() {
  PendingList taken;
  for (size_t bytes = 0; !pending_.empty() && bytes < kCommitBytesMax; pending_.pop_front()) {
    std::unique_ptr<Pending>& batch = pending_.front();
    bytes += batch->builder.bytes();
    const auto open = open_.find({batch->topic, batch->partition});
    if (open != open_.end() && open->second == batch.get()) open_.erase(open);
    taken.push_back(std::move(batch));
  }
  return taken;
}

WriteQueue::PendingList WriteQueue::TakeWhatMustFail(const PendingList& failed) {
  PendingList behind;
  absl::MutexLock lock(&mu_);
  const auto break_producers = [](const std::unique_ptr<Pending>& batch) {
    bool any = false;
    for (const Answer& answer : batch->answers) {
      answer.in_flight->broken = answer.in_flight->gapless;
      any = any || answer.in_flight->broken;
    }
    return any;
  };
  bool any_broken = false;
  for (const auto& batch : failed) any_broken = break_producers(batch) || any_broken;
  if (!any_broken) return behind;
  open_.clear();
  for (; !pending_.empty(); pending_.pop_front()) {
    break_producers(pending_.front());
    behind.push_back(std::move(pending_.front()));
  }
  return behind;
}

int64_t WriteQueue::Commit(PendingList batches) {
  absl::flat_hash_map<std::pair<EmbeddedTopic*, int32_t>, int64_t> ends;
  absl::flat_hash_map<EmbeddedTopic*, std::vector<EmbeddedTopic::Appended>> appended;
  std::vector<LogFile::NewBatch> rows;
  for (const auto& batch : batches) {
    const auto [end, first] = ends.try_emplace({batch->topic, batch->partition});
    if (first) {
      absl::ReaderMutexLock lock(&batch->topic->mu);
      end->second = batch->topic->RangeOf(batch->partition).end;
    }
    const int32_t count = batch->builder.count();
    auto made = std::make_shared<const StoredBatch>(batch->partition, end->second, count,
                                                    batch->builder.Take());
    rows.push_back({batch->topic->log_number(batch->partition), end->second, count, made->blob()});
    appended[batch->topic].push_back({batch->partition, std::move(made)});
    end->second += count;
  }
  const absl::Status status = file_.Append(rows);
  if (status.ok()) {
    for (const auto& [topic, list] : appended) topic->Publish(list);
  } else {
    for (const auto& [log, end] : ends) {
      // When the file cannot even be read, the old end stays; a row that exists after all then
      // makes the next append fail instead of being overwritten.
      if (!log.first->Reload(log.second).ok()) break;
    }
  }
  PendingList behind;
  if (!status.ok()) behind = TakeWhatMustFail(batches);
  for (size_t i = 0; i < batches.size(); ++i) AnswerAll(*batches[i], status, rows[i].first_offset);
  for (const auto& batch : behind) AnswerAll(*batch, status, 0);
  return behind.empty() ? batches.back()->number : behind.back()->number;
}

void WriteQueue::AnswerAll(Pending& batch, const absl::Status& status, int64_t first_offset) {
  for (Answer& answer : batch.answers) {
    answer.in_flight->messages.fetch_sub(1, std::memory_order_relaxed);
    answer.in_flight->bytes.fetch_sub(static_cast<int64_t>(answer.bytes),
                                      std::memory_order_relaxed);
    const int64_t offset = first_offset++;
    if (!answer.delivered) continue;
    if (status.ok()) {
      answer.delivered(Position{batch.partition, offset});
    } else {
      answer.delivered(status);
    }
  }
}

}  // namespace bellwether::bus
