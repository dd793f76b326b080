#include "services/alerts/adapters/escalation_timers.h"

#include <stop_token>
#include <utility>

#include "common/base/status.h"

namespace bellwether::alerts {

EscalationTimers::EscalationTimers(store::Store& store, const Clock& clock, const CaseBook& cases,
                                   const CaseRowsContext& rows, metrics::Registry& registry,
                                   EscalationTimersOptions options)
    : store_(store),
      clock_(clock),
      cases_(cases),
      rows_(rows),
      options_(std::move(options)),
      escalated_(registry.CounterOf("bellwether_alerts_escalations_total",
                                    "Alerts that were not acknowledged in time.")),
      loop_({.name = "escalation"},
            [this](const std::stop_token&) -> absl::StatusOr<absl::Duration> {
              ASSIGN_OR_RETURN(const int64_t escalated, RunDue());
              return escalated == kEscalationsPerRoundMax ? absl::ZeroDuration()
                                                          : options_.poll_interval;
            }) {}

absl::StatusOr<int64_t> EscalationTimers::RunDue() {
  const absl::Time now = clock_.Now();
  store::Rows due;
  {
    ASSIGN_OR_RETURN(const auto reading, store_.BeginRead());
    ASSIGN_OR_RETURN(due, reading->Query("SELECT alert_id, escalate_micros FROM alert_cases WHERE "
                                         "escalate_micros IS NOT NULL AND escalate_micros < $1 "
                                         "ORDER BY escalate_micros, alert_id LIMIT $2",
                                         {absl::ToUnixMicros(now), kEscalationsPerRoundMax}));
  }
  int64_t escalated = 0;
  for (const store::Row& row : due) {
    ASSIGN_OR_RETURN(const auto transaction, store_.Begin());
    SqlCaseRows rows(*transaction, rows_);
    ASSIGN_OR_RETURN(
        const bool done,
        cases_.Escalate(rows, row.Text(0), {.due = absl::FromUnixMicros(row.Int(1)), .at = now}));
    if (!done) continue;
    RETURN_IF_ERROR(transaction->Commit());
    escalated_.Increment();
    ++escalated;
  }
  if (escalated > 0 && options_.written) options_.written();
  return escalated;
}

}  // namespace bellwether::alerts
