// One system that sends webhooks: how it is known, and what becomes of what it sends.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_SOURCE_H_
#define BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_SOURCE_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bellwether/webhooks/v1/webhook.pb.h"
#include "services/gateway/webhooks/document_path.h"
#include "services/imports/application/mapping.h"

namespace bellwether::gateway {

// Immutable.
struct WebhookSource {
  webhooks::v1::WebhookSource spec;
  // Any of them is right.
  std::vector<std::string> secrets;
  DocumentPath events;
  // A rule is a file of it, an event a row.
  imports::CompiledMapping mapping;
  // By rule and column; of columns that are made of others it means nothing.
  std::vector<std::vector<DocumentPath>> paths;
};

// By name.
using WebhookSources = std::map<std::string, WebhookSource, std::less<>>;

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEBHOOKS_WEBHOOK_SOURCE_H_
