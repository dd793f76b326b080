#include "common/hosting/service_program.h"

#include <utility>

#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/bus/open_bus.h"
#include "common/calendar/calendar_file.h"
#include "common/log/log.h"
#include "common/runtime/admin_endpoint.h"
#include "common/runtime/application.h"
#include "common/runtime/readiness.h"

namespace bellwether::hosting {
namespace {

struct ProgramConfig {
  std::string listen = "127.0.0.1:0";
  std::string admin = "127.0.0.1:0";
  std::string bus_url = "embedded:.bellwether/data/bus";
  std::string store_url = "sqlite:.bellwether/data";
  std::string calendar_file;
  int call_threads = 8;
  absl::Duration drain = absl::Seconds(20);

  void Bind(config::Settings& settings) {
    settings.Text("listen", listen, "address of the gRPC endpoint");
    settings.Text("admin", admin, "address of the endpoint for probes and metrics");
    settings.Text("bus", bus_url, "the bus: embedded:<directory>");
    settings.Text("store", store_url,
                  "the store: sqlite:<directory> or postgres://<host>/<database>?…");
    settings.Text("calendar-file", calendar_file,
                  "the calendar (YAML); empty: Asia/Shanghai, Monday to Friday, 9 to 18 h");
    settings.Integer("call-threads", call_threads, {1, 256}, "threads that run calls");
    settings.Duration("drain", drain, {absl::Seconds(1), absl::Minutes(10)},
                      "from the signal to the end of the process");
  }
};

// Everything a program consists of, in the order it is made; destroyed in reverse.
class Program {
 public:
  // After a start that failed half-way: what runs ends before what it uses goes.
  ~Program() { Stop(absl::InfinitePast()); }

  static absl::StatusOr<std::unique_ptr<Program>> Create(
      const ServiceProgram& description, const ProgramConfig& config,
      const std::function<absl::StatusOr<std::unique_ptr<HostedService>>(const Ports&)>& make) {
    ASSIGN_OR_RETURN(Calendar calendar, config.calendar_file.empty()
                                            ? Calendar::Create({})
                                            : LoadCalendar(config.calendar_file));
    ASSIGN_OR_RETURN(auto bus, bus::OpenBus(config.bus_url));
    ASSIGN_OR_RETURN(auto store, store::OpenStore(config.store_url, description.name));
    auto program = std::unique_ptr<Program>(
        new Program(description, config, std::move(calendar), std::move(bus), std::move(store)));
    ASSIGN_OR_RETURN(program->service_,
                     make({*program->bus_, *program->store_, Clock::System(), program->calendar_,
                           program->metrics_, program->pool_}));
    HostedService* service = program->service_.get();
    program->readiness_.Add(description.name, [service] { return service->Ready(); });
    service->Register(program->server_);
    return program;
  }

  absl::Status Start() {
    RETURN_IF_ERROR(service_->Start());
    RETURN_IF_ERROR(server_.Start());
    RETURN_IF_ERROR(admin_.Start());
    LogInfo("serving", {{"grpc", server_.target()}, {"admin_port", admin_.port()}});
    return absl::OkStatus();
  }

  void Stop(absl::Time deadline) {
    server_.Stop(deadline);
    pool_.Stop();
    if (service_ != nullptr) service_->Stop();
    admin_.Stop();
  }

 private:
  Program(const ServiceProgram& description, const ProgramConfig& config, Calendar calendar,
          std::unique_ptr<bus::Bus> bus, std::unique_ptr<store::Store> store)
      : calendar_(std::move(calendar)),
        bus_(std::move(bus)),
        store_(std::move(store)),
        pool_({.threads = static_cast<size_t>(config.call_threads)}, metrics_),
        server_({.listen = config.listen, .message_bytes_max = description.message_bytes_max}),
        admin_({.listen = config.admin}, readiness_, metrics_) {}

  const Calendar calendar_;
  metrics::Registry metrics_;  // before the bus, whose last answers are counted
  const std::unique_ptr<bus::Bus> bus_;
  const std::unique_ptr<store::Store> store_;
  rpc::CallPool pool_;
  runtime::Readiness readiness_;
  std::unique_ptr<HostedService> service_;
  rpc::Server server_;
  runtime::AdminEndpoint admin_;
};

}  // namespace

int RunService(
    const ServiceProgram& program, int argc, const char* const* argv,
    const std::function<void(config::Settings&)>& bind,
    const std::function<absl::StatusOr<std::unique_ptr<HostedService>>(const Ports&)>& make) {
  ProgramConfig config;
  config::Settings settings(program.name, program.description);
  config.Bind(settings);
  bind(settings);
  const config::Outcome outcome = settings.Load(argc, argv);
  if (outcome.exit_code.has_value()) return *outcome.exit_code;

  runtime::Application application({.drain = config.drain});
  auto running = Program::Create(program, config, make);
  if (!running.ok()) {
    LogError("cannot start", {{"status", running.status()}});
    return runtime::kExitStartFailed;
  }
  application.Add(
      program.name, [&] { return (*running)->Start(); },
      [&](absl::Time deadline) { (*running)->Stop(deadline); });
  return application.Run();
}

}  // namespace bellwether::hosting
