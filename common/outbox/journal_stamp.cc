#include "common/outbox/journal_stamp.h"

#include <algorithm>

#include "common/base/status.h"

namespace bellwether::outbox {

absl::Status JournalStamp::Prepare() {
  ASSIGN_OR_RETURN(live_, phase_->IsLive());
  return absl::OkStatus();
}

Stamp JournalStamp::StampOf(absl::Time now, absl::Time change_time) const {
  if (live_) return {.recorded_at = now};
  return {.recorded_at = std::max(change_time, absl::UnixEpoch()), .backfill = true};
}

}  // namespace bellwether::outbox
