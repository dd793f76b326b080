#include "common/runtime/admin_routes.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http/host.h"
#include "common/json/writer.h"
#include "common/metrics/metrics.h"

namespace bellwether::runtime {
namespace {

http::ServerResponse Answer(int status, absl::string_view content_type, std::string body) {
  return {status,
          {{"content-type", std::string(content_type)}, {"cache-control", "no-store"}},
          std::move(body)};
}

http::ServerResponse AnswerReady(const Readiness& readiness) {
  bool all = true;
  std::string body;
  for (const Readiness::State& state : readiness.Ask()) {
    all = all && state.status.ok();
    json::Writer line;
    line.BeginObject().Name("component").Text(state.name).Name("ready").Bool(state.status.ok());
    if (!state.status.ok()) line.Name("why").Text(state.status.message());
    line.EndObject();
    absl::StrAppend(&body, std::move(line).Take(), "\n");
  }
  return Answer(all ? 200 : 503, "application/x-ndjson", std::move(body));
}

// Probes and scrapers ask by address (Kubernetes sends the pod's), or name nobody. Under any other
// name a browser may be asking for a page that has pointed its own name at us.
std::optional<http::ServerResponse> Admit(const http::ServerRequest& head) {
  const auto host = head.Header("host");
  if (!host.has_value()) return std::nullopt;
  const absl::string_view name = http::HostNameOf(*host);
  if (http::IsAddress(name) || absl::EqualsIgnoreCase(name, "localhost")) return std::nullopt;
  return http::TextResponse(403, "probes and metrics are asked for by address or as localhost\n");
}

// A route that only reads.
template <typename Answerer>
http::Route Reading(std::string path, Answerer answer) {
  return {.path = std::move(path),
          .admit = Admit,
          .handler = [answer](std::unique_ptr<http::Exchange> exchange) {
            const http::ServerRequest& request = exchange->request();
            if (request.body_too_large) {
              return exchange->Respond(http::TextResponse(413, "no body is taken here\n"));
            }
            if (request.method != "GET" && request.method != "HEAD") {
              return exchange->Respond(http::MethodNotAllowed("GET, HEAD"));
            }
            exchange->Respond(answer());
          }};
}

}  // namespace

std::vector<http::Route> AdminRoutes(const Readiness& readiness, const metrics::Registry& metrics) {
  return {Reading("/healthz", [] { return http::TextResponse(200, "ok\n"); }),
          Reading("/readyz", [&readiness] { return AnswerReady(readiness); }),
          Reading("/metrics", [&metrics] {
            return Answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics.Expose());
          })};
}

}  // namespace bellwether::runtime
