// A clock of tests that runs on by itself, at another time than it is.
#ifndef BELLWETHER_COMMON_TESTING_SHIFTED_CLOCK_H_
#define BELLWETHER_COMMON_TESTING_SHIFTED_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/clock.h"

namespace bellwether::testing {

// Thread-safe. Never goes back.
class ShiftedClock final : public Clock {
 public:
  // It is `now` at this moment.
  explicit ShiftedClock(absl::Time now)
      : shift_micros_(absl::ToInt64Microseconds(now - absl::Now())) {}

  absl::Time Now() const override { return absl::Now() + absl::Microseconds(shift_micros_.load()); }

  // From this moment on it is `now`, which is later than it was.
  void JumpTo(absl::Time now) { shift_micros_.store(absl::ToInt64Microseconds(now - absl::Now())); }

 private:
  std::atomic<int64_t> shift_micros_;
};

}  // namespace bellwether::testing

#endif  // BELLWETHER_COMMON_TESTING_SHIFTED_CLOCK_H_
