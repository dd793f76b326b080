// Keeps an Alertmanager's list of alerts up to date (L6).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERTMANAGER_REPORTER_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERTMANAGER_REPORTER_H_

#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/lease/lease.h"
#include "common/log/rate_limit.h"
#include "common/metrics/metrics.h"
#include "common/runtime/background_loop.h"
#include "common/store/store.h"
#include "services/alerts/domain/alert_roster.h"
#include "services/alerts/domain/case.h"
#include "services/alerts/domain/delivery.h"

namespace bellwether::alerts {

inline constexpr size_t kAlertmanagersMax = 8;
// Alerts of one POST.
inline constexpr size_t kListingsPerPost = 64;

struct AlertmanagerOptions {
  std::string owner;  // of the lease: fresh for each process
  http::Url url;      // of /api/v2/alerts
  std::string token;  // sent as a bearer; empty for none
  absl::Duration repeat = absl::Minutes(1);
  absl::Duration timeout = absl::Seconds(10);
  // How long a change may lie. Alertmanagers wait longer themselves before they notify.
  absl::Duration poll_interval = absl::Seconds(1);
  // The end of an alert is repeated for this long.
  absl::Duration ended_repeated = absl::Minutes(15);
  // The alerts sent to it, those of the highest priority; the log says when there are more. The end
  // of none of the others is sent; not repeated, they lapse there.
  size_t alerts_max = 10'000;
};

// One Alertmanager, one thread. It is sent the state of alerts, not events: whatever gets lost is
// sent again, and what is not repeated, since no replica runs, it takes for over by itself
// (AlertRoster). While it is away, it is tried with backoff and sent the state of then. Only the
// holder of the Alertmanager's lease posts to it. Outlived by everything it refers to.
class AlertmanagerReporter {
 public:
  AlertmanagerReporter(store::Store& store, const Clock& clock, const http::Client& client,
                       const CasePolicy& policy, metrics::Registry& registry,
                       AlertmanagerOptions options);

  void Start() { loop_.Start(); }
  // Breaks the POST under way off and gives the lease back. Alertmanager holds what it was sent for
  // AlertRoster::kHeldRepeats.
  void Stop();

  // Posts what is due; how long to wait then. What the thread runs; for tests also without it.
  absl::StatusOr<absl::Duration> Report(const std::stop_token& stop = {});

 private:
  absl::Status Post(absl::Span<Listing> listings, const std::stop_token& stop);
  // What became of it, for those who ask how the channel is doing.
  absl::Status Record(const DeliveryVerdict& verdict, const Answer& answer);
  // How long to wait then.
  absl::Duration NotLeading();

  store::Store& store_;
  const Clock& clock_;
  const http::Client& client_;
  const CasePolicy& policy_;
  const AlertmanagerOptions options_;
  const std::string target_;  // host and port, also a metric label
  lease::Lease lease_;
  AlertRoster roster_;
  metrics::Family<metrics::Counter>& posts_;
  metrics::Gauge& listed_;
  LogGate too_many_gate_;
  // Successes until then are not written down again.
  absl::Time success_kept_until_ = absl::InfinitePast();
  runtime::BackgroundLoop loop_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERTMANAGER_REPORTER_H_
