// A processor: runs a fold on the partitions this process is assigned.
#ifndef BELLWETHER_COMMON_STREAM_PROCESSOR_H_
#define BELLWETHER_COMMON_STREAM_PROCESSOR_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/log/rate_limit.h"
#include "common/stream/counters.h"
#include "common/stream/group_member.h"
#include "common/stream/options.h"
#include "common/stream/status.h"

namespace bellwether::stream {

// Gives a GroupMember its thread, and the other threads of the process what they may ask of it.
//
// Either Start and Stop (a thread that polls and applies, and one that commits), or Open, RunOnce,
// StepCommitter and Close on the owner's one thread, which is how simulations drive it; then
// Inspect, Rebuild and WaitUntilApplied act at once, on that thread. What has been published
// (Status, counters, WaitUntilApplied) is as of the end of the last RunOnce. Destroying a stepped
// processor without Close is a crash: everything since the last commit is folded again.
class Processor {
 public:
  // `member_id` is unique among all processors that ever ran (NewUuid()). The ports outlive it.
  Processor(ProcessorOptions options, Ports ports, std::string member_id);
  ~Processor();
  Processor(const Processor&) = delete;
  Processor& operator=(const Processor&) = delete;

  // Joins the group unless Open has, and starts the threads. While the bus or the store is away it
  // keeps trying, not ready; FAILED_PRECONDITION (nothing is started) when the offsets table names
  // another log or offsets outside it.
  absl::Status Start();
  // Lets Stop begin without waiting for it: what others of the group give up is not taken any more.
  void RequestStop();
  // Finishes the batch, commits, leaves the group, joins the threads. Idempotent.
  void Stop();

  absl::Status Open();
  absl::Status RunOnce(absl::Duration max_wait);
  bool StepCommitter() { return member_.committer().Step(); }
  void Close();

  // What follows may be called from any thread.

  std::vector<PartitionStatus> Status() const;
  Counters counters() const;
  // OK when it is a member of the group, its thread has a recent heartbeat, and none of its
  // partitions is loading, paused, refused, fenced or overdue with a commit; else UNAVAILABLE (or
  // the refusal) with the first reason.
  absl::Status Readiness() const;
  bool Ready() const { return Readiness().ok(); }

  // Waits until everything up to and including `offset` is applied and in the cache. NOT_FOUND when
  // the partition is not, or no longer, this processor's; DEADLINE_EXCEEDED otherwise.
  absl::Status WaitUntilApplied(int32_t partition, int64_t offset, absl::Time deadline);

  // Runs `look` on the processor's thread between two records. NOT_FOUND when the partition is not
  // assigned here; UNAVAILABLE when it is not loaded or in the middle of a record, or the processor
  // is stopping or has stopped, or (FOLD_BUSY) does not come to it within `task_wait_max`;
  // `look` is not run then.
  absl::Status Inspect(int32_t partition, absl::AnyInvocable<void(const PartitionFold&)> look);
  // Folds partitions again from their first record under a new generation. Returns once the store
  // knows, or with the first error (that partition is tried again by itself), or UNAVAILABLE as of
  // Inspect; how far it is shows in Status.
  absl::Status Rebuild(std::vector<int32_t> partitions);

 private:
  // What another thread waits for. `done` is set under the lock once `status` holds.
  struct Task {
    absl::AnyInvocable<absl::Status(GroupMember&)> run;
    absl::Status status;
    bool done = false;
  };

  absl::Status RunOnProcessorThread(absl::AnyInvocable<absl::Status(GroupMember&)> run);
  absl::Status Await(Task& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunTasks();
  Task* TakeTask();
  void Heartbeat() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // UNAVAILABLE / FOLD_STALLED when the last heartbeat of the thread is older than kFoldStalled:
  // what has been published says nothing then.
  absl::Status CheckHeartbeat() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunThread();
  // True when the processor is to stop; returns as soon as it is.
  bool StoppingWithin(absl::Duration wait);
  void Publish();

  const ProcessorOptions options_;
  const Clock& clock_;
  LogGate waits_gate_;
  GroupMember member_;  // of the processor's thread; its committer of any

  mutable absl::Mutex mutex_;
  // Of being a member: OK once the group has agreed, and while the bus answers.
  absl::Status joined_ ABSL_GUARDED_BY(mutex_) = absl::UnavailableError("not started");
  std::vector<PartitionStatus> status_ ABSL_GUARDED_BY(mutex_);
  Counters counters_ ABSL_GUARDED_BY(mutex_);
  absl::Time heartbeat_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  // Not begun; owned by the callers who wait for them.
  std::deque<Task*> tasks_ ABSL_GUARDED_BY(mutex_);
  // A caller has waited in vain since the last heartbeat: nobody else is to.
  bool unresponsive_ ABSL_GUARDED_BY(mutex_) = false;
  bool threaded_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_PROCESSOR_H_
