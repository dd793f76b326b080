// What waits to be sent to one reader: at most one message per subject, the latest.
#ifndef BELLWETHER_COMMON_RPC_LATEST_WINS_H_
#define BELLWETHER_COMMON_RPC_LATEST_WINS_H_

#include <list>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace bellwether::rpc {

// A message for a subject that already waits takes its place in the queue. Messages of the empty
// subject are all kept, in order. Message has ByteSizeLong(). One thread at a time.
template <typename Message>
class LatestWins {
 public:
  explicit LatestWins(size_t bytes_max) : bytes_max_(bytes_max) {}

  // False, and nothing changed, when the limit of bytes would be passed.
  bool Put(absl::string_view subject, Message message) {
    const size_t bytes = message.ByteSizeLong() + subject.size();
    const auto waiting = subject.empty() ? slots_.end() : slots_.find(subject);
    if (waiting != slots_.end()) {
      Slot& slot = *waiting->second;
      if (bytes_ - slot.bytes + bytes > bytes_max_) return false;
      bytes_ = bytes_ - slot.bytes + bytes;
      slot.message = std::move(message);
      slot.bytes = bytes;
      return true;
    }
    if (bytes_ + bytes > bytes_max_) return false;
    bytes_ += bytes;
    queue_.push_back({std::string(subject), std::move(message), bytes});
    if (!subject.empty()) slots_.emplace(subject, std::prev(queue_.end()));
    return true;
  }

  // Something of that subject waits; never of the empty one.
  bool Has(absl::string_view subject) const { return slots_.contains(subject); }

  // The message that has waited longest. Not empty.
  Message Take() {
    Slot slot = std::move(queue_.front());
    queue_.pop_front();
    bytes_ -= slot.bytes;
    if (!slot.subject.empty()) slots_.erase(slot.subject);
    return std::move(slot.message);
  }

  bool empty() const { return queue_.empty(); }
  size_t bytes() const { return bytes_; }

 private:
  struct Slot {
    std::string subject;
    Message message;
    size_t bytes;
  };

  const size_t bytes_max_;
  size_t bytes_ = 0;  // sum of the slots'
  std::list<Slot> queue_;
  absl::flat_hash_map<std::string, typename std::list<Slot>::iterator> slots_;
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_LATEST_WINS_H_
