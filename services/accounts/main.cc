#include "common/hosting/service_program.h"
#include "services/accounts/app.h"
#include "services/accounts/config.h"

int main(int argc, char** argv) {
  namespace accounts = bellwether::accounts;
  namespace hosting = bellwether::hosting;
  accounts::AccountsConfig config;
  return hosting::RunService(
      {.name = "accounts", .description = "Account records and their RFM levels."}, argc, argv,
      [&](bellwether::config::Settings& settings) { config.Bind(settings); },
      [&](const hosting::Ports& ports) {
        return hosting::Hosted(accounts::App::Create(config, ports));
      });
}
