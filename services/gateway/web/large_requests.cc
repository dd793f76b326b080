#include "services/gateway/web/large_requests.h"

#include <memory>
#include <utility>

#include "common/base/status.h"
#include "common/connect/protocol.h"
#include "common/rpc/status.h"

namespace bellwether::gateway {
namespace {

constexpr char kBusyRetrySeconds[] = "1";

bool IsCompressed(std::optional<absl::string_view> encoding) {
  return !encoding.value_or("").empty() && *encoding != "identity";
}

http::ServerResponse Busy() {
  http::ServerResponse response = connect::ErrorResponse(connect::ErrorOf(
      rpc::ToGrpcStatus(Error(absl::StatusCode::kUnavailable, {"BUSY", "", ""},
                              "too many large requests at once; try again later"))));
  response.headers.emplace_back("retry-after", kBusyRetrySeconds);
  return response;
}

}  // namespace

bool IsLarge(const http::ServerRequest& request) {
  return request.body.size() > kSmallRequestBytesMax ||
         IsCompressed(request.Header("content-encoding")) ||
         IsCompressed(request.Header("connect-content-encoding")) ||
         IsCompressed(http::FindParameter(request.query, "compression"));
}

http::Handler LargeRequests::Apart(http::Handler handler) {
  const auto shared_handler = std::make_shared<const http::Handler>(std::move(handler));
  return [this, shared_handler](std::unique_ptr<http::Exchange> exchange) {
    if (!IsLarge(exchange->request())) return (*shared_handler)(std::move(exchange));
    const auto shared_exchange =
        std::make_shared<std::unique_ptr<http::Exchange>>(std::move(exchange));
    const absl::Status taken = pool_.Submit(
        [shared_handler, shared_exchange] { (*shared_handler)(std::move(*shared_exchange)); });
    if (!taken.ok()) (*shared_exchange)->Respond(Busy());
  };
}

}  // namespace bellwether::gateway
