// The timer of a case that waits to be acknowledged (L3).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_ESCALATION_TIMER_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_ESCALATION_TIMER_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/store/store.h"
#include "common/timers/timers.h"
#include "services/alerts/domain/case.h"

namespace bellwether::alerts {

inline constexpr timers::Kind kEscalation{"alerts.escalation", /*urgent=*/true};

// Acknowledging at the last instant is still in time: the timer is due just after it.
inline constexpr absl::Duration kJustAfter = absl::Microseconds(1);

// Sets or cancels the timer, so that it says what the case says. In the transaction that writes the
// case, which is locked.
absl::Status AlignEscalation(store::Transaction& transaction, const Case& alert);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_ESCALATION_TIMER_H_
