// How a process shares out the time between the signal and its end.
#ifndef BELLWETHER_COMMON_HOSTING_DRAIN_H_
#define BELLWETHER_COMMON_HOSTING_DRAIN_H_

#include "absl/time/time.h"
#include "common/base/clock.h"

namespace bellwether::hosting {

// What calls in flight may use of it. A call may be one of minutes; the rest is for what must not
// be missed: a last checkpoint, partitions handed over, leases given back.
inline constexpr double kDrainShareOfCalls = 0.5;

// When the calls still in flight are cancelled, of a drain that begins now and ends at `deadline`.
inline absl::Time CallsDeadline(absl::Time deadline, const Clock& clock = Clock::System()) {
  const absl::Time now = clock.Now();
  return now + kDrainShareOfCalls * (deadline - now);
}

}  // namespace bellwether::hosting

#endif  // BELLWETHER_COMMON_HOSTING_DRAIN_H_
