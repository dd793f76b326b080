#include "services/gateway/web/web_entrance.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/connect/protocol.h"
#include "proto/openapi.h"
#include "services/gateway/web/request_guard.h"
#include "services/gateway/webhooks/webhook_events.h"

namespace bellwether::gateway {
namespace {

// What is compressed may be larger than what comes of it.
constexpr size_t kMessageSlackBytes = 64 << 10;
// A slow line still brings a piece of a table.
constexpr absl::Duration kPieceTimeMax = absl::Minutes(5);

constexpr char kPages[] = "/*";

// The console runs its own scripts and styles and talks to us, and nothing else does.
http::Headers FileHeaders() {
  return {{"content-security-policy",
           "default-src 'none'; script-src 'self'; style-src 'self'; "
           "connect-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self'; "
           "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
           "frame-ancestors 'none'"},
          {"x-content-type-options", "nosniff"},
          {"referrer-policy", "no-referrer"},
          {"cross-origin-opener-policy", "same-origin"},
          {"cross-origin-resource-policy", "same-origin"}};
}

// "/package.Service/Method", of a service that is not ours; no page of the console is named so.
bool NamesAMethod(absl::string_view path) {
  const size_t second = path.find('/', 1);
  return second != absl::string_view::npos && absl::StrContains(path.substr(0, second), '.');
}

http::ServerResponse NothingHere() {
  return http::TextResponse(404, "there is nothing at this path\n");
}

std::optional<http::StaticFiles> ConsoleOf(const WebConfig& config) {
  if (config.console.empty()) return std::nullopt;
  auto files = http::StaticFiles::Load(config.console);
  if (!files.ok()) return std::nullopt;  // Check said so, unless it has gone since
  return *std::move(files);
}

// Webhooks are known by their signatures, not by a header that browsers may not send.
WebhookEndpoint::Ports WithGuard(WebhookEndpoint::Ports ports,
                                 const std::vector<std::string>& hosts) {
  ports.admit = [&hosts](const http::ServerRequest& request) {
    return GuardRequest(request, hosts, false);
  };
  return ports;
}

}  // namespace

absl::Status WebEntrance::Check(const WebConfig& config) {
  RETURN_IF_ERROR(ParseHosts(config.hosts).status());
  if (config.console.empty()) return absl::OkStatus();
  return http::StaticFiles::Load(config.console).status();
}

WebEntrance::WebEntrance(const WebConfig& config, rpc::Server& server, http::Router& router,
                         const WebhookSources& sources, WebhookEndpoint::Ports webhooks)
    // Check said so where they are none: no names then.
    : hosts_(ParseHosts(config.hosts).value_or(std::vector<std::string>())),
      console_(ConsoleOf(config)),
      bridge_({.channel = [&server] { return server.LoopbackChannel(); },
               .admit = [this](const http::ServerRequest& request,
                               bool changes) { return GuardRequest(request, hosts_, changes); }}),
      events_([&server] { return server.LoopbackChannel(); },
              [this](const http::ServerRequest& request) {
                return GuardRequest(request, hosts_, false);
              }),
      exports_([&server] { return server.LoopbackChannel(); },
               [this](const http::ServerRequest& request) {
                 return GuardRequest(request, hosts_, false);
               }),
      webhooks_(sources, WithGuard(std::move(webhooks), hosts_)),
      uploads_([&server] { return server.LoopbackChannel(); },
               [this](const http::ServerRequest& request) {
                 return GuardRequest(request, hosts_, false);
               }),
      routes_(router.Add(Routes())) {}

std::vector<http::Route> WebEntrance::Routes() {
  std::vector<http::Route> routes = Handlers();
  for (http::Route& route : routes) {
    const bool page = route.path == kPages;
    route.admit = [this, page](const http::ServerRequest& head) {
      return page ? RefusalOfPage(head) : RefusalOfCall(head);
    };
    route.handler = large_.Apart(std::move(route.handler));
  }
  return routes;
}

std::optional<http::ServerResponse> WebEntrance::RefusalOfCall(
    const http::ServerRequest& head) const {
  // Whether it changes something is known to who reads it.
  const absl::Status guarded = GuardRequest(head, hosts_, false);
  if (guarded.ok()) return std::nullopt;
  return connect::ErrorResponse(connect::ErrorOf(guarded));
}

std::optional<http::ServerResponse> WebEntrance::RefusalOfPage(
    const http::ServerRequest& head) const {
  const absl::Status guarded = GuardPage(head, hosts_);
  if (guarded.ok()) return std::nullopt;
  return http::TextResponse(403, absl::StrCat(guarded.message(), "\n"));
}

std::vector<http::Route> WebEntrance::Handlers() {
  return {{.path = "/bellwether.*",
           .body_bytes_max = bridge_.options().message_bytes_max + kMessageSlackBytes,
           .handler =
               [this](std::unique_ptr<http::Exchange> exchange) {
                 bridge_.Handle(std::move(exchange));
               }},
          {.path = "/v1/events",
           .body_bytes_max = kEventsBytesMax,
           .handler =
               [this](std::unique_ptr<http::Exchange> exchange) {
                 events_.Handle(std::move(exchange));
               }},
          {.path = absl::StrCat(kWebhooksPath, "*"),
           .body_bytes_max = kWebhookBytesMax,
           .handler =
               [this](std::unique_ptr<http::Exchange> exchange) {
                 webhooks_.Handle(std::move(exchange));
               }},
          {.path = "/v1/export/*",
           .handler =
               [this](std::unique_ptr<http::Exchange> exchange) {
                 exports_.Handle(std::move(exchange));
               }},
          {.path = "/v1/uploads/*",
           .body_bytes_max = kPieceBytesMax,
           .body_time_max = kPieceTimeMax,
           .handler =
               [this](std::unique_ptr<http::Exchange> exchange) {
                 uploads_.HandleUpload(std::move(exchange));
               }},
          {.path = "/v1/table-imports/*",
           .handler =
               [this](std::unique_ptr<http::Exchange> exchange) {
                 uploads_.HandleRefused(std::move(exchange));
               }},
          {.path = "/openapi.json",
           .handler =
               [](std::unique_ptr<http::Exchange> exchange) {
                 exchange->Respond(
                     {200,
                      {{"content-type", "application/json"}, {"cache-control", "no-cache"}},
                      std::string(OpenApiFiles()[0].content)});
               }},
          {.path = "/v1/*",
           .handler =
               [](std::unique_ptr<http::Exchange> exchange) { exchange->Respond(NothingHere()); }},
          {.path = kPages, .handler = [this](std::unique_ptr<http::Exchange> exchange) {
             AnswerFile(std::move(exchange));
           }}};
}

void WebEntrance::AnswerFile(std::unique_ptr<http::Exchange> exchange) const {
  const http::ServerRequest& request = exchange->request();
  if (NamesAMethod(request.path)) return exchange->Respond(NothingHere());
  if (!console_.has_value()) {
    return exchange->Respond(http::TextResponse(
        404, "the console is not built here: \"./dev build console\" says what it lacks\n"));
  }
  exchange->Respond(console_->Answer(request, FileHeaders()));
}

}  // namespace bellwether::gateway
