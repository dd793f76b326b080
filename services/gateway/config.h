// What a deployment may set about the gateway.
#ifndef BELLWETHER_SERVICES_GATEWAY_CONFIG_H_
#define BELLWETHER_SERVICES_GATEWAY_CONFIG_H_

#include <map>
#include <string>

#include "absl/time/time.h"
#include "common/bus/topics.h"
#include "common/config/settings.h"
#include "services/gateway/web/web_config.h"

namespace bellwether::gateway {

struct GatewayConfig {
  int partitions = bus::kPartitionsDefault;
  // File; empty means the shipped rates.
  std::string currencies_file;
  absl::Duration tick_interval = absl::Seconds(1);
  // How far ahead of our clock a fact may be: clocks of sources differ.
  absl::Duration ahead_max = absl::Minutes(5);
  // How long an import run is under way without being renewed.
  absl::Duration import_lease = absl::Minutes(2);
  // How long an ended replay of dead letters and what became of each letter is kept.
  absl::Duration letter_replay_retention = absl::Hours(24 * 7);
  // Unset where demo data or an import is to come first.
  bool live_at_start = true;
  // File; empty: no webhooks are taken.
  std::string webhooks_file;
  // File; empty: no feed is declared, rhythms are learned.
  std::string feeds_file;
  // Folder of uploaded tables and what their imports remember; empty: none are taken.
  std::string uploads;
  WebConfig web;

  // Services of other processes whose calls the gateway passes on: their servers,
  // "host:port[,host:port]…" by the name of the service; empty: not passed on.
  struct Forward {
    std::map<std::string, std::string> servers;

    void Bind(config::Settings& settings);
  };
  Forward forward;

  // Everything but `forward`, which only a gateway with a process of its own can do.
  void Bind(config::Settings& settings);
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_CONFIG_H_
