#include "common/hosting/service_program.h"

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/bus/bus.h"
#include "common/bus/open_bus.h"
#include "common/calendar/calendar.h"
#include "common/calendar/watched_calendar.h"
#include "common/hosting/drain.h"
#include "common/http/server.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call_pool.h"
#include "common/runtime/admin_routes.h"
#include "common/runtime/application.h"
#include "common/runtime/background_loop.h"
#include "common/runtime/probe.h"
#include "common/runtime/readiness.h"
#include "common/store/store.h"

namespace bellwether::hosting {
namespace {

struct ProgramConfig {
  std::string listen = "127.0.0.1:0";
  std::string admin = "127.0.0.1:0";
  std::string bus_url = "embedded:.bellwether/data/bus";
  std::string store_url = "sqlite:.bellwether/data";
  std::string calendar_file;
  int call_threads = 8;
  int streams_max = static_cast<int>(rpc::kStreamsMaxDefault);
  int admin_connections_max = 0;
  absl::Duration drain = absl::Seconds(20);

  void Bind(config::Settings& settings) {
    settings.Text("listen", listen, "address of the gRPC endpoint");
    settings.Text("admin", admin,
                  "address of the HTTP endpoint: probes, metrics, and what else it serves");
    settings.Text("bus", bus_url, "the bus: embedded:<directory> or kafka://<host>:<port>[,…]?…");
    settings.Text("store", store_url,
                  "the store: sqlite:<directory> or postgres://<host>/<database>?…");
    settings.Text("calendar-file", calendar_file,
                  "the calendar (YAML); empty: Asia/Shanghai, Monday to Friday, 9 to 18 h");
    settings.Integer("call-threads", call_threads, {1, 256}, "threads that run calls");
    settings.Integer("streams-max", streams_max, {1, rpc::kConcurrentCallsPerConnectionMax - 1},
                     "most streams that are open at a time");
    settings.Integer("admin-connections-max", admin_connections_max, {1, 1'000'000},
                     "most connections to the HTTP endpoint");
    settings.Duration("drain", drain, {absl::Seconds(1), absl::Minutes(10)},
                      "from the signal to the end of the process");
  }
};

// How often a dependency that is away is looked for, at least.
constexpr absl::Duration kOpenBackoffMost = absl::Seconds(2);

// May end by itself: a server that is away or does not answer. Anything else would be the same the
// next time; so would our own port that another program has.
bool MayPass(const absl::Status& status) {
  if (DetailOf(status).value_or(ErrorDetail{}).reason == rpc::kListenFailed) return false;
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsAborted(status) || absl::IsUnknown(status);
}

// What serves, in the order it is made; destroyed in reverse.
class Serving {
 public:
  // Everything or nothing: what a failed attempt has begun ends with it.
  static absl::StatusOr<std::unique_ptr<Serving>> Begin(
      const ServiceProgram& description, const ProgramConfig& config,
      const CalendarSource& calendars, const Calendar& calendar, metrics::Registry& metrics,
      http::Server& http, const MakeService& make) {
    std::unique_ptr<Serving> serving(new Serving(description, config, metrics));
    ASSIGN_OR_RETURN(serving->bus_, bus::OpenBus(config.bus_url));
    ASSIGN_OR_RETURN(serving->store_, store::OpenStore(config.store_url, description.name));
    ASSIGN_OR_RETURN(serving->service_, make({.bus = *serving->bus_,
                                              .store = *serving->store_,
                                              .clock = Clock::System(),
                                              .calendar = calendar,
                                              .metrics = metrics,
                                              .pool = serving->pool_,
                                              .http = &http,
                                              .calendars = &calendars}));
    serving->service_->Register(serving->server_);
    RETURN_IF_ERROR(serving->service_->Start());
    RETURN_IF_ERROR(serving->server_.Start());
    serving->bus_probe_.Start();
    serving->store_probe_.Start();
    LogInfo("serving", {{"grpc", serving->server_.target()}});
    return serving;
  }

  ~Serving() { Stop(absl::InfinitePast()); }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  // In reverse. Idempotent.
  void Stop(absl::Time deadline) {
    server_.Stop(CallsDeadline(deadline));
    pool_.Stop();
    if (service_ != nullptr) service_->Stop();
  }

  absl::Status Ready() const {
    RETURN_IF_ERROR(DependenciesReady());
    return service_->Ready();
  }

 private:
  Serving(const ServiceProgram& description, const ProgramConfig& config,
          metrics::Registry& metrics)
      : bus_probe_("bus", [this] { return bus_->Ping(); }),
        store_probe_("store", [this] { return store_->BeginRead().status(); }),
        pool_({.threads = static_cast<size_t>(config.call_threads)}, metrics),
        server_({.listen = config.listen,
                 .message_bytes_max = description.message_bytes_max,
                 .streams_max = static_cast<size_t>(config.streams_max),
                 .ready = [this] { return DependenciesReady(); }}) {}

