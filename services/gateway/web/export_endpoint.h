// Lists as files: GET /v1/export/accounts.csv, /v1/export/alerts.jsonl?request={…}.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEB_EXPORT_ENDPOINT_H_
#define BELLWETHER_SERVICES_GATEWAY_WEB_EXPORT_ENDPOINT_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "common/connect/open_calls.h"
#include "common/http/exchange.h"

namespace grpc {
class Channel;
}

namespace bellwether::gateway {

// Answers with everything that a List method gives, page by page as fast as it is read: as CSV
// (export_rows.h) or as JSON Lines. `request` in the query is the method's request in JSON: its
// filters. A failure before the first page is an error of the Connect protocol; one that comes
// later breaks the connection off, so that no file ends before its end unnoticed.
//
// Thread-safe; its end waits for what it has begun.
class ExportEndpoint {
 public:
  ExportEndpoint(std::function<std::shared_ptr<grpc::Channel>()> channel,
                 std::function<absl::Status(const http::ServerRequest&)> admit);
  ExportEndpoint(const ExportEndpoint&) = delete;
  ExportEndpoint& operator=(const ExportEndpoint&) = delete;

  void Handle(std::unique_ptr<http::Exchange> exchange);

 private:
  class Export;

  const std::function<std::shared_ptr<grpc::Channel>()> channel_;
  const std::function<absl::Status(const http::ServerRequest&)> admit_;
  connect::OpenCalls exports_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEB_EXPORT_ENDPOINT_H_
