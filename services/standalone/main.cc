#include "common/base/clock.h"
#include "common/config/settings.h"
#include "common/log/log.h"
#include "common/runtime/application.h"
#include "services/standalone/app.h"
#include "services/standalone/config.h"

int main(int argc, char** argv) {
  using bellwether::standalone::App;
  bellwether::standalone::StandaloneConfig config;
  bellwether::config::Settings settings("standalone", "Bellwether, every service in one process.");
  config.Bind(settings);
  const auto outcome = settings.Load(argc, argv);
  if (outcome.exit_code.has_value()) return *outcome.exit_code;

  bellwether::runtime::Application application({.drain = config.drain});
  auto app = App::Create(config, bellwether::Clock::System());
  if (!app.ok()) {
    bellwether::LogError("cannot start", {{"status", app.status()}});
    return bellwether::runtime::kExitStartFailed;
  }
  application.Add(
      "bellwether", [&] { return (*app)->Start(); },
      [&](absl::Time deadline) { (*app)->Stop(deadline); });
  return application.Run();
}
