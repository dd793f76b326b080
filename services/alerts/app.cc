#include "services/alerts/app.h"

#include <stop_token>
#include <utility>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/bus.h"
#include "common/bus/topics.h"
#include "common/calendar/calendar.h"
#include "common/command/audit_table.h"
#include "common/currency/currency_file.h"
#include "common/idempotency/request_ids.h"
#include "common/lease/lease.h"
#include "common/log/log.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/stream_methods.h"
#include "common/service_status/status_parts.h"
#include "common/store/run_transaction.h"
#include "common/store/store.h"
#include "common/stream/offsets_table.h"
#include "services/alerts/adapters/escalation_timer.h"
#include "services/alerts/adapters/rule_messages.h"
#include "services/alerts/adapters/sql_channels.h"
#include "services/alerts/adapters/sql_deliveries.h"
#include "services/alerts/adapters/sql_import_holds.h"
#include "services/alerts/adapters/sql_silences.h"

namespace bellwether::alerts {
namespace {

// A change that another replica decided waits in the outbox for the one that relays to look; people
// wait for it.
constexpr absl::Duration kSharedOutboxPoll = absl::Milliseconds(20);
constexpr char kProcessor[] = "alerts";
constexpr absl::Duration kBarrierPoll = absl::Milliseconds(50);
constexpr absl::Duration kGaugeInterval = absl::Seconds(1);
constexpr int64_t kPruneRowsMax = 10'000;

DeliveryPolicy DeliveryPolicyOf(const AlertsConfig& config) {
  DeliveryPolicy policy;
  policy.failures_max = config.webhook_failures_max;
  policy.failures_until_visible = config.webhook_failures_until_visible;
  policy.backoff_least = config.webhook_backoff_least;
  policy.backoff_most = config.webhook_backoff_most;
  policy.age_max = config.webhook_age_max;
  policy.retry_after_max = config.webhook_retry_after_max;
  return policy;
}

}  // namespace

absl::StatusOr<App::Configured> App::Configure(const AlertsConfig& config,
                                               const hosting::Ports& ports) {
  ASSIGN_OR_RETURN(v1::RuleSet rule_messages, LoadRules(config));
  ASSIGN_OR_RETURN(const v1::AlertPolicy policy_message, LoadPolicy(config));
  ASSIGN_OR_RETURN(RuleSet rules, ToRuleSet(rule_messages, DefaultsOf(policy_message)));
  ASSIGN_OR_RETURN(CasePolicy policy, ToPolicy(policy_message, ports.calendar.time_zone()));
  ASSIGN_OR_RETURN(std::vector<WebhookTarget> webhooks, LoadWebhooks(config));
  ASSIGN_OR_RETURN(std::vector<http::Url> alertmanagers, ParseAlertmanagers(config));
  ASSIGN_OR_RETURN(const CurrencyTable currencies, LoadCurrencies(config.currencies_file));
  policy.money_digits = currencies.reporting_digits();
  CaseRowsContext rows{.for_update = std::string(ports.store.ForUpdate()),
                       .policy = std::move(policy)};
  for (const WebhookTarget& target : webhooks) rows.policy.targets.push_back(target.notification);
  return Configured{std::move(rule_messages), std::move(rules), std::move(rows),
                    std::move(webhooks), std::move(alertmanagers)};
}

absl::Status App::Prepare(const AlertsConfig& config, const hosting::Ports& ports) {
  RETURN_IF_ERROR(CreateTables(ports.store));
  RETURN_IF_ERROR(outbox::CreateTables(ports.store));
  RETURN_IF_ERROR(lease::CreateTables(ports.store));
  RETURN_IF_ERROR(command::CreateTables(ports.store));
  RETURN_IF_ERROR(stream::CreateTables(ports.store));
  for (const char* topic : {bus::kSignalsTopic, bus::kAlertsTopic, bus::kDeadLetterTopic}) {
    RETURN_IF_ERROR(ports.bus.EnsureTopic({.name = topic, .partitions = config.partitions}));
  }
  return timers::EnsureClockTopic(ports.bus);
}

absl::StatusOr<std::unique_ptr<App>> App::Create(const AlertsConfig& config,
                                                 const hosting::Ports& ports) {
  ASSIGN_OR_RETURN(Configured configured, Configure(config, ports));
  RETURN_IF_ERROR(Prepare(config, ports));
  return std::unique_ptr<App>(new App(config, ports, std::move(configured)));
}

App::App(const AlertsConfig& config, const hosting::Ports& ports, Configured configured)
    : config_(config),
      ports_(ports),
      configured_(std::move(configured)),
      process_id_(NewUuid()),
      cases_(configured_.rules, configured_.rows.policy),
      fold_context_{.rules = &configured_.rules,
                    .cases = &cases_,
                    .rows = &configured_.rows,
                    .clock = &ports_.clock,
                    .closed_kept = config_.closed_kept,
                    .import_hold_max = configured_.rows.policy.import_hold_max,
                    .import_accounts_judged = &ports_.metrics.CounterOf(
                        "bellwether_alerts_import_accounts_judged_total",
                        "Accounts judged once no import held them any more."),
                    .import_leases_expired =
                        &ports_.metrics.CounterOf("bellwether_alerts_import_leases_expired_total",
                                                  "Import runs that ended by their lease."),
                    .decision_delay_seconds = &ports_.metrics.HistogramOf(
                        "bellwether_alerts_decision_delay_seconds",
                        "From a live condition change to its being stored.")},
      folds_(fold_context_),
      open_(ports_.metrics.Gauges("bellwether_alerts_open", "Alerts firing or acknowledged.",
                                  {"level"})),
      import_runs_(
          ports_.metrics.GaugeOf("bellwether_alerts_import_runs", "Import runs under way.")),
      import_accounts_held_(
          ports_.metrics.GaugeOf("bellwether_alerts_import_accounts_held",
                                 "Accounts whose judgement waits for an import to end.")),
      held_back_(ports_.metrics.GaugeOf("bellwether_alerts_held_back",
                                        "Open alerts of which a silence holds something back.")),
      queries_(ports_.store, configured_.rows.policy, configured_.rule_messages),
      silence_queries_(ports_.store, configured_.rows.policy, ports_.clock),
      audit_(ports_.store),
      status_(kProcessor, ports_.clock, [this] { return Ready(); },
              {service_status::OutboxPart(ports_.store, ports_.clock),
               service_status::FoldPart({kProcessor, bus::kSignalsTopic}, ports_.store, ports_.bus,
                                        ports_.clock, [this] { return processor_.Status(); }),
               [this](system::v1::ServiceStatus& status) { return AddChannels(status); }}),
      http_({.user_agent = "bellwether-alerts", .proxy = config_.webhook_proxy}),
      relay_(ports_.store, ports_.bus, ports_.clock, ports_.metrics,
             std::make_unique<outbox::StampNow>(),
             {.service = kProcessor,
              .owner = process_id_,
              .poll_interval = ports_.store.IsShared() ? kSharedOutboxPoll
                                                       : outbox::RelayOptions().poll_interval,
              .upkeep =
                  [retention = config_.retention](store::Transaction& transaction, absl::Time now) {
                    RETURN_IF_ERROR(PruneDeliveries(transaction, now - retention).status());
                    return idempotency::Prune(transaction, now - retention, kPruneRowsMax).status();
                  }}),
      journal_(ports_.bus),
      runner_({ports_.store, ports_.clock, journal_, [this] { Written(); }}),
      commands_(runner_, cases_, configured_.rows, queries_),
      silence_commands_(runner_, configured_.rows, ports_.store, ports_.clock),
      escalations_(cases_, configured_.rows, ports_.metrics, [this] { Written(); }),
      timers_({ports_.store, ports_.bus, ports_.clock, ports_.metrics},
              {.service = kProcessor, .silence_max = config_.clock_silence_max},
              {{kEscalation, &escalations_}}),
      digest_(ports_.bus, ports_.store, configured_.rows, config_.partitions,
              {.alerts_max = config_.digest_alerts_max, .wait_max = config_.digest_wait_max}),
      barrier_(ports_.bus, ports_.store, bus::kSignalsTopic, kProcessor),
      feed_(ports_.bus, config_.partitions, process_id_,
            {.changed =
                 [this](const v1::AlertChanged& change) {
                   if (streams_ != nullptr) streams_->Publish(change);
                 },
             .interrupted =
                 [this](const absl::Status& why) {
                   if (streams_ != nullptr) streams_->EndAll(why);
                 }}),
      processor_(
          {.name = kProcessor,
           .topic = bus::kSignalsTopic,
           .group = kProcessor,
           .checkpoint_interval = config_.checkpoint_interval,
           .committed = [this] { Written(); }},
          {.bus = &ports_.bus, .store = &ports_.store, .clock = &ports_.clock, .folds = &folds_},
          process_id_),
      supervisor_({.name = "alerts"}, [this](const std::stop_token&) { return Supervise(); }) {
  for (const WebhookTarget& target : configured_.webhooks) {
    senders_.push_back(std::make_unique<WebhookSender>(
        target, ports_.store, ports_.clock, http_, cases_, configured_.rows, ports_.metrics,
        WebhookSenderOptions{.owner = process_id_,
                             .policy = DeliveryPolicyOf(config_),
                             .timeout = config_.webhook_timeout,
                             .written = [this] { Written(); }}));
  }
  for (const http::Url& url : configured_.alertmanagers) {
    reporters_.push_back(std::make_unique<AlertmanagerReporter>(
        ports_.store, ports_.clock, http_, configured_.rows.policy, ports_.metrics,
        AlertmanagerOptions{.owner = process_id_,
                            .url = url,
                            .token = config_.alertmanager_token,
                            .repeat = config_.alertmanager_repeat,
                            .timeout = config_.alertmanager_timeout,
                            .ended_repeated = config_.alertmanager_ended_repeated,
                            .alerts_max = static_cast<size_t>(config_.alertmanager_alerts_max)}));
  }
}

App::~App() { Stop(); }

void App::Register(rpc::Server& server) {
  streams_ = std::make_unique<AlertStreams>(
      AlertStreams::Ports{.queries = queries_,
                          .clock = ports_.clock,
                          .pool = ports_.pool,
                          .streams = server.streams(),
                          .feed_ready = [this] { return feed_.Ready(); },
                          .resume_age_max = config_.watch_resume_age_max,
                          .heartbeat = config_.watch_heartbeat});
  server.Add(Methods(), [this] { return Ready(); });
}

rpc::MethodTable App::Methods() {
  rpc::MethodTable table("bellwether.alerts.v1.AlertsService", ports_.pool);
  table.Query("ListAlerts", queries_, &AlertQueries::List);
  table.Query("GetAlert", queries_, &AlertQueries::Get);
  table.Query("GetServiceStatus", status_, &service_status::StatusQueries::Get);
  table.Query("ListAuditEntries", audit_, &command::AuditQueries::List);
  table.Query("CountAlerts", queries_, &AlertQueries::Count);
  table.Command("AcknowledgeAlert", commands_, &AlertCommands::Acknowledge);
  table.Command("BatchAcknowledgeAlerts", commands_, &AlertCommands::BatchAcknowledge);
  table.Command("UnacknowledgeAlert", commands_, &AlertCommands::Unacknowledge);
  table.Command("ResolveAlert", commands_, &AlertCommands::Resolve);
  table.Command("CreateSilence", silence_commands_, &SilenceCommands::Create);
  table.Command("EndSilence", silence_commands_, &SilenceCommands::End);
  table.Query("ListSilences", silence_queries_, &SilenceQueries::List);
  table.Query("PreviewSilence", silence_queries_, &SilenceQueries::Preview);
  table.ServerStream("WatchAlerts",
                     [this](const v1::WatchAlertsRequest& request, const rpc::Call& call) {
                       return streams_->Watch(request, call);
                     });
  table.InlineQuery(
      "ListRules", [this](const v1::ListRulesRequest& request) { return queries_.Rules(request); });
  return table;
}

absl::Status App::AddChannels(system::v1::ServiceStatus& status) const {
  std::vector<Channel> channels;
  for (const WebhookTarget& target : configured_.webhooks) {
    channels.push_back({kWebhookChannel, target.notification.name});
  }
  for (const http::Url& url : configured_.alertmanagers) {
    channels.push_back({kAlertmanagerChannel, url.Authority()});
  }
  ASSIGN_OR_RETURN(const auto transaction, ports_.store.BeginRead());
  for (const Channel& channel : channels) {
    ASSIGN_OR_RETURN(*status.add_channels(), ReadChannel(*transaction, channel));
  }
  return absl::OkStatus();
}

absl::Status App::Start() {
  RETURN_IF_ERROR(processor_.Start());
  started_ = true;
  feed_.Start();
  supervisor_.Start();
  return absl::OkStatus();
}

void App::Stop() {
  if (!std::exchange(started_, false)) return;
  supervisor_.Stop();
  processor_.Stop();
  if (sending_.exchange(false)) {
    timers_.Stop();
    for (const auto& reporter : reporters_) reporter->Stop();
    for (const auto& sender : senders_) sender->Stop();
    relay_.Stop();
  }
  feed_.Stop();
}

absl::Status App::Ready() const {
  RETURN_IF_ERROR(processor_.Readiness());
  RETURN_IF_ERROR(timers_.Ready());
  return feed_.Ready();
}

void App::Written() {
  if (!sending_.load()) return;
  relay_.Wake();
  for (const auto& sender : senders_) sender->Wake();
}

void App::StartSending() {
  relay_.Start();
  for (const auto& sender : senders_) sender->Start();
  for (const auto& reporter : reporters_) reporter->Start();
  timers_.Start();
  sending_.store(true);
  LogInfo("caught up: sending begins");
}

absl::StatusOr<absl::Duration> App::Supervise() {
  if (!sending_.load()) {
    ASSIGN_OR_RETURN(const bool passed, barrier_.Passed());
    if (!passed) return kBarrierPoll;
    StartSending();
  }
  ASSIGN_OR_RETURN(const bool digested, digest_.Make(ports_.clock.Now()));
  if (digested) Written();
  RETURN_IF_ERROR(LiftSilences());
  RETURN_IF_ERROR(Measure());
  return kGaugeInterval;
}

absl::Status App::LiftSilences() {
  {
    ASSIGN_OR_RETURN(const auto reading, ports_.store.BeginRead());
    ASSIGN_OR_RETURN(const int64_t held_back, CountHeldBack(*reading));
    held_back_.Set(static_cast<double>(held_back));
    if (held_back == 0) return absl::OkStatus();
  }
  int64_t lifted = 0;
  RETURN_IF_ERROR(
      store::RunTransaction(ports_.store, [&](store::Transaction& transaction) -> absl::Status {
        SqlCaseRows rows(transaction, configured_.rows);
        ASSIGN_OR_RETURN(lifted, cases_.LiftSilences(rows, ports_.clock.Now()));
        return absl::OkStatus();
      }));
  if (lifted > 0) Written();
  return absl::OkStatus();
}

absl::Status App::Measure() {
  ASSIGN_OR_RETURN(const auto transaction, ports_.store.BeginRead());
  ASSIGN_OR_RETURN(const std::vector<OpenCount> counts, CountOpen(*transaction));
  for (const Level level : {Level::kYellow, Level::kOrange, Level::kRed}) {
    int64_t open = 0;
    for (const OpenCount& count : counts) {
      if (count.level == level) open = count.count;
    }
    open_.With({LevelName(level)}).Set(static_cast<double>(open));
  }
  ASSIGN_OR_RETURN(const ImportCount imports, CountImports(*transaction));
  import_runs_.Set(static_cast<double>(imports.runs));
  import_accounts_held_.Set(static_cast<double>(imports.held_accounts));
  return absl::OkStatus();
}

}  // namespace bellwether::alerts
