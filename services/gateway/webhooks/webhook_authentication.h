// Whether a webhook comes from whom it says.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_AUTHENTICATION_H_
#define BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_AUTHENTICATION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/http/message.h"
#include "services/gateway/webhooks/webhook_source.h"

namespace bellwether::gateway {

// How far what a signature says of its time may lie from ours.
inline constexpr absl::Duration kSignatureTolerance = absl::Minutes(5);

// By the source's scheme; secrets are compared in constant time. UNAUTHENTICATED /
// SIGNATURE_MISSING, SIGNATURE_WRONG, SIGNATURE_TOO_OLD, SECRET_WRONG.
absl::Status AuthenticateWebhook(const WebhookSource& source, const http::ServerRequest& request,
                                 absl::Time now);

// UNAUTHENTICATED / ORGANIZATION_WRONG where an outbound message names another. Ids of 15 and 18
// characters mean the same.
absl::Status CheckOrganization(const WebhookSource& source, absl::string_view organization_id);

// The URL as HubSpot signs it: some of its %XX decoded.
std::string UrlForHubSpot(absl::string_view url);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_AUTHENTICATION_H_
