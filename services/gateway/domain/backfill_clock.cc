#include "services/gateway/domain/backfill_clock.h"

#include "common/base/status.h"

namespace bellwether::gateway {

absl::StatusOr<std::vector<absl::Time>> BackfillClock::AdvanceTo(absl::Time time) {
  std::vector<absl::Time> midnights;
  if (reached_.has_value()) {
    if (time < *reached_) {
      return InvalidArgument("NOT_IN_ORDER", "fact.time",
                             "the event lies before one that was written already");
    }
    const int32_t from = calendar_.LocalDayOf(*reached_);
    const int32_t to = calendar_.LocalDayOf(time);
    if (to - from > kBackfillDaysMax) {
      return InvalidArgument("BACKFILL_GAP", "fact.time",
                             "the event lies too far after the last one");
    }
    for (int32_t day = from + 1; day <= to; ++day) midnights.push_back(calendar_.StartOfDay(day));
  }
  reached_ = time;
  return midnights;
}

}  // namespace bellwether::gateway
