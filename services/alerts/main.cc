#include "common/hosting/service_program.h"
#include "services/alerts/app.h"
#include "services/alerts/config.h"

int main(int argc, char** argv) {
  namespace alerts = bellwether::alerts;
  namespace hosting = bellwether::hosting;
  alerts::AlertsConfig config;
  return hosting::RunService(
      {.name = "alerts", .description = "Alert rules, cases and notifications."}, argc, argv,
      [&](bellwether::config::Settings& settings) { config.Bind(settings); },
      [&](const hosting::Ports& ports) {
        return hosting::Hosted(alerts::App::Create(config, ports));
      });
}
