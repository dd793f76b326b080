// The life of a process: components started in order, stopped in reverse.
//
//   int main(int argc, char** argv) {
//     …configuration…
//     runtime::Application application({.drain = config.drain});
//     application.Add("store", start, stop);
//     application.Add("rpc", …);
//     return application.Run();
//   }
#ifndef BELLWETHER_COMMON_RUNTIME_APPLICATION_H_
#define BELLWETHER_COMMON_RUNTIME_APPLICATION_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace bellwether::runtime {

// What Run returns. 2 is an invalid configuration (common/config/settings.h).
inline constexpr int kExitClean = 0;
inline constexpr int kExitStartFailed = 1;
inline constexpr int kExitFailed = 3;       // a component called Fail
inline constexpr int kExitDrainFailed = 4;  // stopping took longer than the drain allows

struct ApplicationOptions {
  // From the signal to the last component's stop. Each Stop is given what is left of it.
  absl::Duration drain = absl::Seconds(20);
};

// SIGTERM and SIGINT begin the drain; a second one, or a drain past its time, ends the process at
// once: what was not committed is replayed at the next start. One Application per process, made
// before any thread, so that every thread leaves those signals to it. Run once; RequestStop and
// Fail from any thread, also before Run.
class Application {
 public:
  // Blocks the two signals for this thread and those it makes.
  explicit Application(const ApplicationOptions& options = {});
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  using StartFunction = std::function<absl::Status()>;
  using StopFunction = std::function<void(absl::Time deadline)>;

  // Started in the order of Add. A component whose start failed is not stopped; those before it
  // are.
  void Add(absl::string_view name, StartFunction start, StopFunction stop);

  // Starts everything, waits for a signal, RequestStop or Fail, stops everything.
  int Run();

  void RequestStop();
  // The process cannot go on: drains and ends with kExitFailed.
  void Fail(const absl::Status& why);

 private:
  struct Component {
    std::string name;
    StartFunction start;
    StopFunction stop;
  };

  // Waits for the reason to stop.
  void AwaitEnd();
  void StopFrom(size_t started);

  const ApplicationOptions options_;
  std::vector<Component> components_;
  absl::Mutex mutex_;
  bool stop_requested_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> failure_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether::runtime

#endif  // BELLWETHER_COMMON_RUNTIME_APPLICATION_H_
