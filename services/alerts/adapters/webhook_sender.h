// Sends what is to be delivered to one receiver (L6).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_WEBHOOK_SENDER_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_WEBHOOK_SENDER_H_

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/http/client.h"
#include "common/lease/lease.h"
#include "common/metrics/metrics.h"
#include "common/runtime/background_loop.h"
#include "common/store/store.h"
#include "services/alerts/adapters/sql_case_rows.h"
#include "services/alerts/adapters/sql_deliveries.h"
#include "services/alerts/application/case_book.h"
#include "services/alerts/domain/delivery.h"

namespace bellwether::alerts {

inline constexpr size_t kWebhookTargetsMax = 16;
inline constexpr absl::Duration kChannelNotedInterval = absl::Seconds(1);

struct WebhookTarget {
  NotificationTarget notification;
  http::Url url;
  std::string secret;
};

struct WebhookSenderOptions {
  std::string owner;  // of the lease: fresh for each process
  DeliveryPolicy policy;
  absl::Duration timeout = absl::Seconds(10);
  // How long deliveries may lie when no Wake came.
  absl::Duration poll_interval = absl::Seconds(1);
  // Called when something has been written that is to be published. May be empty.
  std::function<void()> written;
};

// One receiver, one thread: a slow receiver keeps only itself waiting. Every attempt is committed
// before it is made, so that a crash shows as an attempt without outcome and leads to another one
// with the same idempotency key: at least once. Only the holder of the receiver's lease begins
// attempts, and each ends before another sender may begin the next: one that comes too late, for a
// freeze or a slow look-up, sends nothing, and what it learns late is dropped. What no sender can
// prevent is a freeze right after a look at the clock.
// Outlived by everything it refers to.
class WebhookSender {
 public:
  WebhookSender(WebhookTarget target, store::Store& store, const Clock& clock,
                const http::Client& client, const CaseBook& cases, const CaseRowsContext& rows,
                metrics::Registry& registry, WebhookSenderOptions options);

  void Start() { loop_.Start(); }
  // Breaks the attempt under way off, as a crash would, and gives the lease back.
  void Stop();
  void Wake() { loop_.Wake(); }

  // One attempt, if one is due: zero when there may be more, else how long to wait. What the thread
  // runs; for tests also without it.
  absl::StatusOr<absl::Duration> SendNext(const std::stop_token& stop = {});

 private:
  absl::StatusOr<Claim> TakeNext(absl::Time now, absl::Time until);
  absl::StatusOr<http::Response> Send(const Delivery& delivery, absl::Duration timeout,
                                      const std::stop_token& stop) const;
  absl::Status Record(const Delivery& delivery, const Answer& answer);
  // For those who ask how the channel is doing: beside the transactions of deliveries, which would
  // wait for the channel's one row, and of each outcome once in kChannelNotedInterval.
  void NoteChannel(const DeliveryVerdict& verdict, const Answer& answer, absl::Time now);
  void Measure(const DeliveryBacklog& backlog, absl::Time now);

  const WebhookTarget target_;
  store::Store& store_;
  const Clock& clock_;
  const http::Client& client_;
  const CaseBook& cases_;
  const CaseRowsContext& rows_;
  const WebhookSenderOptions options_;
  lease::Lease lease_;
  absl::InsecureBitGen random_;  // of the sending thread, as what follows
  absl::Time success_noted_ = absl::InfinitePast();
  absl::Time failure_noted_ = absl::InfinitePast();
  metrics::Family<metrics::Counter>& attempts_;
  metrics::Gauge& waiting_;
  metrics::Gauge& oldest_seconds_;
  runtime::BackgroundLoop loop_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_WEBHOOK_SENDER_H_
