// Bellwether in one process: every service on the embedded parts.
#ifndef BELLWETHER_SERVICES_STANDALONE_APP_H_
#define BELLWETHER_SERVICES_STANDALONE_APP_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/cache/cache.h"
#include "common/calendar/watched_calendar.h"
#include "common/hosting/service_program.h"
#include "common/http/server.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/server.h"
#include "common/runtime/probe.h"
#include "common/runtime/readiness.h"
#include "common/store/store.h"
#include "services/standalone/config.h"

namespace bellwether::gateway {
class App;
}  // namespace bellwether::gateway

namespace bellwether::standalone {

class Seeding;

// Create, Start, Stop: in this order, from one thread. Stop is the reverse of Start and also
// follows a Start that failed.
class App {
 public:
  // Opens (or makes) the data folder. FAILED_PRECONDITION when another process has it or it was
  // made with another number of partitions; INVALID_ARGUMENT with every problem of a file of the
  // configuration. `clock` outlives it.
  static absl::StatusOr<std::unique_ptr<App>> Create(StandaloneConfig config, const Clock& clock);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  absl::Status Start();
  // Drains: not ready, no new calls, streams ended, what is in flight answered, state committed.
  void Stop(absl::Time deadline);

  // After Start.
  std::string grpc_target() const { return server_.target(); }
  int http_port() const { return http_.port(); }
  // OK once everything is ready.
  absl::Status Ready() const { return readiness_.Overall(); }

 private:
  struct Service {
    std::string name;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<rpc::CallPool> pool;
    std::unique_ptr<hosting::HostedService> app;
  };

  App(StandaloneConfig config, const Clock& clock);

  absl::Status Open();
  absl::Status AskStores();
  absl::Status DependenciesReady() const;
  // Makes every service, in the order of the data's way.
  absl::Status Compose();
  // Opens the service's ports and has `make` make it.
  template <typename Make>
  absl::Status Add(const std::string& name, Make make);

  const StandaloneConfig config_;
  const Clock& clock_;
  metrics::Registry metrics_;
  std::unique_ptr<WatchedCalendar> calendar_file_;
  std::optional<const Calendar> calendar_;  // as at the start
  std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<cache::Cache> cache_;
  std::atomic<bool> draining_ = false;
  runtime::Readiness readiness_;
  rpc::Server server_;
  std::vector<Service> services_;
  runtime::Probe bus_probe_;
  runtime::Probe stores_probe_;
  // One of `services_`: the others ask it whether the journal is live.
  gateway::App* gateway_ = nullptr;
  http::Server http_;
  const std::unique_ptr<http::Router::Registration> admin_;
  std::unique_ptr<Seeding> seeding_;
  // Of what has been started, in that order.
  std::vector<std::function<void(absl::Time deadline)>> stops_;
};

}  // namespace bellwether::standalone

#endif  // BELLWETHER_SERVICES_STANDALONE_APP_H_
