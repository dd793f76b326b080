// How far a load goes before it stands still to be compared.
#ifndef BELLWETHER_TESTS_E2E_STEPS_H_
#define BELLWETHER_TESTS_E2E_STEPS_H_

#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace bellwether::e2e {

// The instant --until names, to which a load's times count back.
absl::StatusOr<absl::Time> ParseUntil(const std::string& text);

// Takes a load of `total` units through steps, read from standard input: a number is how many units
// are to have been sent at the end of the next step, any other line ends a step where it is. The
// end of the input is all the rest, as fast as it is taken, whereas a step keeps to `rate` units a
// second (0: to none).
//
// `send` sends the units from `begin` to before `end` and returns once each is answered; `report`
// is called at the end of each step with how many were sent. So what was sent is always the first
// so many units, however they were cut up. One thread, once a process.
absl::Status RunSteps(size_t total, size_t rate,
                      absl::FunctionRef<absl::Status(size_t begin, size_t end)> send,
                      absl::FunctionRef<absl::Status(size_t sent)> report);

}  // namespace bellwether::e2e

#endif  // BELLWETHER_TESTS_E2E_STEPS_H_
