#include "common/stream/processor.h"

#include <pthread.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/log/log.h"

namespace bellwether::stream {
namespace {

constexpr absl::Duration kWaitsLogInterval = absl::Seconds(10);

// A member without partitions may be a spare; before the group has agreed it only does not know
// yet.
absl::Status StillJoining() { return absl::UnavailableError("waiting for its partitions"); }

absl::Status Busy() {
  return Error(absl::StatusCode::kUnavailable, {"FOLD_BUSY", "", ""},
               "the fold does not come to it; try again later");
}

std::string InSeconds(absl::Duration duration) {
  return absl::FormatDuration(absl::Trunc(duration, absl::Seconds(1)));
}

}  // namespace

Processor::Processor(ProcessorOptions options, Ports ports, std::string member_id)
    : options_(options),
      clock_(*ports.clock),
      waits_gate_(kWaitsLogInterval),
      member_(std::move(options), ports, std::move(member_id)) {}

Processor::~Processor() { Stop(); }

absl::Status Processor::Start() {
  if (!member_.open()) {
    if (absl::Status opened = Open(); !opened.ok() && !IsRetryable(opened)) return opened;
  }
  {
    absl::MutexLock lock(&mutex_);
    threaded_ = true;
    stopping_ = false;
    Heartbeat();
  }
  member_.committer().Start();
  member_.ends().Start();
  thread_ = std::thread([this] { RunThread(); });
  return absl::OkStatus();
}

void Processor::RequestStop() {
  if (!thread_.joinable()) return;
  member_.AboutToClose();
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
}

void Processor::Stop() {
  if (!thread_.joinable()) return;
  RequestStop();
  thread_.join();
  thread_ = std::thread();
  member_.ends().Stop();
  member_.committer().Stop();
}

void Processor::RunThread() {
  pthread_setname_np(pthread_self(), "fold");
  absl::Duration wait = absl::ZeroDuration();
  while (!StoppingWithin(wait)) {
    const absl::Status ran = member_.open() ? RunOnce(kIdlePollWait) : Open();
    wait = ran.ok() ? absl::ZeroDuration() : kPollErrorDelay;
    if (!ran.ok() && !StoppingWithin(absl::ZeroDuration())) {
      LogLimited(waits_gate_, LogLevel::kWarning, "processor waits",
                 {{"processor", options_.name}, {"status", ran}});
    }
    RunTasks();
  }
  Close();
  {
    absl::MutexLock lock(&mutex_);
    threaded_ = false;
  }
  RunTasks();  // callers from before `threaded_` fell still wait
}

bool Processor::StoppingWithin(absl::Duration wait) {
  absl::MutexLock lock(&mutex_);
  if (wait > absl::ZeroDuration()) {
    mutex_.AwaitWithTimeout(absl::Condition(&stopping_), wait);
  }
  return stopping_;
}

absl::Status Processor::Open() {
  const absl::Status opened = member_.Open();
  absl::MutexLock lock(&mutex_);
  Heartbeat();
  joined_ = opened;
  if (opened.ok()) joined_ = StillJoining();
  return opened;
}

absl::Status Processor::RunOnce(absl::Duration max_wait) {
  const absl::Status ran = member_.RunOnce(max_wait);
  Publish();
  absl::MutexLock lock(&mutex_);
  Heartbeat();
  if (!member_.joined()) {
    joined_ = StillJoining();
  } else if (ran.ok()) {
    joined_ = member_.ends().status();
  }
  return ran;
}

void Processor::Close() {
  member_.Close();
  Publish();
  absl::MutexLock lock(&mutex_);
  joined_ = absl::UnavailableError("stopped");
}

void Processor::Heartbeat() {
  heartbeat_at_ = clock_.Now();
  unresponsive_ = false;
}

void Processor::Publish() {
  std::vector<PartitionStatus> status = member_.Describe();
  absl::MutexLock lock(&mutex_);
  status_.swap(status);
  counters_ = member_.counters();
}

std::vector<PartitionStatus> Processor::Status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

Counters Processor::counters() const {
  absl::MutexLock lock(&mutex_);
  return counters_;
}

absl::Status Processor::Readiness() const {
  absl::MutexLock lock(&mutex_);
  if (!joined_.ok()) return joined_;
  RETURN_IF_ERROR(CheckHeartbeat());
  for (const PartitionStatus& partition : status_) {
    if (partition.state == PartitionState::kLive ||
        partition.state == PartitionState::kFoldingBack) {
      if (partition.checkpoint_age <= options_.checkpoint_interval + kCommitOverdue) continue;
      return Error(absl::StatusCode::kUnavailable, {"COMMIT_OVERDUE", "", ""},
                   absl::StrCat("partition ", partition.partition, " was committed ",
                                InSeconds(partition.checkpoint_age), " ago"));
    }
    if (partition.state == PartitionState::kRefused) return partition.reason;
    return absl::UnavailableError(absl::StrCat("partition ", partition.partition, " is ",
                                               std::string(NameOf(partition.state)), ": ",
                                               partition.reason.ToString()));
  }
  return absl::OkStatus();
}

absl::Status Processor::CheckHeartbeat() const {
  const absl::Duration silence = clock_.Now() - heartbeat_at_;
  if (silence <= kFoldStalled) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, {"FOLD_STALLED", "", ""},
               absl::StrCat("the fold has stood still for ", InSeconds(silence)));
}

