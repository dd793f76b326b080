// The events of one delivery, whatever its format.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_EVENTS_H_
#define BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_EVENTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/http/message.h"
#include "common/json/json.h"
#include "services/gateway/webhooks/webhook_source.h"

namespace bellwether::gateway {

inline constexpr size_t kWebhookBytesMax = 4 << 20;
inline constexpr size_t kWebhookEventsMax = 1'000;
// What the change events of a delivery may come to as JSON once there is one for each record.
inline constexpr size_t kWebhookRecordBytesMax = 16 << 20;
inline constexpr int kWebhookDepthMax = 24;

// Each event as one document. INVALID_ARGUMENT / UNSUPPORTED_CONTENT_TYPE; MALFORMED_JSON,
// MALFORMED_XML, WRONG_TYPE, MISSING_VALUE, TOO_MANY_EVENTS, with the place; UNAUTHENTICATED /
// ORGANIZATION_WRONG.
absl::StatusOr<std::vector<json::Value>> WebhookEventsOf(const WebhookSource& source,
                                                         const http::ServerRequest& request);

// An event as JSON, to be kept.
std::string TextOf(const json::Value& event);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_EVENTS_H_
