#include "services/gateway/config.h"

namespace bellwether::gateway {

void GatewayConfig::Bind(config::Settings& settings) {
  settings.Integer("partitions", partitions, {1, 1'024}, "partitions of the deployment's topics");
  settings.Text("currencies-file", currencies_file,
                "rates into the reporting currency (YAML); empty: the shipped examples");
  settings.Duration("tick-interval", tick_interval, {absl::Milliseconds(10), absl::Seconds(30)},
                    "time between two ticks of the journal");
  settings.Duration("ahead-max", ahead_max, {absl::ZeroDuration(), absl::Hours(24)},
                    "how far ahead of our clock a fact may have happened");
  settings.Flag("live-at-start", live_at_start,
                "the journal is live from the first start; unset it to build a past first");
}

void GatewayConfig::Forward::Bind(config::Settings& settings) {
  settings.Text("forward.accounts", accounts, "servers of the accounts service: host:port[,…]");
  settings.Text("forward.opportunities", opportunities, "servers of the opportunities service");
  settings.Text("forward.health", health, "servers of the health service");
  settings.Text("forward.alerts", alerts, "servers of the alerts service");
}

}  // namespace bellwether::gateway
