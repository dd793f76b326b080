#include "services/ctl/adapters/interrupt.h"

#include <pthread.h>

#include <stop_token>
#include <utility>

#include "absl/time/time.h"

namespace bellwether::ctl {
namespace {

constexpr absl::Duration kSignalPoll = absl::Milliseconds(100);

}  // namespace

OnInterrupt::OnInterrupt(std::function<void()> last)
    : last_(std::move(last)),
      loop_({.name = "interrupt"},
            [this](const std::stop_token&) -> absl::StatusOr<absl::Duration> {
              const timespec wait = absl::ToTimespec(kSignalPoll);
              const int number = sigtimedwait(&signals_, nullptr, &wait);
              if (number <= 0) return absl::ZeroDuration();
              last_();
              std::signal(number, SIG_DFL);
              std::raise(number);
              pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);  // here it arrives
              return absl::InfiniteDuration();
            }) {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &mask_before_);
  loop_.Start();
}

OnInterrupt::~OnInterrupt() {
  loop_.Stop();
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

}  // namespace bellwether::ctl
