#include "services/opportunities/app.h"

#include <utility>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/bus.h"
#include "common/bus/topics.h"
#include "common/command/audit_table.h"
#include "common/idempotency/request_ids.h"
#include "common/metrics/metrics.h"
#include "common/outbox/journal_stamp.h"
#include "common/service_status/status_parts.h"
#include "common/store/store.h"
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
                                                 const hosting::Ports& ports) {
  ASSIGN_OR_RETURN(Process process, LoadProcess(config.process_file));
  ASSIGN_OR_RETURN(std::unique_ptr<WatchedCurrencies> currencies,
                   WatchedCurrencies::Open(kService, config.currencies_file, ports.metrics));
  RETURN_IF_ERROR(CreateTables(ports.store));
  RETURN_IF_ERROR(outbox::CreateTables(ports.store));
  RETURN_IF_ERROR(command::CreateTables(ports.store));
  RETURN_IF_ERROR(
      ports.bus.EnsureTopic({.name = bus::kJournalTopic, .partitions = config.partitions}));
  return std::unique_ptr<App>(new App(config, ports, std::move(process), std::move(currencies)));
}

App::App(const OpportunitiesConfig& config, const hosting::Ports& ports, Process process,
         std::unique_ptr<WatchedCurrencies> currencies)
    : process_(std::move(process)),
      currencies_(std::move(currencies)),
      pool_(ports.pool),
      opportunities_(ports.store, config.ahead_max),
      journal_(std::make_shared<outbox::JournalPhase>(ports.bus)),
      relay_(ports.store, ports.bus, ports.clock, ports.metrics,
             std::make_unique<outbox::JournalStamp>(journal_), RelayOptionsOf(config)),
      runner_({ports.store, ports.clock, *journal_, [this] { relay_.Wake(); }}),
      commands_(runner_, opportunities_, process_, currencies_->source(), ports.calendar,
                ports.clock),
      withdrawal_(ports.store, runner_, opportunities_),
      queries_(ports.store, opportunities_),
      status_(kService, ports.clock, [this] { return Ready(); },
              {service_status::OutboxPart(ports.store, ports.clock)}),
      audit_(ports.store) {}

App::~App() { Stop(); }

void App::Register(rpc::Server& server) {
  server.Add(Methods(), [this] { return Ready(); });
}

rpc::MethodTable App::Methods() {
  rpc::MethodTable table("bellwether.opportunities.v1.OpportunitiesService", pool_);
  table.Query("GetOpportunity", queries_, &OpportunityQueries::Get);
  table.Query("ListOpportunities", queries_, &OpportunityQueries::List);
  table.Query("GetServiceStatus", status_, &service_status::StatusQueries::Get);
  table.Query("ListAuditEntries", audit_, &command::AuditQueries::List);
  table.Command("CreateOpportunity", commands_, &OpportunityCommands::Create);
  table.Command("AdvanceOpportunity", commands_, &OpportunityCommands::Advance);
  table.Command("WinOpportunity", commands_, &OpportunityCommands::Win);
  table.Command("LoseOpportunity", commands_, &OpportunityCommands::Lose);
  table.Command("AttachOpportunity", commands_, &OpportunityCommands::Attach);
  table.Command("WithdrawImportRun", withdrawal_, &ImportRunWithdrawal::Withdraw);
  return table;
}

absl::Status App::Start() {
  started_ = true;
  currencies_->Start();
  relay_.Start();
  return absl::OkStatus();
}

void App::Stop() {
  if (!std::exchange(started_, false)) return;
  relay_.Stop();
  currencies_->Stop();
}

}  // namespace bellwether::opportunities
