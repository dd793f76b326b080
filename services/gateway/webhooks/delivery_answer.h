// How a delivery is answered, as its sender understands it.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_DELIVERY_ANSWER_H_
#define BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_DELIVERY_ANSWER_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bellwether/webhooks/v1/webhook.pb.h"
#include "common/http/message.h"

namespace bellwether::gateway {

// Refusals that an answer names; all are counted.
inline constexpr size_t kRefusalsShownMax = 100;

// What became of a delivery's events.
struct DeliveryReport {
  struct Refusal {
    size_t event = 0;  // from 0, in the order of the delivery
    absl::Status why;
  };

  size_t events = 0;
  size_t accepted = 0;  // facts
  size_t ignored = 0;   // events for which no rule holds
  // Facts, or events of which none could be made: kept as dead letters.
  std::vector<Refusal> refusals;
};

http::ServerResponse DeliveryAnswer(webhooks::v1::WebhookFormat format,
                                    const absl::StatusOr<DeliveryReport>& report);

// Of a delivery that failed: 400, 401, 415 or 503.
int StatusOfFailure(const absl::Status& status);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_DELIVERY_ANSWER_H_
