// Durable timers: set and cancelled in the transaction of their subject.
#ifndef BELLWETHER_COMMON_TIMERS_TIMERS_H_
#define BELLWETHER_COMMON_TIMERS_TIMERS_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/store/store.h"

namespace bellwether::timers {

inline constexpr size_t kPayloadBytesMax = 4'096;

// Makes the table in a service's own store, or brings it up to date.
absl::Status CreateTables(store::Store& store);

// One use of timers, such as the escalation of an alert. A constant of the service that sets and
// handles it.
struct Kind {
  absl::string_view name;  // "alerts.escalation"; stored
  // People wait for what it does: when the journal's clock is silent for too long it goes by the
  // wall clock. What must follow the journal, also while a past is built, does not.
  bool urgent = false;
};

struct Subject {
  std::string type;
  std::string id;

  friend bool operator==(const Subject&, const Subject&) = default;
};

// At most one of a kind and subject is set.
struct Timer {
  Subject subject;
  // Fires once the clock is here; it is the time of what then happens.
  absl::Time due;
  std::string payload;  // whatever its handler needs and cannot look up; at most kPayloadBytesMax

  friend bool operator==(const Timer&, const Timer&) = default;
};

// Sets a timer, in place of one that is set. INVALID_ARGUMENT / TIMER_PAYLOAD_TOO_LARGE,
// TIMER_NEVER_DUE for one without an instant.
absl::Status Set(store::Transaction& transaction, const Kind& kind, const Timer& timer);
// The same for many, of distinct subjects.
absl::Status SetAll(store::Transaction& transaction, const Kind& kind,
                    absl::Span<const Timer> timers);
// No error where none is set.
absl::Status Cancel(store::Transaction& transaction, const Kind& kind, const Subject& subject);

}  // namespace bellwether::timers

#endif  // BELLWETHER_COMMON_TIMERS_TIMERS_H_
