// How a process shares out the time between the signal and its end.
#ifndef BELLWETHER_COMMON_HOSTING_DRAIN_H_
#define BELLWETHER_COMMON_HOSTING_DRAIN_H_

#include "absl/time/time.h"
#include "common/base/clock.h"

namespace bellwether::hosting {

// What calls in flight may use of it. A call may be one of minutes; the rest is for what must not
// be missed: a last checkpoint, partitions handed over, leases given back.
inline constexpr double kDrainShareOfCalls = 0.5;

// What one answer over HTTP may use of it from the client's side: a client that does not read would
// keep its call, and the service that it is made to, for longer than there is.
inline constexpr double kDrainShareOfWrites = 0.25;

// When the calls still in flight are cancelled, of a drain that begins now and ends at `deadline`.
inline absl::Time CallsDeadline(absl::Time deadline, const Clock& clock = Clock::System()) {
  const absl::Time now = clock.Now();
  return now + kDrainShareOfCalls * (deadline - now);
}

// How long one write over HTTP may take, of a drain that begins now and ends at `deadline`.
inline absl::Duration DrainWriteTime(absl::Time deadline, const Clock& clock = Clock::System()) {
  return kDrainShareOfWrites * (deadline - clock.Now());
}

}  // namespace bellwether::hosting

#endif  // BELLWETHER_COMMON_HOSTING_DRAIN_H_
