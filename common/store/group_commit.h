// Many small writes, one trip to the disk.
#ifndef BELLWETHER_COMMON_STORE_GROUP_COMMIT_H_
#define BELLWETHER_COMMON_STORE_GROUP_COMMIT_H_

#include <deque>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/log/trace.h"
#include "common/store/store.h"

namespace bellwether::store {

inline constexpr size_t kGroupCommitWorksMax = 256;  // of one transaction

// Runs the writes of concurrent callers in one transaction: the first caller leads, the others
// join the next group while a commit is on its way. Each caller gets the outcome of its own work;
// if one of a group fails, the group is rolled back and each work runs in a transaction of its own
// (RunTransaction).
//
// Thread-safe; has no thread of its own. Outlives its calls. The number of waiting callers is
// bounded by the pool that calls.
class GroupCommit {
 public:
  // May run more than once, on another caller's thread, and never sees what a failed attempt wrote:
  // it must only touch the transaction and results of its own.
  using Work = absl::FunctionRef<absl::Status(Transaction&)>;

  explicit GroupCommit(Store& store) : store_(store) {}

  // Returns once `work` is committed or has failed.
  absl::Status Run(Work work) ABSL_LOCKS_EXCLUDED(mutex_);

  // Callers waiting for a leader: a gauge.
  size_t waiting() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return waiting_.size();
  }

 private:
  struct Call {
    Work work;
    TraceContext trace;  // of the caller, on whichever thread the work runs
    bool done = false;
    absl::Status status;
  };

  struct Outcome {
    absl::Status status;
    bool work_failed = false;  // not the store: the other works may do better alone
  };

  // Commits the calls of `group`, filling in their status.
  void Lead(const std::vector<Call*>& group);
  Outcome RunTogether(const std::vector<Call*>& group);

  Store& store_;
  mutable absl::Mutex mutex_;
  std::deque<Call*> waiting_ ABSL_GUARDED_BY(mutex_);
  bool led_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace bellwether::store

#endif  // BELLWETHER_COMMON_STORE_GROUP_COMMIT_H_
