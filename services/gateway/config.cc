#include "services/gateway/config.h"

#include "absl/strings/str_cat.h"
#include "deploy/services.h"
#include "services/gateway/adapters/feeds_file.h"
#include "services/gateway/web/request_guard.h"
#include "services/gateway/webhooks/webhooks_file.h"

namespace bellwether::gateway {

void GatewayConfig::Bind(config::Settings& settings) {
  settings.Integer("partitions", partitions, {1, 1'024}, "partitions of the deployment's topics");
  settings.Text("currencies-file", currencies_file,
                "rates into the reporting currency (YAML); empty: the shipped examples");
  settings.Duration("tick-interval", tick_interval, {absl::Milliseconds(10), absl::Seconds(30)},
                    "time between two ticks of the journal");
  settings.Duration("ahead-max", ahead_max, {absl::ZeroDuration(), absl::Hours(24)},
                    "how far ahead of our clock a fact may have happened");
  settings.Duration("import-lease", import_lease, {absl::Seconds(10), absl::Hours(1)},
                    "how long an import run is under way without being renewed");
  settings.Duration("letter-replay-retention", letter_replay_retention,
                    {absl::Hours(1), absl::Hours(24 * 366)},
                    "how long an ended replay of dead letters is kept, with its results");
  settings.Flag("live-at-start", live_at_start,
                "the journal is live from the first start; unset it to build a past first");
  settings.Text("webhooks-file", webhooks_file,
                "systems that send facts by webhook (YAML); empty: none");
  settings.Check("webhooks-file", [this] { return LoadWebhookSources(webhooks_file).status(); });
  settings.Text("feeds-file", feeds_file,
                "how often facts are expected from which source (YAML); empty: learned");
  settings.Check("feeds-file", [this] { return LoadDeclaredFeeds(feeds_file).status(); });
  settings.Text("uploads", uploads,
                "folder of uploaded tables and their imports; empty: none are taken");
  settings.Text("console", web.console, "folder of the built console; empty: none is served");
  settings.Text("http-hosts", web.hosts,
                "names besides those of the loopback interface by which browsers may call, "
                "with commas between them");
  settings.Check("http-hosts", [this] { return ParseHosts(web.hosts).status(); });
}

void GatewayConfig::Forward::Bind(config::Settings& settings) {
  for (const RegisteredService& service : kServices) {
    if (service.api.empty()) continue;
    settings.Text(absl::StrCat("forward.", service.name), servers[std::string(service.name)],
                  absl::StrCat("servers of the ", service.name, " service: host:port[,…]"));
  }
}

}  // namespace bellwether::gateway
