#include "services/alerts/adapters/escalation_handler.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/alerts/adapters/escalation_timer.h"

namespace bellwether::alerts {

EscalationHandler::EscalationHandler(const CaseBook& cases, const CaseRowsContext& rows,
                                     metrics::Registry& registry, std::function<void()> written)
    : cases_(cases),
      rows_(rows),
      written_(std::move(written)),
      escalated_(registry.CounterOf("bellwether_alerts_escalations_total",
                                    "Alerts that were not acknowledged in time.")) {}

absl::Status EscalationHandler::Lock(store::Transaction& transaction,
                                     const timers::Subject& subject) {
  if (rows_.for_update.empty()) return absl::OkStatus();  // the store has one writer
  return transaction
      .Query(absl::StrCat("SELECT 1 FROM alert_cases WHERE alert_id = $1", rows_.for_update),
             {subject.id})
      .status();
}

absl::Status EscalationHandler::Fire(store::Transaction& transaction, const timers::Fired& fired) {
  SqlCaseRows rows(transaction, rows_);
  return cases_
      .Escalate(rows, fired.timer.subject.id,
                {.due = fired.timer.due - kJustAfter, .at = fired.reached})
      .status();
}

void EscalationHandler::Committed(int64_t count) {
  escalated_.Increment(static_cast<double>(count));
  if (written_) written_();
}

}  // namespace bellwether::alerts
