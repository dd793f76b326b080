#include "services/accounts/app.h"

#include <utility>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/bus.h"
#include "common/bus/topics.h"
#include "common/calendar/calendar.h"
#include "common/command/audit_table.h"
#include "common/idempotency/request_ids.h"
#include "common/metrics/metrics.h"
#include "common/outbox/journal_stamp.h"
#include "common/service_status/status_parts.h"
#include "common/store/store.h"

namespace bellwether::accounts {
namespace {

constexpr char kService[] = "accounts";
constexpr int64_t kAnswersPrunedMax = 10'000;  // of one upkeep

outbox::RelayOptions RelayOptionsOf(const AccountsConfig& config) {
  return {
      .service = kService,
      .owner = NewUuid(),
      .retention = config.retention,
      .upkeep = [retention = config.retention](store::Transaction& transaction, absl::Time now) {
        return idempotency::Prune(transaction, now - retention, kAnswersPrunedMax).status();
      }};
}

}  // namespace

absl::StatusOr<std::unique_ptr<App>> App::Create(const AccountsConfig& config,
                                                 const hosting::Ports& ports) {
  ASSIGN_OR_RETURN(const RfmConfig rfm, LoadRfmConfig(config.rfm_file));
  RETURN_IF_ERROR(CreateTables(ports.store));
  RETURN_IF_ERROR(outbox::CreateTables(ports.store));
  RETURN_IF_ERROR(command::CreateTables(ports.store));
  for (const char* topic : {bus::kJournalTopic, bus::kSignalsTopic, bus::kDeadLetterTopic}) {
    RETURN_IF_ERROR(ports.bus.EnsureTopic({.name = topic, .partitions = config.partitions}));
  }
  return std::unique_ptr<App>(new App(config, ports, rfm));
}

App::App(const AccountsConfig& config, const hosting::Ports& ports, const RfmConfig& rfm)
    : pool_(ports.pool),
      rfm_classes_(rfm.classes),
      signals_positions_(kRfmReader),
      accounts_(ports.store),
      rfm_({ports.store, ports.calendar, signals_positions_, config.partitions, rfm_classes_}),
      newcomers_(rfm_, rfm_classes_),
      entities_(accounts_, newcomers_, config.ahead_max),
      phase_(std::make_shared<outbox::JournalPhase>(ports.bus)),
      relay_(ports.store, ports.bus, ports.clock, ports.metrics,
             std::make_unique<outbox::JournalStamp>(phase_), RelayOptionsOf(config)),
      journal_(relay_),
      runner_({ports.store, ports.clock, *phase_, [this] { relay_.Wake(); }}),
      commands_(runner_, entities_),
      queries_(ports.store, accounts_, rfm_, ports.clock),
      status_(kService, ports.clock, [this] { return Ready(); },
              {service_status::OutboxPart(ports.store, ports.clock),
               service_status::ReaderPart(kRfmReader, bus::kSignalsTopic, ports.store, ports.bus,
                                          ports.clock)}),
      audit_(ports.store),
      cuts_({rfm.scheme, ports.calendar, rfm_classes_, rfm_, corrections_, accounts_, journal_}),
      rfm_signals_({ports.calendar, rfm_, corrections_, cuts_, journal_, ports.metrics},
                   rfm.order_metrics, rfm.correction_interval),
      signals_({ports.store, ports.bus, ports.clock, ports.metrics},
               {.reader = kRfmReader, .topic = bus::kSignalsTopic, .service = kService},
               rfm_signals_) {}

App::~App() { Stop(); }

void App::Register(rpc::Server& server) {
  server.Add(Methods(), [this] { return Ready(); });
}

rpc::MethodTable App::Methods() {
  rpc::MethodTable table("bellwether.accounts.v1.AccountsService", pool_);
  table.Query("GetAccount", queries_, &AccountQueries::Get);
  table.Query("ListAccounts", queries_, &AccountQueries::List);
  table.Command("CreateAccount", commands_, &AccountCommands::Create);
  table.Command("UpdateAccount", commands_, &AccountCommands::Update);
  table.Query("GetRfm", queries_, &AccountQueries::Rfm);
  table.Query("ListRfmHistory", queries_, &AccountQueries::RfmHistory);
  table.Query("ListRfm", queries_, &AccountQueries::RfmRanking);
  table.Query("GetServiceStatus", status_, &service_status::StatusQueries::Get);
  table.Query("ListAuditEntries", audit_, &command::AuditQueries::List);
  return table;
}

absl::Status App::Start() {
  started_ = true;
  relay_.Start();
  signals_.Start();
  return absl::OkStatus();
}

void App::Stop() {
  if (!std::exchange(started_, false)) return;
  signals_.Stop();
  relay_.Stop();
}

absl::Status App::Ready() const {
  RETURN_IF_ERROR(signals_.Ready());
  return relay_.Ready();
}

}  // namespace bellwether::accounts
