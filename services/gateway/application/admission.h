// How much may be on its way into the journal at a time, over all callers.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_ADMISSION_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_ADMISSION_H_

#include <cstdint>
#include <deque>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace bellwether::gateway {

// Keeps the journal's producer from ever being full: what enters here fits there, with its headers.
// Thread-safe.
class Admission {
 public:
  static constexpr int64_t kEventsMax = 20'000;
  static constexpr int64_t kBytesMax = 32 << 20;

  // False when there is no room. One event always fits into an empty house.
  bool TryEnter(size_t bytes) ABSL_LOCKS_EXCLUDED(mu_);
  // Blocks until there is room; false when there was none within `wait_max`.
  bool Enter(size_t bytes, absl::Duration wait_max) ABSL_LOCKS_EXCLUDED(mu_);
  void Leave(size_t bytes) ABSL_LOCKS_EXCLUDED(mu_);

  // Calls `resume` when it is worth trying again: at once if there is room now, else on the thread
  // that makes room. Waiters are called in their order, one for each that leaves.
  void WhenRoom(absl::AnyInvocable<void()> resume) ABSL_LOCKS_EXCLUDED(mu_);

  int64_t events() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  bool HasRoom(size_t bytes) const ABSL_SHARED_LOCKS_REQUIRED(mu_);

  mutable absl::Mutex mu_;
  int64_t events_ ABSL_GUARDED_BY(mu_) = 0;
  int64_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
  std::deque<absl::AnyInvocable<void()>> waiting_ ABSL_GUARDED_BY(mu_);
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_ADMISSION_H_
