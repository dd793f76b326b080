#include "common/hosting/service_program.h"
#include "services/gateway/app.h"
#include "services/gateway/config.h"

int main(int argc, char** argv) {
  namespace gateway = bellwether::gateway;
  namespace hosting = bellwether::hosting;
  gateway::GatewayConfig config;
  return hosting::RunService(
      {.name = "gateway",
       .description = "Where facts enter.",
       .message_bytes_max = gateway::kServerMessageBytesMax,
       .http_threads = gateway::kHttpThreads,
       .http_connections_max = gateway::kHttpConnectionsMax},
      argc, argv,
      [&](bellwether::config::Settings& settings) {
        config.Bind(settings);
        config.forward.Bind(settings);
      },
      [&](const hosting::Ports& ports) {
        return hosting::Hosted(gateway::App::Create(config, ports));
      });
}
