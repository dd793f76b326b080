#include "services/standalone/app.h"

#include <filesystem>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/bus/open_bus.h"
#include "common/cache/open_cache.h"
#include "common/hosting/drain.h"
#include "common/lease/lease.h"
#include "common/log/log.h"
#include "common/runtime/admin_routes.h"
#include "services/gateway/app.h"
#include "services/standalone/seeding.h"
#include "services/standalone/service_apps.h"

namespace bellwether::standalone {

absl::StatusOr<std::unique_ptr<App>> App::Create(StandaloneConfig config, const Clock& clock) {
  config.Complete();
  std::unique_ptr<App> app(new App(std::move(config), clock));
  RETURN_IF_ERROR(app->Open());
  RETURN_IF_ERROR(app->Compose());
  return app;
}

App::App(StandaloneConfig config, const Clock& clock)
    : config_(std::move(config)),
      clock_(clock),
      server_({.listen = config_.grpc,
               .message_bytes_max = gateway::kServerMessageBytesMax,
               .streams_max = static_cast<size_t>(config_.streams_max),
               .ready = [this] { return DependenciesReady(); }}),
      bus_probe_("bus", [this] { return bus_->Ping(); }),
      stores_probe_("store", [this] { return AskStores(); }),
      http_({.listen = config_.http,
             .threads = gateway::kHttpThreads,
             .connections_max = static_cast<size_t>(config_.http_connections_max)},
            metrics_),
      admin_(http_.router().Add(runtime::AdminRoutes(readiness_, metrics_))) {
  readiness_.Add("bellwether", [this] {
    return draining_.load() ? absl::UnavailableError("draining") : DependenciesReady();
  });
}

App::~App() { Stop(clock_.Now() + config_.drain); }

absl::Status App::Open() {
  ASSIGN_OR_RETURN(calendar_file_,
                   WatchedCalendar::Open("bellwether", config_.calendar_file, metrics_));
  calendar_.emplace(calendar_file_->source().Now()->calendar);
  std::error_code error;
  std::filesystem::create_directories(config_.data, error);
  if (error) {
    return FailedPrecondition("DATA_FOLDER", "data",
                              absl::StrCat("cannot make ", config_.data, ": ", error.message()));
  }
  ASSIGN_OR_RETURN(bus_, bus::OpenBus(absl::StrCat("embedded:", config_.data, "/bus")));
  ASSIGN_OR_RETURN(cache_, cache::OpenCache("memory:", metrics_, clock_));
  return absl::OkStatus();
}

absl::Status App::AskStores() {
  for (const Service& service : services_) {
    RETURN_IF_ERROR(service.store->BeginRead().status());
  }
  return absl::OkStatus();
}

absl::Status App::DependenciesReady() const {
  RETURN_IF_ERROR(bus_probe_.Ready());
  return stores_probe_.Ready();
}

template <typename Make>
absl::Status App::Add(const std::string& name, Make make) {
  Service service{.name = name};
  ASSIGN_OR_RETURN(service.store, store::OpenStore(absl::StrCat("sqlite:", config_.data), name));
  service.pool = std::make_unique<rpc::CallPool>(
      rpc::WorkerPoolOptions{.name = name, .threads = static_cast<size_t>(config_.call_threads)},
      metrics_, clock_);
  const hosting::Ports ports{*bus_,        *service.store, clock_,
                             *calendar_,   metrics_,       *service.pool,
                             cache_.get(), &http_,         &calendar_file_->source()};
  ASSIGN_OR_RETURN(service.app, hosting::Hosted(make(ports)));
  // The bus lets only one process have the folder: what another one held, it held until it died.
  RETURN_IF_ERROR(lease::EndAll(*service.store));
  service.app->Register(server_);
  hosting::HostedService* app = service.app.get();
  readiness_.Add(name, [app] { return app->Ready(); });
  services_.push_back(std::move(service));
  return absl::OkStatus();
}

absl::Status App::Compose() {
  return MakeEach(config_,
                  [&]<typename ServiceApp>(const char* name, const auto& config) -> absl::Status {
                    return Add(name, [&](const hosting::Ports& ports) {
                      auto app = ServiceApp::Create(config, ports);
                      if constexpr (std::is_same_v<ServiceApp, gateway::App>) {
                        if (app.ok()) gateway_ = app->get();
                      }
                      return app;
                    });
                  });
}

absl::Status App::Start() {
  const auto start = [this](absl::string_view name, absl::Status status,
                            std::function<void(absl::Time)> stop) {
    if (status.ok()) {
      stops_.push_back(std::move(stop));
    } else {
      LogError("cannot start", {{"component", name}, {"status", status}});
    }
    return status;
  };
  for (Service& service : services_) {
    const auto stop = [&service](absl::Time) { service.app->Stop(); };
    const absl::Status started = start(service.name, service.app->Start(), stop);
    if (!started.ok()) {
      // What it had begun ends before the services that it asks.
      service.app->Stop();
      return started;
    }
  }
  // Calls end before the services they are made to.
  RETURN_IF_ERROR(start("rpc", server_.Start(), [this](absl::Time deadline) {
    server_.Stop(hosting::CallsDeadline(deadline));
    for (const Service& service : services_) service.pool->Stop();
  }));
  bus_probe_.Start();
  stores_probe_.Start();
  calendar_file_->Start();
  stops_.push_back([this](absl::Time) { calendar_file_->Stop(); });
  // Stop ends it after all others, whose end it reports to probes; clients that do not read are to
  // keep none of them.
  RETURN_IF_ERROR(start("http", http_.Start(), [this](absl::Time deadline) {
    http_.Drain(hosting::DrainWriteTime(deadline));
  }));
  if (config_.demo.enabled || !config_.import_folder.empty()) {
    const auto services_ready = [this] {
      for (const Service& service : services_) RETURN_IF_ERROR(service.app->Ready());
      return absl::OkStatus();
    };
    seeding_ = std::make_unique<Seeding>(config_, server_.target(), calendar_->time_zone(),
                                         services_ready, clock_);
    readiness_.Add("seeding", [this] { return seeding_->Ready(); });
    if (!config_.import_folder.empty() && !gateway_->IsLive()) {
      RETURN_IF_ERROR(start("import", seeding_->ReadTables(), [](absl::Time) {}));
    }
    seeding_->Start();
    stops_.push_back([this](absl::Time) { seeding_->Stop(); });
  }
  LogInfo("listening", {{"grpc", server_.target()}, {"http_port", http_.port()}});
  return absl::OkStatus();
}

void App::Stop(absl::Time deadline) {
  draining_.store(true);
  while (!stops_.empty()) {
    const auto stop = std::move(stops_.back());
    stops_.pop_back();
    stop(deadline);
  }
  // Answers probes until the end.
  http_.Stop();
}

}  // namespace bellwether::standalone
