// One service as a program of its own: what every such main has in common.
//
//   int main(int argc, char** argv) {
//     accounts::AccountsConfig config;
//     return hosting::RunService(
//         {.name = "accounts", .description = "Account records and RFM levels."}, argc, argv,
//         [&](config::Settings& settings) { config.Bind(settings); },
//         [&](const hosting::Ports& ports) {
//           return hosting::Hosted(accounts::App::Create(config, ports));
//         });
//   }
#ifndef BELLWETHER_COMMON_HOSTING_SERVICE_PROGRAM_H_
#define BELLWETHER_COMMON_HOSTING_SERVICE_PROGRAM_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/config/settings.h"
#include "common/hosting/ports.h"
#include "common/rpc/server.h"

namespace bellwether::hosting {

// A service, as far as its program has to know it. Called in this order from one thread at a time,
// Ready from any.
class HostedService {
 public:
  virtual ~HostedService() = default;
  virtual void Register(rpc::Server& server) = 0;
  virtual absl::Status Start() = 0;
  virtual void Stop() = 0;
  virtual absl::Status Ready() const = 0;
};

// Any App with those four methods.
template <typename App>
class HostedApp final : public HostedService {
 public:
  explicit HostedApp(std::unique_ptr<App> app) : app_(std::move(app)) {}
  void Register(rpc::Server& server) override { app_->Register(server); }
  absl::Status Start() override { return app_->Start(); }
  void Stop() override { app_->Stop(); }
  absl::Status Ready() const override { return app_->Ready(); }

 private:
  const std::unique_ptr<App> app_;
};

template <typename App>
absl::StatusOr<std::unique_ptr<HostedService>> Hosted(absl::StatusOr<std::unique_ptr<App>> app) {
  if (!app.ok()) return app.status();
  return std::make_unique<HostedApp<App>>(*std::move(app));
}

struct ServiceProgram {
  std::string name;  // "accounts": of the store, the environment variables, the log
  std::string description;
  // Longest message its server takes.
  int message_bytes_max = rpc::kMessageBytesMaxDefault;
  // Of its HTTP endpoint, which for most is there for probes and metrics alone.
  size_t http_threads = 1;
  size_t http_connections_max = 64;
};

using MakeService = std::function<absl::StatusOr<std::unique_ptr<HostedService>>(const Ports&)>;

// The body of main: reads the configuration, opens the ports but for the cache, serves until a
// signal, drains. Returns the exit code. While a server it depends on is away (UNAVAILABLE,
// DEADLINE_EXCEEDED, ABORTED, UNKNOWN) `make` and Start are called again and again, all on one
// thread that is not the caller's; meanwhile the program answers probes and is not ready. Any other
// failure ends it. Later it is not ready either while its bus or its store is away, and from the
// signal on.
int RunService(const ServiceProgram& program, int argc, const char* const* argv,
               const std::function<void(config::Settings&)>& bind, const MakeService& make);

}  // namespace bellwether::hosting

#endif  // BELLWETHER_COMMON_HOSTING_SERVICE_PROGRAM_H_
