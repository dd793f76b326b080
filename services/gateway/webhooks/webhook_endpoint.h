// Webhooks of other systems: POST /v1/webhooks/{source}.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_ENDPOINT_H_
#define BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_ENDPOINT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/connect/open_calls.h"
#include "common/http/exchange.h"
#include "common/json/json.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call_pool.h"
#include "services/gateway/application/accept_fact.h"
#include "services/gateway/application/journal_state.h"
#include "services/gateway/webhooks/delivery_answer.h"
#include "services/gateway/webhooks/webhook_source.h"

namespace bellwether::gateway {

inline constexpr char kWebhooksPath[] = "/v1/webhooks/";
// From the delivery to the answer.
inline constexpr absl::Duration kDeliveryTimeMax = absl::Seconds(20);

// A delivery is authenticated, taken apart, and its facts are admitted as those of any call are. It
// is answered when every event is answered for, be it accepted, refused or ignored: 200, but 207
// where the format has a word for "in part"; SOAP gets its Ack. 503 means that nobody knows what
// became of a part of it: it is to be sent again, which changes nothing where facts have come
// already. 401, 404, 405, 413, 415 and 400 say what is wrong with the delivery as a whole, of which
// nothing is taken.
//
// Thread-safe; its end waits for what it has begun.
class WebhookEndpoint {
 public:
  struct Ports {
    FactAcceptor& acceptor;
    JournalState& state;
    rpc::CallPool& pool;
    const Clock& clock;
    metrics::Registry& metrics;
    // Whether a request may call at all.
    std::function<absl::Status(const http::ServerRequest&)> admit;
  };

  WebhookEndpoint(const WebhookSources& sources, Ports ports);
  WebhookEndpoint(const WebhookEndpoint&) = delete;
  WebhookEndpoint& operator=(const WebhookEndpoint&) = delete;

  void Handle(std::unique_ptr<http::Exchange> exchange);

 private:
  // On the pool: may block for kDeliveryTimeMax.
  http::ServerResponse Answer(const WebhookSource& source, const http::ServerRequest& request);
  absl::StatusOr<DeliveryReport> Take(const WebhookSource& source,
                                      const http::ServerRequest& request);
  absl::StatusOr<DeliveryReport> Admit(const WebhookSource& source,
                                       std::vector<json::Value> events);
  void Count(const WebhookSource& source, const absl::StatusOr<DeliveryReport>& report);

  const WebhookSources& sources_;
  const Ports ports_;
  metrics::Family<metrics::Counter>& deliveries_;
  metrics::Family<metrics::Counter>& events_;
  connect::OpenCalls calls_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_ENDPOINT_H_
