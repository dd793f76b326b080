#include "services/gateway/domain/backfill_clock.h"

#include "common/base/status.h"

namespace bellwether::gateway {

absl::StatusOr<BackfillStep> BackfillClock::AdvanceTo(absl::Time time) {
  if (last_.has_value() && time < *last_) {
    return InvalidArgument("NOT_IN_ORDER", "fact.time", "the event lies before the one before it");
  }
  if (!reached_.has_value()) {
    last_ = reached_ = time;
    return BackfillStep{{}, time};
  }
  if (time < *reached_) {
    last_ = time;
    return BackfillStep{{}, *reached_};
  }
  const int32_t from = calendar_.LocalDayOf(*reached_);
  const int32_t to = calendar_.LocalDayOf(time);
  if (to - from > kBackfillDaysMax) {
    return InvalidArgument("BACKFILL_GAP", "fact.time",
                           "the event lies too far after the last one");
  }
  BackfillStep step{{}, time};
  for (int32_t day = from + 1; day <= to; ++day)
    step.midnights.push_back(calendar_.StartOfDay(day));
  last_ = reached_ = time;
  return step;
}

}  // namespace bellwether::gateway
