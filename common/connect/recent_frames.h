// Frames that were encoded a moment ago.
#ifndef BELLWETHER_COMMON_CONNECT_RECENT_FRAMES_H_
#define BELLWETHER_COMMON_CONNECT_RECENT_FRAMES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/descriptor.h"

namespace bellwether::connect {

// Frames of that many messages are kept, each until another takes its place.
inline constexpr size_t kRecentFramesMax = 512;
// Larger messages are not kept: openings, which each watcher has its own of.
inline constexpr size_t kRecentMessageBytesMax = 16 << 10;

// A message that goes to many streams comes from the server once for each, in the same bytes; its
// JSON costs far more than to find what it was written as before. Thread-safe.
class RecentFrames {
 public:
  using Frame = std::shared_ptr<const std::string>;

  // What else than its bytes a frame depends on.
  struct Form {
    const google::protobuf::Descriptor* type = nullptr;
    bool json = false;
    bool gzip = false;

    bool operator==(const Form&) const = default;
    template <typename H>
    friend H AbslHashValue(H state, const Form& form) {
      return H::combine(std::move(state), form.type, form.json, form.gzip);
    }
  };

  RecentFrames() : slots_(kRecentFramesMax) {}

  // Null where it is not known, any more or yet.
  Frame Find(const Form& form, absl::string_view message) const;
  void Put(const Form& form, std::string message, Frame frame);

 private:
  struct Slot {
    Form form;
    std::string message;
    Frame frame;
  };

  static size_t IndexOf(const Form& form, absl::string_view message);

  mutable absl::Mutex mutex_;
  std::vector<Slot> slots_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether::connect

#endif  // BELLWETHER_COMMON_CONNECT_RECENT_FRAMES_H_
