// Waiting in tests: for a condition, never for a time.
#ifndef BELLWETHER_COMMON_TESTING_AWAIT_H_
#define BELLWETHER_COMMON_TESTING_AWAIT_H_

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

namespace bellwether::testing {

// Long enough for a loaded machine: reached only by a test that fails.
inline constexpr absl::Duration kAwaitMax = absl::Seconds(20);

// True as soon as `condition` holds; false when it did not within `deadline`. `condition` is called
// on this thread, again and again.
[[nodiscard]] bool Await(absl::FunctionRef<bool()> condition, absl::Duration deadline = kAwaitMax);

}  // namespace bellwether::testing

#endif  // BELLWETHER_COMMON_TESTING_AWAIT_H_
