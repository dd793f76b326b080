// A bell that one thread waits for and any thread may ring.
#ifndef BELLWETHER_COMMON_STREAM_BELL_H_
#define BELLWETHER_COMMON_STREAM_BELL_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace bellwether::stream {

// Thread-safe. Shared by those who ring, so that ringing late is harmless.
class Bell {
 public:
  void Ring() {
    absl::MutexLock lock(&mutex_);
    rung_ = true;
  }
  // Returns once rung since the last return, or after `timeout`.
  void Wait(absl::Duration timeout) {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&rung_), timeout);
    rung_ = false;
  }

 private:
  absl::Mutex mutex_;
  bool rung_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_BELL_H_
