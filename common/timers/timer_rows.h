// The rows of timers as the runner sees them.
#ifndef BELLWETHER_COMMON_TIMERS_TIMER_ROWS_H_
#define BELLWETHER_COMMON_TIMERS_TIMER_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/store/store.h"
#include "common/timers/timers.h"

namespace bellwether::timers {

struct TimerRow {
  std::string kind;
  Timer timer;
  int64_t attempts = 0;  // that have failed
};

// How far each class of timers may go.
struct Horizon {
  absl::Time ordinary = absl::InfinitePast();  // the clock of the journal
  absl::Time urgent = absl::InfinitePast();    // the same, or the wall clock while it is silent
};

// What is due and has not failed yet, in the order (due, subject, kind); at most `count_max`.
absl::StatusOr<std::vector<TimerRow>> Due(store::Transaction& transaction, const Horizon& horizon,
                                          int64_t count_max);
// What has failed and is to be tried again by `now`, in the order of these instants.
absl::StatusOr<std::vector<TimerRow>> ToRetry(store::Transaction& transaction, absl::Time now,
                                              int64_t count_max);
// Due instant of the first ordinary timer that has not failed.
absl::StatusOr<std::optional<absl::Time>> FirstOrdinaryDue(store::Transaction& transaction);

// Takes the timer for this transaction by deleting it. False when it has been fired, cancelled or
// set anew since it was read; waits for another transaction that is just doing so.
absl::StatusOr<bool> Claim(store::Transaction& transaction, const TimerRow& row);

// Puts it off after a failure, if it is still as it was read.
absl::Status PutOff(store::Transaction& transaction, const TimerRow& row, absl::Time retry);

// The statement of Due for one class, for tests of its plan.
absl::string_view DueSql();

}  // namespace bellwether::timers

#endif  // BELLWETHER_COMMON_TIMERS_TIMER_ROWS_H_
