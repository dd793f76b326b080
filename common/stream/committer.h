// Brings checkpoints into the store, each once its effects are acknowledged.
#ifndef BELLWETHER_COMMON_STREAM_COMMITTER_H_
#define BELLWETHER_COMMON_STREAM_COMMITTER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/store/store.h"
#include "common/stream/bell.h"
#include "common/stream/checkpoint.h"
#include "common/stream/offsets_table.h"

namespace bellwether::stream {

inline constexpr absl::Duration kCommitRetryMin = absl::Milliseconds(20);
inline constexpr absl::Duration kCommitRetryMax = absl::Seconds(2);

// Commits what is ready of all partitions in one transaction: the fold's rows and the offsets row
// together, comparing (epoch, next_offset) and writing a commit id. A store that is away is tried
// again for as long as it takes; a commit whose result is unknown is settled by reading the rows
// again under lock: the commit id shows whether it was ours.
//
// Works in steps: on a thread of its own between Start and Stop, or stepped by its owner (tests).
class Committer {
 public:
  struct Options {
    std::string processor;
    // First part of commit ids, unique among all committers that ever ran.
    std::string id;
    // Called after every commit, on the committing thread; must not block. May be empty.
    std::function<void()> committed;
  };

  // `bell` is the one the partitions' ledgers ring. The references outlive the committer.
  Committer(Options options, store::Store& store, const Clock& clock, std::shared_ptr<Bell> bell);
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // Thread-safe. Checkpoints of one partition are committed in the order submitted.
  void Submit(Checkpoint checkpoint);
  // Nothing of the partition's takings up to `epoch` is tried (again); what is being committed
  // right now is left to the epoch in the row.
  void Forget(int32_t partition, int64_t epoch);
  std::vector<CommitOutcome> TakeOutcomes();
  // True when nothing of the partition is waiting or being committed. While there is, waits until
  // `deadline` for the thread, or steps as long as something moves when there is none.
  bool AwaitIdle(int32_t partition, absl::Time deadline);

  // Commits what is ready; true when something was settled. Not between Start and Stop.
  bool Step();
  void Start();
  void Stop();

 private:
  using Group = std::vector<Checkpoint>;
  enum class Settled {
    kAll,
    kRetry,    // nothing of what is left in the group is committed
    kInDoubt,  // what is left in the group may be committed
  };

  bool IdleLocked(int32_t partition) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Forgotten(const Checkpoint& checkpoint) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Group TakeReady() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PutBack(Group group) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Both take what they settled out of the group and add its outcome. `Commit` is tried with one
  // partition after the other once rows failed, to find the one at fault.
  Settled Commit(Group& group, std::vector<CommitOutcome>& outcomes);
  Settled Learn(Group& group, std::vector<CommitOutcome>& outcomes);
  // What to do about a failed statement or commit that certainly changed nothing.
  Settled Fail(Group& group, const absl::Status& status, std::vector<CommitOutcome>& outcomes);

  const Options options_;
  const OffsetsTable offsets_;
  store::Store& store_;
  const Clock& clock_;
  const std::shared_ptr<Bell> bell_;

  mutable absl::Mutex mutex_;
  // Per partition in order of submission; only the first of each is looked at.
  std::map<int32_t, std::deque<Checkpoint>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::map<int32_t, int64_t> forgotten_ ABSL_GUARDED_BY(mutex_);  // epoch by partition
  // Partitions of the transaction that runs right now, outside the lock.
  std::vector<int32_t> committing_ ABSL_GUARDED_BY(mutex_);
  Group in_doubt_ ABSL_GUARDED_BY(mutex_);
  std::vector<CommitOutcome> outcomes_ ABSL_GUARDED_BY(mutex_);
  absl::Time retry_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Duration retry_delay_ ABSL_GUARDED_BY(mutex_) = kCommitRetryMin;
  size_t group_partitions_max_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t commits_ = 0;  // of the committing thread
  std::thread thread_;
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_COMMITTER_H_
