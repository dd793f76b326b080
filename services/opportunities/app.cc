#include "services/opportunities/app.h"

#include <utility>

#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/currency/currency_file.h"
#include "common/idempotency/request_ids.h"
#include "common/outbox/journal_stamp.h"
#include "services/opportunities/adapters/process_file.h"

namespace bellwether::opportunities {
namespace {

constexpr char kService[] = "opportunities";
constexpr int64_t kAnswersPrunedMax = 10'000;  // of one upkeep

outbox::RelayOptions RelayOptionsOf(const OpportunitiesConfig& config) {
  return {
      .service = kService,
      .owner = NewUuid(),
      .retention = config.retention,
      .upkeep = [retention = config.retention](store::Transaction& transaction, absl::Time now) {
        return idempotency::Prune(transaction, now - retention, kAnswersPrunedMax).status();
      }};
}

}  // namespace

absl::StatusOr<std::unique_ptr<App>> App::Create(const OpportunitiesConfig& config,
                                                 const AppPorts& ports) {
  ASSIGN_OR_RETURN(Process process, LoadProcess(config.process_file));
  ASSIGN_OR_RETURN(CurrencyTable currencies, LoadCurrencies(config.currencies_file));
  RETURN_IF_ERROR(CreateTables(ports.store));
  RETURN_IF_ERROR(outbox::CreateTables(ports.store));
  RETURN_IF_ERROR(idempotency::CreateTables(ports.store));
  RETURN_IF_ERROR(
      ports.bus.EnsureTopic({.name = bus::kJournalTopic, .partitions = config.partitions}));
  return std::unique_ptr<App>(new App(config, ports, std::move(process), std::move(currencies)));
}

App::App(const OpportunitiesConfig& config, const AppPorts& ports, Process process,
         CurrencyTable currencies)
    : process_(std::move(process)),
      currencies_(std::move(currencies)),
      opportunities_(ports.store),
      relay_(ports.store, ports.bus, ports.clock, ports.metrics,
             std::make_unique<outbox::JournalStamp>(ports.bus), RelayOptionsOf(config)),
      journal_(relay_),
      commands_(ports.store, opportunities_, journal_, process_, ports.clock, config.ahead_max),
      grpc_(ports.pool, ports.store, commands_, opportunities_, currencies_) {}

App::~App() { Stop(); }

void App::Register(rpc::Server& server) {
  server.Add(v1::OpportunitiesService::service_full_name(), &grpc_, [this] { return Ready(); });
}

absl::Status App::Start() {
  started_ = true;
  relay_.Start();
  return absl::OkStatus();
}

void App::Stop() {
  if (!std::exchange(started_, false)) return;
  relay_.Stop();
}

}  // namespace bellwether::opportunities
