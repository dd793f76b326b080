#include "common/connect/recent_frames.h"

#include <utility>

#include "absl/hash/hash.h"

namespace bellwether::connect {

size_t RecentFrames::IndexOf(const Form& form, absl::string_view message) {
  return absl::HashOf(form, message) % kRecentFramesMax;
}

RecentFrames::Frame RecentFrames::Find(const Form& form, absl::string_view message) const {
  if (message.size() > kRecentMessageBytesMax) return nullptr;
  const size_t index = IndexOf(form, message);
  absl::MutexLock lock(&mutex_);
  const Slot& slot = slots_[index];
  return slot.form == form && slot.message == message ? slot.frame : nullptr;
}

void RecentFrames::Put(const Form& form, std::string message, Frame frame) {
  if (message.size() > kRecentMessageBytesMax) return;
  const size_t index = IndexOf(form, message);
  Slot slot{form, std::move(message), std::move(frame)};
  absl::MutexLock lock(&mutex_);
  std::swap(slots_[index], slot);  // the former one is let go of without the lock
}

}  // namespace bellwether::connect
