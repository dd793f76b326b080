#include "common/cache/circuit_breaker.h"

#include <algorithm>
#include <utility>

namespace bellwether::cache {

CircuitBreaker::CircuitBreaker(CircuitBreakerLimits limits, const Clock& clock,
                               absl::AnyInvocable<double()> jitter)
    : limits_(limits), clock_(clock), jitter_(std::move(jitter)), wait_(limits.open_least) {}

CircuitBreaker::Verdict CircuitBreaker::Admit() {
  absl::MutexLock lock(&mutex_);
  if (!open_) return Verdict::kProceed;
  if (probing_ || clock_.Now() < probe_at_) return Verdict::kRefuse;
  probing_ = true;
  return Verdict::kProbe;
}

void CircuitBreaker::OnSuccess() {
  absl::MutexLock lock(&mutex_);
  failures_ = 0;
  open_ = false;
  probing_ = false;
  wait_ = limits_.open_least;
}

void CircuitBreaker::OnFailure(Verdict admitted) {
  absl::MutexLock lock(&mutex_);
  ++failures_;
  // Calls that were under way when it opened say nothing new, not even while a probe is.
  if (open_ ? admitted != Verdict::kProbe : failures_ < limits_.failures_to_open) return;
  open_ = true;
  probing_ = false;
  probe_at_ = clock_.Now() + wait_ * (0.5 + 0.5 * jitter_());
  wait_ = std::min(wait_ * 2, limits_.open_most);
}

bool CircuitBreaker::open() const {
  absl::MutexLock lock(&mutex_);
  return open_;
}

}  // namespace bellwether::cache
