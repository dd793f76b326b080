// Calls that have been begun and not ended.
#ifndef BELLWETHER_COMMON_CONNECT_OPEN_CALLS_H_
#define BELLWETHER_COMMON_CONNECT_OPEN_CALLS_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace bellwether::connect {

// Its end waits until every call has ended; so it is the last member of what the calls refer to.
// Thread-safe.
class OpenCalls {
 public:
  OpenCalls() = default;
  ~OpenCalls() {
    const absl::MutexLock lock(&mutex_, absl::Condition(
                                            +[](int* calls) { return *calls == 0; }, &calls_));
  }
  OpenCalls(const OpenCalls&) = delete;
  OpenCalls& operator=(const OpenCalls&) = delete;

  void Begin() {
    const absl::MutexLock lock(&mutex_);
    ++calls_;
  }
  // The last that the call does with what it refers to.
  void End() {
    const absl::MutexLock lock(&mutex_);
    --calls_;
  }

 private:
  absl::Mutex mutex_;
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace bellwether::connect

#endif  // BELLWETHER_COMMON_CONNECT_OPEN_CALLS_H_
