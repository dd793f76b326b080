// A named thread that does one step after another: what the project uses instead of raw threads.
#ifndef BELLWETHER_COMMON_RUNTIME_BACKGROUND_LOOP_H_
#define BELLWETHER_COMMON_RUNTIME_BACKGROUND_LOOP_H_

#include <atomic>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace bellwether::runtime {

// Waits after failures: doubling from `least` to `most`, each drawn from its upper half so that
// replicas do not return together. One thread.
class Backoff {
 public:
  Backoff(absl::Duration least, absl::Duration most) : least_(least), most_(most), next_(least) {}

  absl::Duration Next();
  void Reset() { next_ = least_; }

 private:
  const absl::Duration least_;
  const absl::Duration most_;
  absl::Duration next_;
  absl::InsecureBitGen random_;
};

struct LoopOptions {
  std::string name;  // of the thread, at most 15 characters are shown by the system
  absl::Duration backoff_least = absl::Milliseconds(100);
  absl::Duration backoff_most = absl::Seconds(10);
};

// Runs `step` on a thread of its own until stopped. A step returns how long to wait before the next
// one: zero for at once, infinite for until Wake. A step that fails is logged (limited) and tried
// again after a backoff. Steps that wait themselves do so in pieces and look at the token.
//
// Start once, then Stop (also by the destructor), from one thread; Wake from any.
class BackgroundLoop {
 public:
  using Step = absl::AnyInvocable<absl::StatusOr<absl::Duration>(const std::stop_token&)>;

  BackgroundLoop(LoopOptions options, Step step);
  ~BackgroundLoop();
  BackgroundLoop(const BackgroundLoop&) = delete;
  BackgroundLoop& operator=(const BackgroundLoop&) = delete;

  void Start();
  // Ends the present wait, or makes the next one end at once. Does not cut a backoff short: what is
  // away is not asked more often because there is more to do.
  void Wake();
  // Asks the step to end and waits for it. Idempotent.
  void Stop();

  // Of the last step; OK before the first one has ended.
  absl::Status last_status() const;

 private:
  void Run(const std::stop_token& stop);
  void AwaitWake(absl::Duration duration);
  void AwaitStop(absl::Duration duration);

  const LoopOptions options_;
  Step step_;  // used by the thread only
  mutable absl::Mutex mutex_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status last_status_ ABSL_GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace bellwether::runtime

#endif  // BELLWETHER_COMMON_RUNTIME_BACKGROUND_LOOP_H_
