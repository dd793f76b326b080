// The streams a server has open, so that a drain can end every one of them: a gRPC server does not
// shut down while a single reactor has not finished.
#ifndef BELLWETHER_COMMON_RPC_OPEN_STREAMS_H_
#define BELLWETHER_COMMON_RPC_OPEN_STREAMS_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace bellwether::rpc {

inline constexpr size_t kStreamsMaxDefault = 20'000;

// A stream of any kind. End finishes it with that status as soon as its write in flight is done;
// thread-safe, idempotent, does not block.
class OpenStream {
 public:
  virtual ~OpenStream() = default;
  virtual void End(const absl::Status& why) = 0;
};

// Owns the streams while they are open: a reactor is added when its call begins and removed as the
// last thing in OnDone, which may destroy it. Thread-safe; outlives the server.
class OpenStreams {
 public:
  explicit OpenStreams(size_t streams_max = kStreamsMaxDefault) : streams_max_(streams_max) {}

  // RESOURCE_EXHAUSTED / TOO_MANY_STREAMS, or UNAVAILABLE / DRAINING. The stream is owned also
  // then: its reactor has to finish with that status and then be removed like any other.
  absl::Status Add(std::shared_ptr<OpenStream> stream);
  void Remove(const OpenStream* stream);

  // Ends every stream with UNAVAILABLE / DRAINING, and every one that comes later.
  void Drain();

  size_t size() const;
  // False when streams are left at the deadline.
  bool AwaitNone(absl::Time deadline) const;

 private:
  const size_t streams_max_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<const OpenStream*, std::shared_ptr<OpenStream>> streams_
      ABSL_GUARDED_BY(mutex_);
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_OPEN_STREAMS_H_
