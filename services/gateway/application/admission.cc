#include "services/gateway/application/admission.h"

#include <utility>

namespace bellwether::gateway {

bool Admission::HasRoom(size_t bytes) const {
  return events_ == 0 ||
         (events_ < kEventsMax && bytes_ + static_cast<int64_t>(bytes) <= kBytesMax);
}

bool Admission::TryEnter(size_t bytes) {
  absl::MutexLock lock(&mu_);
  if (!HasRoom(bytes)) return false;
  ++events_;
  bytes_ += static_cast<int64_t>(bytes);
  return true;
}

bool Admission::Enter(size_t bytes, absl::Duration wait_max) {
  absl::MutexLock lock(&mu_);
  const auto has_room = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return HasRoom(bytes); };
  if (!mu_.AwaitWithTimeout(absl::Condition(&has_room), wait_max)) return false;
  ++events_;
  bytes_ += static_cast<int64_t>(bytes);
  return true;
}

void Admission::Leave(size_t bytes) {
  std::deque<absl::AnyInvocable<void()>> resumed;
  {
    absl::MutexLock lock(&mu_);
    --events_;
    bytes_ -= static_cast<int64_t>(bytes);
    if (waiting_.empty()) return;
    if (events_ == 0) {
      // Nobody else will leave: a waiter behind one that has gone away must not wait for ever.
      resumed.swap(waiting_);
    } else {
      resumed.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  for (auto& resume : resumed) resume();
}

void Admission::WhenRoom(absl::AnyInvocable<void()> resume) {
  {
    absl::MutexLock lock(&mu_);
    if (events_ > 0) {
      waiting_.push_back(std::move(resume));
      return;
    }
  }
  resume();
}

int64_t Admission::events() const {
  absl::MutexLock lock(&mu_);
  return events_;
}

}  // namespace bellwether::gateway
