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

// How the next event of a past is to be written.
struct BackfillStep {
  // Every partition needs a tick at these local midnights first.
  std::vector<absl::Time> midnights;
  absl::Time recorded_at;
};

// Keeps the instant a past has reached. One thread.
class BackfillClock {
 public:
  // `reached`: how far an earlier session came, if there was one.
  BackfillClock(const Calendar& calendar, std::optional<absl::Time> reached)
      : calendar_(calendar), reached_(reached) {}

  // An event is recorded at its own time, after the midnights in (reached, time]. What lies before
  // that which an earlier session reached is recorded there, since what was built stands: it is a
  // copy, which the fold drops, or comes late like any other. INVALID_ARGUMENT / NOT_IN_ORDER when
  // `time` lies before the event before it, BACKFILL_GAP when more than kBackfillDaysMax midnights
  // lie between.
  absl::StatusOr<BackfillStep> AdvanceTo(absl::Time time);

  std::optional<absl::Time> reached() const { return reached_; }

 private:
  const Calendar& calendar_;
  std::optional<absl::Time> reached_;
  std::optional<absl::Time> last_;  // the event before
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_DOMAIN_BACKFILL_CLOCK_H_
