// The time of a past that is being built: events in order, midnights between them.
#ifndef BELLWETHER_SERVICES_GATEWAY_DOMAIN_BACKFILL_CLOCK_H_
#define BELLWETHER_SERVICES_GATEWAY_DOMAIN_BACKFILL_CLOCK_H_

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/calendar/calendar.h"

namespace bellwether::gateway {

// The longest step between two events.
inline constexpr int kBackfillDaysMax = 20'000;

// Keeps the instant a backfill has reached. One thread.
class BackfillClock {
 public:
  // `reached`: where an earlier backfill of the journal ended, if there was one.
  BackfillClock(const Calendar& calendar, std::optional<absl::Time> reached)
      : calendar_(calendar), reached_(reached) {}

  // The local midnights in (reached, time], at which every partition needs a tick before an event
  // at `time` is written. INVALID_ARGUMENT / NOT_IN_ORDER when `time` lies before what was reached;
  // BACKFILL_GAP when more than kBackfillDaysMax midnights lie between.
  absl::StatusOr<std::vector<absl::Time>> AdvanceTo(absl::Time time);

  std::optional<absl::Time> reached() const { return reached_; }

 private:
  const Calendar& calendar_;
  std::optional<absl::Time> reached_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_DOMAIN_BACKFILL_CLOCK_H_
