#include "common/runtime/readiness.h"

#include <algorithm>

namespace bellwether::runtime {

void Readiness::Add(absl::string_view name, ReadyCheck check) {
  absl::MutexLock lock(&mutex_);
  checks_.emplace_back(std::string(name), std::move(check));
}

void Readiness::Remove(absl::string_view name) {
  absl::MutexLock lock(&mutex_);
  const auto gone = std::remove_if(checks_.begin(), checks_.end(),
                                   [&](const auto& check) { return check.first == name; });
  checks_.erase(gone, checks_.end());
}

std::vector<Readiness::State> Readiness::Ask() const {
  // Under the lock, so that Remove returns only when its check no longer runs.
  absl::MutexLock lock(&mutex_);
  std::vector<State> states;
  states.reserve(checks_.size());
  for (const auto& [name, check] : checks_) states.push_back({name, check()});
  return states;
}

absl::Status Readiness::Overall() const {
  for (const State& state : Ask()) {
    if (!state.status.ok()) return state.status;
  }
  return absl::OkStatus();
}

}  // namespace bellwether::runtime
