#include "services/alerts/adapters/escalation_timers.h"

#include <stop_token>
#include <utility>

#include "common/base/status.h"
#include "common/log/log.h"

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
  // What one alert fails by, the next need not: it holds up none of those behind it.
  absl::Status first_failure;
  for (const store::Row& row : due) {
    const std::string& alert_id = row.Text(0);
    const absl::StatusOr<bool> done =
        Escalate(alert_id, {.due = absl::FromUnixMicros(row.Int(1)), .at = now});
    if (done.ok()) {
      escalated += *done ? 1 : 0;
      continue;
    }
    LogWarning("alert not escalated", {{"alert", alert_id}, {"status", done.status()}});
    first_failure.Update(done.status());
    if (absl::IsUnavailable(done.status())) break;  // the store is away, for the others too
  }
  escalated_.Increment(static_cast<double>(escalated));
  if (escalated > 0 && options_.written) options_.written();
  RETURN_IF_ERROR(first_failure);
  return escalated;
}

absl::StatusOr<bool> EscalationTimers::Escalate(const std::string& alert_id,
                                                const EscalationDue& event) {
  ASSIGN_OR_RETURN(const auto transaction, store_.Begin());
  SqlCaseRows rows(*transaction, rows_);
  ASSIGN_OR_RETURN(const bool done, cases_.Escalate(rows, alert_id, event));
  if (done) RETURN_IF_ERROR(transaction->Commit());
  return done;
}

}  // namespace bellwether::alerts
