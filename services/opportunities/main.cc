#include "common/hosting/service_program.h"
#include "services/opportunities/app.h"
#include "services/opportunities/config.h"

int main(int argc, char** argv) {
  namespace hosting = bellwether::hosting;
  namespace opportunities = bellwether::opportunities;
  opportunities::OpportunitiesConfig config;
  return hosting::RunService(
      {.name = "opportunities", .description = "Opportunities and leads."}, argc, argv,
      [&](bellwether::config::Settings& settings) { config.Bind(settings); },
      [&](const hosting::Ports& ports) {
        return hosting::Hosted(opportunities::App::Create(config, ports));
      });
}