absl::Status Processor::WaitUntilApplied(int32_t partition, int64_t offset, absl::Time deadline) {
  enum class Seen { kNotHere, kBehind, kApplied };
  const auto look = [&] {
    mutex_.AssertHeld();
    for (const PartitionStatus& status : status_) {
      if (status.partition != partition) continue;
      const bool loaded =
          status.state == PartitionState::kLive || status.state == PartitionState::kPaused;
      return loaded && status.shown_offset > offset ? Seen::kApplied : Seen::kBehind;
    }
    return Seen::kNotHere;
  };
  absl::MutexLock lock(&mutex_);
  const auto settled = [&] { return look() != Seen::kBehind; };
  if (threaded_) mutex_.AwaitWithTimeout(absl::Condition(&settled), deadline - clock_.Now());
  switch (look()) {
    case Seen::kApplied:
      return absl::OkStatus();
    case Seen::kNotHere:
      return absl::NotFoundError("the partition is not assigned to this processor");
    case Seen::kBehind:
      break;
  }
  return absl::DeadlineExceededError("the record is not applied yet");
}

absl::Status Processor::Inspect(int32_t partition,
                                absl::AnyInvocable<void(const PartitionFold&)> look) {
  return RunOnProcessorThread([partition, look = std::move(look)](GroupMember& member) mutable {
    return member.Inspect(partition, look);
  });
}

absl::Status Processor::Rebuild(std::vector<int32_t> partitions) {
  return RunOnProcessorThread([partitions = std::move(partitions)](GroupMember& member) {
    absl::Status first;
    for (const int32_t partition : partitions) first.Update(member.Rebuild(partition));
    return first;
  });
}

absl::Status Processor::RunOnProcessorThread(absl::AnyInvocable<absl::Status(GroupMember&)> run) {
  Task task;
  task.run = std::move(run);
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) return absl::UnavailableError("the processor is stopping");
    if (threaded_) return Await(task);
  }
  const absl::Status status = task.run(member_);
  Publish();
  return status;
}

absl::Status Processor::Await(Task& task) {
  if (unresponsive_) return Busy();
  tasks_.push_back(&task);
  const auto over = [&] {
    mutex_.AssertHeld();
    return task.done || unresponsive_;
  };
  if (!mutex_.AwaitWithTimeout(absl::Condition(&over), options_.task_wait_max)) {
    unresponsive_ = true;
  }
  if (!task.done && std::erase(tasks_, &task) > 0) return Busy();
  // Begun: it refers to its caller, who may not leave before its end.
  mutex_.Await(absl::Condition(&task.done));
  return task.status;
}

void Processor::RunTasks() {
  size_t left;
  {
    absl::MutexLock lock(&mutex_);
    left = tasks_.size();
  }
  // Those that wait now, and no more: records are not to wait for a caller that goes on asking.
  for (; left > 0; --left) {
    Task* const task = TakeTask();
    if (task == nullptr) return;
    task->status = task->run(member_);
    Publish();
    absl::MutexLock lock(&mutex_);
    task->done = true;
  }
}

Processor::Task* Processor::TakeTask() {
  absl::MutexLock lock(&mutex_);
  if (tasks_.empty()) return nullptr;
  Task* const task = tasks_.front();
  tasks_.pop_front();
  return task;
}

}  // namespace bellwether::stream
