// The clock of tests: stands still until it is advanced.
#ifndef BELLWETHER_COMMON_TESTING_FAKE_CLOCK_H_
#define BELLWETHER_COMMON_TESTING_FAKE_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "common/base/clock.h"

namespace bellwether::testing {

// Thread-safe. Keeps whole microseconds.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time now) : micros_(absl::ToUnixMicros(now)) {}

  absl::Time Now() const override { return absl::FromUnixMicros(micros_.load()); }

  void Advance(absl::Duration by) { micros_.fetch_add(absl::ToInt64Microseconds(by)); }
  void Set(absl::Time now) { micros_.store(absl::ToUnixMicros(now)); }

 private:
  std::atomic<int64_t> micros_;
};

}  // namespace bellwether::testing

#endif  // BELLWETHER_COMMON_TESTING_FAKE_CLOCK_H_
