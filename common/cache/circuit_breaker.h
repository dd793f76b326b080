// Stops asking a server that does not answer.
#ifndef BELLWETHER_COMMON_CACHE_CIRCUIT_BREAKER_H_
#define BELLWETHER_COMMON_CACHE_CIRCUIT_BREAKER_H_

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"

namespace bellwether::cache {

struct CircuitBreakerLimits {
  int failures_to_open = 3;  // in a row
  // How long it stays open at first; doubles with every probe that fails.
  absl::Duration open_least = absl::Milliseconds(100);
  absl::Duration open_most = absl::Seconds(5);
};

// Closed, every call goes through. After `failures_to_open` failures in a row it opens: calls are
// refused at once until the wait is over, then one caller at a time is let through to probe. A
// success closes it. Thread-safe; the clock outlives it.
class CircuitBreaker {
 public:
  // `jitter` gives numbers in [0, 1), which spread the probes of many processes over the second
  // half of each wait; called under a lock.
  CircuitBreaker(CircuitBreakerLimits limits, const Clock& clock,
                 absl::AnyInvocable<double()> jitter);

  enum class Verdict {
    kProceed,
    kProbe,  // proceed, and find out whether the server is back: others wait for the answer
    kRefuse,
  };
  // Every caller that is not refused reports how it went, whatever that was; a failure with how it
  // was admitted.
  Verdict Admit();
  void OnSuccess();
  void OnFailure(Verdict admitted);

  bool open() const;

 private:
  const CircuitBreakerLimits limits_;
  const Clock& clock_;
  mutable absl::Mutex mutex_;
  absl::AnyInvocable<double()> jitter_ ABSL_GUARDED_BY(mutex_);
  int failures_ ABSL_GUARDED_BY(mutex_) = 0;  // in a row
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  bool probing_ ABSL_GUARDED_BY(mutex_) = false;  // only while open
  absl::Duration wait_ ABSL_GUARDED_BY(mutex_);   // of the next opening
  absl::Time probe_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether::cache

#endif  // BELLWETHER_COMMON_CACHE_CIRCUIT_BREAKER_H_
