// What the gateway serves over HTTP:
//
//   /package.Service/Method  every method of every service, by the Connect protocol
//   /v1/events               CloudEvents
//   /v1/webhooks/NAME        webhooks of other systems
//   /v1/export/…             lists as CSV and JSON Lines
//   /v1/uploads/…            pieces of tables to be imported
//   /v1/table-imports/…      what an import of tables refused
//   /openapi.json            the unary methods, as OpenAPI 3.1 describes them
//   everything else          the console
#ifndef BELLWETHER_SERVICES_GATEWAY_WEB_WEB_ENTRANCE_H_
#define BELLWETHER_SERVICES_GATEWAY_WEB_WEB_ENTRANCE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/connect/bridge.h"
#include "common/http/router.h"
#include "common/http/static_files.h"
#include "common/rpc/server.h"
#include "services/gateway/web/events_endpoint.h"
#include "services/gateway/web/export_endpoint.h"
#include "services/gateway/web/large_requests.h"
#include "services/gateway/web/uploads_endpoint.h"
#include "services/gateway/web/web_config.h"
#include "services/gateway/webhooks/webhook_endpoint.h"

namespace bellwether::gateway {

// Its calls go to `server`, in this process; it and `router` outlive it. Its end waits for them, so
// the server is stopped before.
class WebEntrance {
 public:
  // INVALID_ARGUMENT / STATIC_FILES where the console cannot be read, HTTP_HOSTS_INVALID where
  // `hosts` are no names.
  static absl::Status Check(const WebConfig& config);

  // Of a configuration that Check found right. Without a console its place says so.
  // `webhooks` without `admit`: who may call at all is decided here. What they refer to and
  // `sources` outlive it.
  WebEntrance(const WebConfig& config, rpc::Server& server, http::Router& router,
              const WebhookSources& sources, WebhookEndpoint::Ports webhooks);

 private:
  // Guarded, and with what is large read apart.
  std::vector<http::Route> Routes();
  std::vector<http::Route> Handlers();
  std::optional<http::ServerResponse> RefusalOfCall(const http::ServerRequest& head) const;
  std::optional<http::ServerResponse> RefusalOfPage(const http::ServerRequest& head) const;
  void AnswerFile(std::unique_ptr<http::Exchange> exchange) const;

  const std::vector<std::string> hosts_;
  std::optional<http::StaticFiles> console_;
  connect::Bridge bridge_;
  EventsEndpoint events_;
  ExportEndpoint exports_;
  WebhookEndpoint webhooks_;
  UploadsEndpoint uploads_;
  LargeRequests large_;  // ends before those that its handlers belong to
  const std::unique_ptr<http::Router::Registration> routes_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEB_WEB_ENTRANCE_H_
