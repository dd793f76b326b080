// What is to be done before an interrupted command dies of its signal.
#ifndef BELLWETHER_SERVICES_CTL_ADAPTERS_INTERRUPT_H_
#define BELLWETHER_SERVICES_CTL_ADAPTERS_INTERRUPT_H_

#include <csignal>
#include <functional>

#include "common/runtime/background_loop.h"

namespace bellwether::ctl {

// While it lives, SIGINT and SIGTERM first call `last` on a thread of its own and then end the
// process as they would have without it. Made before any thread that the command leads to, so that
// they all leave the signals to it. A second signal waits until `last` is through.
class OnInterrupt {
 public:
  explicit OnInterrupt(std::function<void()> last);
  ~OnInterrupt();
  OnInterrupt(const OnInterrupt&) = delete;
  OnInterrupt& operator=(const OnInterrupt&) = delete;

 private:
  const std::function<void()> last_;
  sigset_t signals_;
  sigset_t mask_before_;
  runtime::BackgroundLoop loop_;
};

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_ADAPTERS_INTERRUPT_H_
