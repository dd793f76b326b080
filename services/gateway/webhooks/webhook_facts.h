// What an event of a webhook says, as facts.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_FACTS_H_
#define BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_FACTS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/fact.pb.h"
#include "common/json/json.h"
#include "services/gateway/webhooks/webhook_source.h"

namespace bellwether::gateway {

// The facts that the source's rules make of the event: none where no rule holds. INVALID_ARGUMENT
// where one holds whose columns cannot be read or fill no fact: the reason of the fault, and as
// field the rule and the column.
absl::StatusOr<std::vector<events::v1::FactEvent>> FactsOf(const WebhookSource& source,
                                                           const json::Value& event,
                                                           absl::Time now);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_FACTS_H_
