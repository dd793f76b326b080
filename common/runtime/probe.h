// Whether something that a process stands on is there.
#ifndef BELLWETHER_COMMON_RUNTIME_PROBE_H_
#define BELLWETHER_COMMON_RUNTIME_PROBE_H_

#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/runtime/background_loop.h"

namespace bellwether::runtime {

// Between two questions, at most.
inline constexpr absl::Duration kProbeInterval = absl::Seconds(2);
// Who has not answered for so long is away, whatever is still waited for.
inline constexpr absl::Duration kProbeAnswerMax = absl::Seconds(10);

// Asks now and then, on a thread of its own: a working thread may not ask for hours, or have its
// failures reported elsewhere, and readiness is not to wait for an answer.
//
// Start once, then Stop (also by the destructor), from one thread; Ready from any.
class Probe {
 public:
  // OK when it is there. May block; Stop waits for it.
  using Question = absl::AnyInvocable<absl::Status()>;

  // `name` is for operators: "bus". `clock` outlives it.
  Probe(absl::string_view name, Question question, const Clock& clock = Clock::System());

  void Start() { loop_.Start(); }
  void Stop() { loop_.Stop(); }

  // The last answer, OK before there is one; UNAVAILABLE / NO_ANSWER while one is overdue.
  absl::Status Ready() const;

 private:
  absl::Status Ask();

  const std::string name_;
  Question question_;  // used by the thread only
  const Clock& clock_;
  mutable absl::Mutex mutex_;
  // The question that is not answered yet.
  std::optional<absl::Time> asked_at_ ABSL_GUARDED_BY(mutex_);
  BackgroundLoop loop_;  // last: its thread uses the rest
};

}  // namespace bellwether::runtime

#endif  // BELLWETHER_COMMON_RUNTIME_PROBE_H_
