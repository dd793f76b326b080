#include "common/runtime/application.h"

#include <pthread.h>
#include <signal.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <stop_token>
#include <thread>
#include <utility>

#include "common/base/clock.h"
#include "common/log/log.h"

namespace bellwether::runtime {
namespace {

// How long a request by another thread may wait to be seen: signals wake at once.
constexpr timespec kSignalPoll = {.tv_sec = 0, .tv_nsec = 50'000'000};
constexpr absl::Duration kWatchInterval = absl::Milliseconds(50);

sigset_t TerminationSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// True when one of the two signals came within the poll.
bool TookSignal() {
  const sigset_t signals = TerminationSignals();
  return sigtimedwait(&signals, nullptr, &kSignalPoll) > 0;
}

// Ends the process when the drain takes too long or a second signal comes. Its own thread, because
// the one that drains may be the one that hangs.
void WatchDrain(const std::stop_token& drained, absl::Time deadline) {
  while (!drained.stop_requested()) {
    const bool signalled = TookSignal();
    if (drained.stop_requested()) return;
    if (signalled || Clock::System().Now() > deadline + kWatchInterval) {
      LogError(signalled ? "second signal: ending at once" : "drain took too long: ending at once");
      std::_Exit(kExitDrainFailed);
    }
  }
}

}  // namespace

Application::Application(const ApplicationOptions& options) : options_(options) {
  const sigset_t signals = TerminationSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A peer that closes its socket is an error of a write, not a reason to die.
  signal(SIGPIPE, SIG_IGN);
  // Debian builds absl with the checks of developers: every lock would take one of the whole
  // process to look for cycles. Tests, which have no Application, go on looking.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

Application::~Application() = default;

void Application::Add(absl::string_view name, StartFunction start, StopFunction stop) {
  components_.push_back({std::string(name), std::move(start), std::move(stop)});
}

void Application::RequestStop() {
  absl::MutexLock lock(&mutex_);
  stop_requested_ = true;
}

void Application::Fail(const absl::Status& why) {
  absl::MutexLock lock(&mutex_);
  if (!failure_.has_value()) failure_ = why;
}

int Application::Run() {
  size_t started = 0;
  for (const Component& component : components_) {
    if (const absl::Status status = component.start(); !status.ok()) {
      LogError("cannot start", {{"component", component.name}, {"status", status}});
      StopFrom(started);
      return kExitStartFailed;
    }
    ++started;
    LogInfo("started", {{"component", component.name}});
  }
  AwaitEnd();
  StopFrom(started);
  absl::MutexLock lock(&mutex_);
  return failure_.has_value() ? kExitFailed : kExitClean;
}

void Application::AwaitEnd() {
  while (true) {
    if (TookSignal()) {
      LogInfo("draining", {{"cause", "signal"}});
      return;
    }
    absl::MutexLock lock(&mutex_);
    if (failure_.has_value()) {
      LogError("draining", {{"cause", "failure"}, {"status", *failure_}});
      return;
    }
    if (stop_requested_) {
      LogInfo("draining", {{"cause", "request"}});
      return;
    }
  }
}

void Application::StopFrom(size_t started) {
  const absl::Time deadline = Clock::System().Now() + options_.drain;
  std::jthread watch([deadline](const std::stop_token& drained) { WatchDrain(drained, deadline); });
  while (started > 0) {
    const Component& component = components_[--started];
    component.stop(deadline);
    LogInfo("stopped", {{"component", component.name}});
  }
}

}  // namespace bellwether::runtime
