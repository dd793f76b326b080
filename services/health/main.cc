#include "common/cache/open_cache.h"
#include "common/hosting/service_program.h"
#include "services/health/app.h"
#include "services/health/config.h"

int main(int argc, char** argv) {
  namespace health = bellwether::health;
  namespace hosting = bellwether::hosting;
  health::HealthConfig config;
  std::string cache_url = bellwether::cache::kMemoryCacheUrl;
  std::unique_ptr<bellwether::cache::Cache> cache;
  return hosting::RunService(
      {.name = "health", .description = "Live health scores of accounts."}, argc, argv,
      [&](bellwether::config::Settings& settings) {
        settings.Text("cache", cache_url, bellwether::cache::kCacheUrlMeaning);
        config.Bind(settings);
      },
      [&](const hosting::Ports& ports) -> absl::StatusOr<std::unique_ptr<hosting::HostedService>> {
        const absl::Status shared = health::CheckCacheIsShared(cache_url, ports.store.IsShared());
        if (!shared.ok()) return shared;
        auto opened = bellwether::cache::OpenCache(cache_url, ports.metrics, ports.clock);
        if (!opened.ok()) return opened.status();
        cache = *std::move(opened);
        hosting::Ports with_cache = ports;
        with_cache.cache = cache.get();
        return hosting::Hosted(health::App::Create(config, with_cache));
      });
}
