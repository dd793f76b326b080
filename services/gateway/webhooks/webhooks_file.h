// The file of webhook sources (proto/bellwether/webhooks/v1/webhook.proto).
#ifndef BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOKS_FILE_H_
#define BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOKS_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/gateway/webhooks/webhook_source.h"

namespace bellwether::gateway {

inline constexpr int kWebhookSourcesMax = 100;
inline constexpr int kRulesOfSourceMax = 100;
inline constexpr size_t kSecretsOfSourceMax = 4;

// Reads secrets, too. INVALID_ARGUMENT / CONFIG_INVALID with every problem, each with file, line
// and column. `file` is only named.
absl::StatusOr<WebhookSources> ReadWebhookSources(absl::string_view text, absl::string_view file);

// The file at `path`; none where that is empty.
absl::StatusOr<WebhookSources> LoadWebhookSources(const std::string& path);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOKS_FILE_H_