  absl::Status DependenciesReady() const {
    RETURN_IF_ERROR(bus_probe_.Ready());
    return store_probe_.Ready();
  }

  std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<store::Store> store_;
  // Of both, for every service alike: one that has nothing to write, or hands over what it writes,
  // does not find out by itself that they have gone.
  runtime::Probe bus_probe_;
  runtime::Probe store_probe_;
  rpc::CallPool pool_;
  std::unique_ptr<HostedService> service_;
  rpc::Server server_;
};

// A program from its start to its end. What it depends on may come later than it does: until then
// it answers probes, is not ready, and tries again.
class Program {
 public:
  // `fail` is called when it cannot go on.
  Program(ServiceProgram description, ProgramConfig config, MakeService make,
          std::function<void(const absl::Status&)> fail)
      : description_(std::move(description)),
        config_(std::move(config)),
        make_(std::move(make)),
        fail_(std::move(fail)),
        http_({.listen = config_.admin,
               .threads = description_.http_threads,
               .connections_max = static_cast<size_t>(config_.admin_connections_max)},
              metrics_),
        admin_(http_.router().Add(runtime::AdminRoutes(readiness_, metrics_))),
        opening_({.name = "opening", .backoff_most = kOpenBackoffMost},
                 [this](const std::stop_token&) { return Open(); }) {
    readiness_.Add(description_.name, [this] { return Ready(); });
  }

  // INVALID_ARGUMENT with every problem of the calendar.
  absl::Status Start() {
    ASSIGN_OR_RETURN(calendar_file_,
                     WatchedCalendar::Open(description_.name, config_.calendar_file, metrics_));
    calendar_.emplace(calendar_file_->source().Now()->calendar);
    calendar_file_->Start();
    RETURN_IF_ERROR(http_.Start());
    LogInfo("answering probes", {{"admin_port", http_.port()}});
    opening_.Start();
    return absl::OkStatus();
  }

  void Stop(absl::Time deadline) {
    // Probes see it first: callers are to stop sending before we stop serving.
    draining_.store(true);
    opening_.Stop();
    http_.Drain(DrainWriteTime(deadline));
    if (Serving* const serving = Get(); serving != nullptr) serving->Stop(deadline);
    http_.Stop();
    if (calendar_file_ != nullptr) calendar_file_->Stop();
  }

 private:
  absl::StatusOr<absl::Duration> Open() {
    auto serving = Serving::Begin(description_, config_, calendar_file_->source(), *calendar_,
                                  metrics_, http_, make_);
    if (!serving.ok()) {
      if (MayPass(serving.status())) return serving.status();
      fail_(serving.status());
      return absl::InfiniteDuration();
    }
    absl::MutexLock lock(&mutex_);
    serving_ = *std::move(serving);
    return absl::InfiniteDuration();
  }

  absl::Status Ready() const {
    if (draining_.load()) return absl::UnavailableError("draining");
    if (const Serving* const serving = Get(); serving != nullptr) return serving->Ready();
    RETURN_IF_ERROR(opening_.last_status());
    return absl::UnavailableError("starting");
  }

  Serving* Get() const {
    absl::MutexLock lock(&mutex_);
    return serving_.get();
  }

  const ServiceProgram description_;
  const ProgramConfig config_;
  const MakeService make_;
  const std::function<void(const absl::Status&)> fail_;
  metrics::Registry metrics_;  // before the bus, whose last answers are counted
  std::unique_ptr<WatchedCalendar> calendar_file_;
  std::optional<const Calendar> calendar_;
  mutable absl::Mutex mutex_;
  std::unique_ptr<Serving> serving_ ABSL_GUARDED_BY(mutex_);  // set once
  std::atomic<bool> draining_ = false;
  runtime::Readiness readiness_;
  http::Server http_;
  const std::unique_ptr<http::Router::Registration> admin_;
  runtime::BackgroundLoop opening_;
};

}  // namespace

int RunService(const ServiceProgram& program, int argc, const char* const* argv,
               const std::function<void(config::Settings&)>& bind, const MakeService& make) {
  ProgramConfig config{.admin_connections_max = static_cast<int>(program.http_connections_max)};
  config::Settings settings(program.name, program.description);
  config.Bind(settings);
  bind(settings);
  const config::Outcome outcome = settings.Load(argc, argv);
  if (outcome.exit_code.has_value()) return *outcome.exit_code;

  runtime::Application application({.drain = config.drain});
  Program running(program, config, make, [&](const absl::Status& why) { application.Fail(why); });
  application.Add(
      program.name, [&] { return running.Start(); },
      [&](absl::Time deadline) { running.Stop(deadline); });
  return application.Run();
}

}  // namespace bellwether::hosting
