// What a deployment may set about HTTP.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEB_WEB_CONFIG_H_
#define BELLWETHER_SERVICES_GATEWAY_WEB_WEB_CONFIG_H_

#include <string>

namespace bellwether::gateway {

struct WebConfig {
  // Folder of the built console; empty: none is served.
  std::string console;
  // Host names with commas between them, besides those of the loopback interface.
  std::string hosts;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEB_WEB_CONFIG_H_
