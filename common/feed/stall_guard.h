// Gives up a stream that no longer moves: a deadline for calls whose length nobody knows before.
#ifndef BELLWETHER_COMMON_FEED_STALL_GUARD_H_
#define BELLWETHER_COMMON_FEED_STALL_GUARD_H_

#include <grpcpp/grpcpp.h>

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace bellwether::feed {

// Cancels the call when Moved has not been called for `stall_max`. Thread-safe; destroyed before
// `context`.
class StallGuard {
 public:
  StallGuard(grpc::ClientContext& context, absl::Duration stall_max)
      : context_(context), stall_max_(stall_max) {
    Moved();
    thread_ = std::thread([this] { Watch(); });
  }
  ~StallGuard() {
    {
      absl::MutexLock lock(&mutex_);
      done_ = true;
    }
    thread_.join();
  }
  StallGuard(const StallGuard&) = delete;
  StallGuard& operator=(const StallGuard&) = delete;

  void Moved() {
    absl::MutexLock lock(&mutex_);
    last_move_ = Now();
  }
  // The call was given up.
  bool stalled() const {
    absl::MutexLock lock(&mutex_);
    return stalled_;
  }

 private:
  // STYLE(clock): waits on a lock end at system time
  static absl::Time Now() { return absl::Now(); }

  void Watch() {
    absl::MutexLock lock(&mutex_);
    while (!done_ && !stalled_) {
      const absl::Time due = last_move_ + stall_max_;
      if (Now() >= due) {
        stalled_ = true;
        context_.TryCancel();
      }
      mutex_.AwaitWithDeadline(absl::Condition(&done_), due);
    }
  }

  grpc::ClientContext& context_;
  const absl::Duration stall_max_;
  mutable absl::Mutex mutex_;
  absl::Time last_move_ ABSL_GUARDED_BY(mutex_);
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  bool stalled_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace bellwether::feed

#endif  // BELLWETHER_COMMON_FEED_STALL_GUARD_H_
