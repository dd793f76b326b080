// What a deployment may set about HTTP.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEB_WEB_CONFIG_H_
#define BELLWETHER_SERVICES_GATEWAY_WEB_WEB_CONFIG_H_

#include <cstddef>
#include <string>

namespace bellwether::gateway {

// Of the process's HTTP server, for the console and for watchers.
inline constexpr size_t kHttpThreads = 2;
inline constexpr size_t kHttpConnectionsMax = 20'000;

struct WebConfig {
  // Folder of the built console; empty: none is served.
  std::string console;
  // Host names with commas between them, besides those of the loopback interface.
  std::string hosts;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEB_WEB_CONFIG_H_
