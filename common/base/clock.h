// The only way to learn the time: injected, so that tests own it.
#ifndef BELLWETHER_COMMON_BASE_CLOCK_H_
#define BELLWETHER_COMMON_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace bellwether {

// Thread-safe. Lives as long as everything that holds a pointer to it.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;

  // The machine's clock; never destroyed.
  static const Clock& System();
};

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_BASE_CLOCK_H_
