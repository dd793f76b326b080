#include "services/gateway/app.h"

#include <algorithm>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/bus.h"
#include "common/bus/topics.h"
#include "common/calendar/calendar.h"
#include "common/http/server.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/stream_methods.h"
#include "common/store/store.h"
#include "deploy/services.h"
#include "services/gateway/adapters/feeds_file.h"
#include "services/gateway/application/semantics.h"
#include "services/gateway/webhooks/webhooks_file.h"

namespace bellwether::gateway {
namespace {

constexpr char kService[] = "gateway";
constexpr char kLeaseName[] = "journal-time";
constexpr char kReplayLeaseName[] = "letter-replays";
constexpr absl::Duration kLeaseDuration = absl::Seconds(10);
// Longer than a letter may take, and some more of them.
constexpr absl::Duration kReplayLeaseDuration = absl::Seconds(30);
constexpr absl::Duration kFlushWait = absl::Seconds(10);
constexpr absl::Duration kSemanticsWait = absl::Seconds(30);

std::vector<SystemPeer> PeersOf(const GatewayConfig& config) {
  std::vector<SystemPeer> peers;
  for (const RegisteredService& service : kServices) {
    if (service.api.empty()) continue;
    SystemPeer& peer = peers.emplace_back(
        SystemPeer{.service = std::string(service.name), .api = std::string(service.api)});
    const auto servers = config.forward.servers.find(peer.service);
    if (servers == config.forward.servers.end()) continue;
    peer.addresses = absl::StrSplit(servers->second, ',', absl::SkipEmpty());
  }
  return peers;
}

}  // namespace

absl::StatusOr<std::unique_ptr<App>> App::Create(const GatewayConfig& config,
                                                 const hosting::Ports& ports) {
  ASSIGN_OR_RETURN(std::unique_ptr<WatchedCurrencies> currencies,
                   WatchedCurrencies::Open("gateway", config.currencies_file, ports.metrics));
  ASSIGN_OR_RETURN(WebhookSources webhooks, LoadWebhookSources(config.webhooks_file));
  ASSIGN_OR_RETURN(DeclaredRhythms rhythms, LoadDeclaredFeeds(config.feeds_file));
  RETURN_IF_ERROR(CreateTables(ports.store));
  RETURN_IF_ERROR(lease::CreateTables(ports.store));
  for (const char* topic : {bus::kFactsTopic, bus::kJournalTopic, bus::kDeadLetterTopic}) {
    RETURN_IF_ERROR(ports.bus.EnsureTopic({.name = topic, .partitions = config.partitions}));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<JournalWriter> writer, JournalWriter::Create(ports.bus));
  ASSIGN_OR_RETURN(std::unique_ptr<TickRounds> rounds, TickRounds::Create(ports.bus, *writer));
  std::unique_ptr<App> app(new App(config, ports, std::move(currencies), std::move(webhooks),
                                   std::move(rhythms), std::move(writer), std::move(rounds)));
  RETURN_IF_ERROR(app->AddRoutes());
  RETURN_IF_ERROR(app->OpenTableImports());
  RETURN_IF_ERROR(WebEntrance::Check(config.web));
  return app;
}

App::App(const GatewayConfig& config, const hosting::Ports& ports,
         std::unique_ptr<WatchedCurrencies> currencies, WebhookSources webhooks,
         DeclaredRhythms rhythms, std::unique_ptr<JournalWriter> writer,
         std::unique_ptr<TickRounds> rounds)
    : config_(config),
      ports_(ports),
      currencies_(std::move(currencies)),
      webhooks_(std::move(webhooks)),
      validator_(currencies_->source(), ports.calendar, config.ahead_max),
      writer_(std::move(writer)),
      rounds_(std::move(rounds)),
      feed_tally_(std::make_shared<FeedTally>(ports.calendar.time_zone(), ports.metrics)),
      acceptor_(validator_, *writer_, ports.clock, ports.metrics, feed_tally_),
      journal_row_(ports.store),
      replayed_(ports.store),
      facts_offsets_(ports.store),
      import_run_rows_(ports.store),
      lease_(ports.store, ports.clock, {kLeaseName, NewUuid(), kLeaseDuration}),
      state_(journal_row_, lease_),
      dead_letters_(ports.bus, acceptor_, replayed_, ports.clock),
      replay_rows_(ports.store),
      replay_lease_(ports.store, ports.clock, {kReplayLeaseName, NewUuid(), kReplayLeaseDuration}),
      replays_(dead_letters_, replay_rows_, ports.clock, ports.metrics,
               {.may_work = [this] { return replay_lease_.Hold(); },
                .retention = config.letter_replay_retention}),
      import_runs_(import_run_rows_, *writer_, ports.clock, config.import_lease),
      commands_(acceptor_, *writer_, state_, *rounds_, dead_letters_, replays_, import_runs_,
                ports.clock),
      queries_(dead_letters_, replays_, replay_rows_, currencies_->source()),
      status_(kService, ports.clock, [this] { return Ready(); },
              {[this](system::v1::ServiceStatus& status) { return AddFactsLag(status); }}),
      system_(
          status_, PeersOf(config), [this] { return server_->target(); }, ports.clock),
      feed_rows_(ports.store),
      feeds_(*feed_tally_, feed_rows_, std::move(rhythms), ports.calendar.time_zone(), ports.clock),
      feeds_queries_(feeds_, ports.clock),
      ticker_(state_, *rounds_, ports.clock, config.tick_interval, ports.metrics),
      facts_topic_(
          {ports.bus, validator_, state_, facts_offsets_, ports.clock, ports.metrics, feed_tally_}),
      tick_loop_({.name = "ticker"}, [this](const std::stop_token&) { return ticker_.Step(); }),
      facts_loop_({.name = "facts-topic"},
                  [this](const std::stop_token&) { return facts_topic_.Step(); }),
      replay_loop_({.name = "letter-replays"},
                   [this](const std::stop_token& stop) { return replays_.Step(stop); }),
      feeds_loop_({.name = "feeds"}, [this](const std::stop_token&) { return feeds_.Flush(); }) {
  replays_.OnWork([this] { replay_loop_.Wake(); });
}

App::~App() { Stop(); }

absl::Status App::OpenTableImports() {
  ASSIGN_OR_RETURN(table_imports_, TableImports::Create(
                                       config_.uploads, [this] { return server_->target(); },
                                       ports_, currencies_->source()));
  return absl::OkStatus();
}

void App::Register(rpc::Server& server) {
  streams_ = std::make_unique<IngestStreams>(
      IngestStreams::Ports{ports_.bus, acceptor_, *rounds_, state_, ports_.calendar, ports_.clock,
                           ports_.pool, server.streams()});
  server_ = &server;
  server.Add(Methods(), [this] { return Ready(); });
  server.Add(SystemMethods(), [this] { return Ready(); });
  server.Add(FeedsMethods(), [this] { return Ready(); });
  server.Add(table_imports_->Methods(), [this] { return Ready(); });
  forwarder_.Register(server);
  if (ports_.http != nullptr) {
    web_ = std::make_unique<WebEntrance>(
        config_.web, server, ports_.http->router(), webhooks_,
        WebhookEndpoint::Ports{acceptor_, state_, ports_.pool, ports_.clock, ports_.metrics, {}});
  }
}

rpc::MethodTable App::Methods() {
  rpc::MethodTable table("bellwether.ingest.v1.IngestService", ports_.pool);
  table.RawBidiStream("StreamFacts",
                      [this](const rpc::Call& call) { return streams_->StreamFacts(call); });
  table.RawClientStream("BackfillFacts",
                        [this](const rpc::Call& call, ingest::v1::BackfillFactsResponse& response) {
                          return streams_->BackfillFacts(call, response);
                        });
  table.ServerStream("TailJournal",
                     [this](const ingest::v1::TailJournalRequest& request, const rpc::Call& call) {
                       return streams_->TailJournal(request, call);
                     });
  table.Command("IngestFacts", commands_, &IngestCommands::Ingest);
  table.Command("GoLive", commands_, &IngestCommands::GoLive);
  table.InlineQuery("GetCurrencies", [this](const ingest::v1::GetCurrenciesRequest& request) {
    return queries_.Currencies(request);
  });
  table.Query("ListDeadLetters", queries_, &IngestQueries::ListDeadLetters);
  table.Command("ReplayDeadLetter", commands_, &IngestCommands::ReplayDeadLetter);
  table.Command("StartDeadLetterReplay", commands_, &IngestCommands::StartDeadLetterReplay);
  table.Command("CancelDeadLetterReplay", commands_, &IngestCommands::CancelDeadLetterReplay);
  table.Query("GetDeadLetterReplay", queries_, &IngestQueries::GetDeadLetterReplay);
  table.Query("ListDeadLetterReplays", queries_, &IngestQueries::ListDeadLetterReplays);
  table.Query("ListDeadLetterReplayResults", queries_, &IngestQueries::ListDeadLetterReplayResults);
  table.Command("StartImportRun", commands_, &IngestCommands::StartImportRun);
  table.Command("RenewImportRun", commands_, &IngestCommands::RenewImportRun);
  table.Command("EndImportRun", commands_, &IngestCommands::EndImportRun);
  table.Command("WithdrawImportRun", commands_, &IngestCommands::WithdrawImportRun);
  return table;
}

rpc::MethodTable App::SystemMethods() {
  rpc::MethodTable table("bellwether.system.v1.SystemService", ports_.pool);
  table.Query("GetSystemStatus", system_, &SystemQueries::Get);
  return table;
}

rpc::MethodTable App::FeedsMethods() {
  rpc::MethodTable table("bellwether.ingest.v1.FeedsService", ports_.pool);
  table.Query("ListFeeds", feeds_queries_, &FeedsQueries::List);
  return table;
}

absl::Status App::AddFactsLag(system::v1::ServiceStatus& status) {
  // With the bus or the store away an answer would take longer than the caller waits.
  if (!status.ready()) return absl::OkStatus();
  for (int32_t partition = 0; partition < config_.partitions; ++partition) {
    ASSIGN_OR_RETURN(const std::optional<FactsOffsets::Place> place,
                     facts_offsets_.Load(partition));
    ASSIGN_OR_RETURN(const bus::OffsetRange range, ports_.bus.Offsets(bus::kFactsTopic, partition));
    system::v1::PartitionLag& lag = *status.add_lags();
    lag.set_topic(bus::kFactsTopic);
    lag.set_partition(partition);
    lag.set_records(
        std::max<int64_t>(range.end - (place.has_value() ? place->next_offset : range.first), 0));
    if (lag.records() == 0) lag.mutable_behind();  // zero; how old what waits is, is not kept
    *lag.mutable_measured_time() = status.measured_time();
    lag.set_state("committed");
  }
  return absl::OkStatus();
}

absl::Status App::AddRoutes() {
  for (const RegisteredService& service : kServices) {
    const auto servers = config_.forward.servers.find(std::string(service.name));
    if (servers == config_.forward.servers.end() || servers->second.empty()) continue;
    RETURN_IF_ERROR(forwarder_.Add({{std::string(service.api)}, servers->second},
                                   rpc::kMessageBytesMaxDefault));
  }
  return absl::OkStatus();
}

absl::Status App::Start() {
  RETURN_IF_ERROR(BringSemanticsUp(journal_row_, *writer_, kSemanticsWait));
  if (config_.live_at_start) {
    ASSIGN_OR_RETURN(const std::optional<absl::Time> reached, PastReached(*rounds_));
    RETURN_IF_ERROR(state_.GoLive(reached));
  } else {
    RETURN_IF_ERROR(state_.Refresh());
  }
  started_ = true;
  if (streams_ != nullptr) streams_->Start();
  currencies_->Start();
  tick_loop_.Start();
  facts_loop_.Start();
  replay_loop_.Start();
  feeds_loop_.Start();
  RETURN_IF_ERROR(table_imports_->Start());
  LogInfo("gateway started", {{"phase", PhaseName(state_.phase())}});
  return absl::OkStatus();
}

void App::Stop() {
  web_.reset();  // its calls ended with the server
  if (!std::exchange(started_, false)) return;
  table_imports_->Stop();
  replay_loop_.Stop();
  if (const absl::Status released = replay_lease_.Release(); !released.ok()) {
    LogWarning("the lease of replays was not given back; it will expire", {{"status", released}});
  }
  facts_loop_.Stop();
  facts_topic_.Close();
  tick_loop_.Stop();
  currencies_->Stop();
  if (streams_ != nullptr) streams_->Stop();
  // Callbacks of what is in flight still refer to us.
  while (!rounds_->Flush(kFlushWait).ok()) {
    LogWarning("waiting for the bus to answer", {{"events", acceptor_.admission().events()}});
  }
  feeds_loop_.Stop();
  if (const absl::Status stored = feeds_.Flush().status(); !stored.ok()) {
    LogWarning("the last second's facts are missing in what is known of feeds",
               {{"status", stored}});
  }
  if (const absl::Status released = lease_.Release(); !released.ok()) {
    LogWarning("the ticker's lease was not given back; it will expire", {{"status", released}});
  }
}

absl::Status App::Ready() const {
  RETURN_IF_ERROR(tick_loop_.last_status());
  return facts_loop_.last_status();
}

}  // namespace bellwether::gateway
