#include "services/alerts/adapters/escalation_timer.h"

#include <utility>

namespace bellwether::alerts {
namespace {

constexpr char kSubjectType[] = "alert";

}  // namespace

absl::Status AlignEscalation(store::Transaction& transaction, const Case& alert) {
  timers::Subject subject{kSubjectType, alert.alert_id};
  if (!alert.escalate_at.has_value()) {
    return timers::Cancel(transaction, kEscalation, subject);
  }
  return timers::Set(transaction, kEscalation,
                     {.subject = std::move(subject), .due = *alert.escalate_at + kJustAfter});
}

}  // namespace bellwether::alerts
