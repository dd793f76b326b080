#include "services/gateway/web/web_entrance.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "proto/openapi.h"
#include "services/gateway/web/request_guard.h"
#include "services/gateway/webhooks/webhook_events.h"

namespace bellwether::gateway {
namespace {

constexpr size_t kMessageBytesMax = 16 << 20;
// What is compressed may be larger than what comes of it.
constexpr size_t kMessageSlackBytes = 64 << 10;

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

std::vector<std::string> HostsOf(const WebConfig& config) {
  return absl::StrSplit(config.hosts, ',', absl::SkipWhitespace());
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
  if (config.console.empty()) return absl::OkStatus();
  return http::StaticFiles::Load(config.console).status();
}

WebEntrance::WebEntrance(const WebConfig& config, rpc::Server& server, http::Router& router,
                         const WebhookSources& sources, WebhookEndpoint::Ports webhooks)
    : hosts_(HostsOf(config)),
      console_(ConsoleOf(config)),
      bridge_({.channel = [&server] { return server.LoopbackChannel(); },
               .message_bytes_max = kMessageBytesMax,
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
      routes_(router.Add(Routes())) {}

std::vector<http::Route> WebEntrance::Routes() {
  return {{.path = "/bellwether.*",
           .body_bytes_max = kMessageBytesMax + kMessageSlackBytes,
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
          {.path = "/openapi.json",
           .handler =
               [](std::unique_ptr<http::Exchange> exchange) {
                 exchange->Respond(
                     {200,
                      {{"content-type", "application/json"}, {"cache-control", "no-cache"}},
                      std::string(OpenApiFiles()[0].content)});
               }},
          {.path = "/*", .handler = [this](std::unique_ptr<http::Exchange> exchange) {
             AnswerFile(std::move(exchange));
           }}};
}

void WebEntrance::AnswerFile(std::unique_ptr<http::Exchange> exchange) const {
  const http::ServerRequest& request = exchange->request();
  if (const absl::Status guarded = GuardRequest(request, hosts_, false); !guarded.ok()) {
    return exchange->Respond(http::TextResponse(403, std::string(guarded.message()) + "\n"));
  }
  if (!console_.has_value()) {
    return exchange->Respond(http::TextResponse(
        404, "the console is not built here: \"./dev build console\" says what it lacks\n"));
  }
  exchange->Respond(console_->Answer(request, FileHeaders()));
}

}  // namespace bellwether::gateway
