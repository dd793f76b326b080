#include "common/testing/await.h"

#include "absl/time/clock.h"

namespace bellwether::testing {

bool Await(absl::FunctionRef<bool()> condition, absl::Duration deadline) {
  constexpr absl::Duration kYield = absl::Milliseconds(1);
  const absl::Time until = absl::Now() + deadline;
  while (!condition()) {
    if (absl::Now() >= until) return false;
    absl::SleepFor(kYield);
  }
  return true;
}

}  // namespace bellwether::testing
