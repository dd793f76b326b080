// What was not acknowledged in time goes one rung up (L3).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_ESCALATION_HANDLER_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_ESCALATION_HANDLER_H_

#include <cstdint>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "common/metrics/metrics.h"
#include "common/store/store.h"
#include "common/timers/handler.h"
#include "services/alerts/adapters/sql_case_rows.h"
#include "services/alerts/application/case_book.h"

namespace bellwether::alerts {

// Outlived by everything it refers to. One thread, the runner's.
class EscalationHandler final : public timers::Handler {
 public:
  // `written` is called when something has been written that is to be published; may be empty.
  EscalationHandler(const CaseBook& cases, const CaseRowsContext& rows, metrics::Registry& registry,
                    std::function<void()> written);

  absl::Status Lock(store::Transaction& transaction, const timers::Subject& subject) override;
  // The next rung's time runs from when the clock came there and not from the due instant: after an
  // outage people get the time that the rule gives them.
  absl::Status Fire(store::Transaction& transaction, const timers::Fired& fired) override;
  void Committed(int64_t count) override;

 private:
  const CaseBook& cases_;
  const CaseRowsContext& rows_;
  const std::function<void()> written_;
  metrics::Counter& escalated_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_ESCALATION_HANDLER_H_
