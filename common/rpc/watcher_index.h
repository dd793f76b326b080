// Who watches what.
#ifndef BELLWETHER_COMMON_RPC_WATCHER_INDEX_H_
#define BELLWETHER_COMMON_RPC_WATCHER_INDEX_H_

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace bellwether::rpc {

// The streams of one method by what they follow, so that a change costs what its followers cost,
// however many others there are. Thread-safe.
template <typename Stream>
class WatcherIndex {
 public:
  using Streams = std::vector<std::shared_ptr<Stream>>;

  // Those that a change is for.
  struct Audience {
    std::shared_ptr<const Streams> of_everything;
    Streams of_subject;
  };

  // `subjects`: all that it follows, each once; nothing: everything.
  void Add(std::shared_ptr<Stream> stream, std::optional<std::vector<std::string>> subjects) {
    absl::MutexLock lock(&mutex_);
    Watcher& watcher = watchers_[stream.get()];
    watcher.stream = stream;
    watcher.part = next_part_++;
    watcher.follows_everything = !subjects.has_value();
    if (!subjects.has_value()) {
      auto everyone = std::make_shared<Streams>(*of_everything_);
      everyone->push_back(std::move(stream));
      of_everything_ = std::move(everyone);
      return;
    }
    watcher.subjects.reserve(subjects->size());
    for (std::string& subject : *subjects) {
      const auto followers = followers_.try_emplace(std::move(subject)).first;
      followers->second.push_back(stream);
      watcher.subjects.push_back(followers->first);
    }
  }

  void Remove(const Stream* stream) {
    absl::MutexLock lock(&mutex_);
    const auto found = watchers_.find(stream);
    if (found == watchers_.end()) return;
    if (found->second.follows_everything) {
      auto everyone = std::make_shared<Streams>(*of_everything_);
      Erase(stream, *everyone);
      of_everything_ = std::move(everyone);
    }
    for (const absl::string_view subject : found->second.subjects) {
      const auto followers = followers_.find(subject);
      Erase(stream, followers->second);
      if (followers->second.empty()) followers_.erase(followers);
    }
    watchers_.erase(found);
  }

  Audience Of(absl::string_view subject) const {
    absl::MutexLock lock(&mutex_);
    Audience audience{of_everything_, {}};
    if (const auto followers = followers_.find(subject); followers != followers_.end()) {
      audience.of_subject = followers->second;
    }
    return audience;
  }

  // One of `parts` parts of all; of a single one, all.
  Streams Part(size_t part, size_t parts) const {
    absl::MutexLock lock(&mutex_);
    Streams some;
    some.reserve(watchers_.size() / parts + 1);
    for (const auto& [key, watcher] : watchers_) {
      if (watcher.part % parts == part) some.push_back(watcher.stream);
    }
    return some;
  }

  size_t size() const {
    absl::MutexLock lock(&mutex_);
    return watchers_.size();
  }

 private:
  struct Watcher {
    std::shared_ptr<Stream> stream;
    size_t part = 0;
    bool follows_everything = false;
    std::vector<absl::string_view> subjects;  // the keys of followers_
  };

  static void Erase(const Stream* stream, Streams& from) {
    from.erase(std::remove_if(from.begin(), from.end(),
                              [&](const auto& other) { return other.get() == stream; }),
               from.end());
  }

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<const Stream*, Watcher> watchers_ ABSL_GUARDED_BY(mutex_);
  // Replaced, never changed: whoever publishes walks it without the lock.
  std::shared_ptr<const Streams> of_everything_ ABSL_GUARDED_BY(mutex_) =
      std::make_shared<Streams>();
  absl::node_hash_map<std::string, Streams> followers_ ABSL_GUARDED_BY(mutex_);
  size_t next_part_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_WATCHER_INDEX_H_
