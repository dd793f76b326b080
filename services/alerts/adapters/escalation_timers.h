// The durable timers of cases (L3): what was not acknowledged in time goes one rung up.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_ESCALATION_TIMERS_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_ESCALATION_TIMERS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/metrics/metrics.h"
#include "common/runtime/background_loop.h"
#include "common/store/store.h"
#include "services/alerts/adapters/sql_case_rows.h"
#include "services/alerts/application/case_book.h"

namespace bellwether::alerts {

inline constexpr int64_t kEscalationsPerRoundMax = 256;

struct EscalationTimersOptions {
  absl::Duration poll_interval = absl::Seconds(1);
  // Called when something has been written that is to be published. May be empty.
  std::function<void()> written;
};

// A timer stands in the row of its case, so the two cannot disagree; a restart finds it there. Any
// number of replicas may run: the row lock and the decision let each timer count once. Outlived by
// everything it refers to.
class EscalationTimers {
 public:
  EscalationTimers(store::Store& store, const Clock& clock, const CaseBook& cases,
                   const CaseRowsContext& rows, metrics::Registry& registry,
                   EscalationTimersOptions options);

  void Start() { loop_.Start(); }
  void Stop() { loop_.Stop(); }

  // Escalates what is due, each alert in a transaction of its own; the number escalated, or the
  // first failure, by which the others are not kept back.
  absl::StatusOr<int64_t> RunDue();

 private:
  absl::StatusOr<bool> Escalate(const std::string& alert_id, const EscalationDue& event);

  store::Store& store_;
  const Clock& clock_;
  const CaseBook& cases_;
  const CaseRowsContext& rows_;
  const EscalationTimersOptions options_;
  metrics::Counter& escalated_;
  runtime::BackgroundLoop loop_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_ESCALATION_TIMERS_H_
