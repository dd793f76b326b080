#include "common/runtime/background_loop.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/log/log.h"
#include "common/log/rate_limit.h"

namespace bellwether::runtime {
namespace {

constexpr size_t kThreadNameMax = 15;  // pthread_setname_np
constexpr absl::Duration kFailureLogInterval = absl::Seconds(10);

}  // namespace

absl::Duration Backoff::Next() {
  const absl::Duration wait = next_ * absl::Uniform(random_, 0.5, 1.0);
  next_ = std::min(2 * next_, most_);
  return wait;
}

BackgroundLoop::BackgroundLoop(LoopOptions options, Step step)
    : options_(std::move(options)), step_(std::move(step)) {}

BackgroundLoop::~BackgroundLoop() { Stop(); }

void BackgroundLoop::Start() {
  BELLWETHER_CHECK(!thread_.joinable(), "a loop is started once");
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void BackgroundLoop::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
}

void BackgroundLoop::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

absl::Status BackgroundLoop::last_status() const {
  absl::MutexLock lock(&mutex_);
  return last_status_;
}

void BackgroundLoop::Run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), options_.name.substr(0, kThreadNameMax).c_str());
  Backoff backoff(options_.backoff_least, options_.backoff_most);
  LogGate gate(kFailureLogInterval);
  while (!stop.stop_requested()) {
    const absl::StatusOr<absl::Duration> wait = step_(stop);
    {
      absl::MutexLock lock(&mutex_);
      last_status_ = wait.status();
    }
    if (wait.ok()) {
      backoff.Reset();
      AwaitWake(*wait);
    } else if (!stop.stop_requested()) {
      LogLimited(gate, LogLevel::kWarning, "background step failed; trying again",
                 {{"loop", options_.name}, {"status", wait.status()}});
      AwaitStop(backoff.Next());
    }
  }
}

void BackgroundLoop::AwaitWake(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  const auto ended = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return woken_ || stopping_; };
  if (duration > absl::ZeroDuration()) mutex_.AwaitWithTimeout(absl::Condition(&ended), duration);
  woken_ = false;
}

void BackgroundLoop::AwaitStop(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&stopping_), duration);
}

}  // namespace bellwether::runtime
