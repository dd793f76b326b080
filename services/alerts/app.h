// The alerts service, put together.
#ifndef BELLWETHER_SERVICES_ALERTS_APP_H_
#define BELLWETHER_SERVICES_ALERTS_APP_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bellwether/alerts/v1/rule.pb.h"
#include "common/command/audit_queries.h"
#include "common/command/runner.h"
#include "common/hosting/ports.h"
#include "common/http/client.h"
#include "common/metrics/metrics.h"
#include "common/outbox/journal_phase.h"
#include "common/outbox/relay.h"
#include "common/rpc/method_table.h"
#include "common/rpc/server.h"
#include "common/runtime/background_loop.h"
#include "common/service_status/status_queries.h"
#include "common/stream/processor.h"
#include "common/timers/timer_runner.h"
#include "services/alerts/adapters/alert_commands.h"
#include "services/alerts/adapters/alert_feed.h"
#include "services/alerts/adapters/alert_queries.h"
#include "services/alerts/adapters/alert_streams.h"
#include "services/alerts/adapters/alertmanager_reporter.h"
#include "services/alerts/adapters/condition_fold.h"
#include "services/alerts/adapters/escalation_handler.h"
#include "services/alerts/adapters/go_live_digest.h"
#include "services/alerts/adapters/silence_commands.h"
#include "services/alerts/adapters/silence_queries.h"
#include "services/alerts/adapters/sql_board.h"
#include "services/alerts/adapters/sql_case_rows.h"
#include "services/alerts/adapters/start_barrier.h"
#include "services/alerts/adapters/webhook_sender.h"
#include "services/alerts/application/case_book.h"
#include "services/alerts/config.h"

namespace bellwether::alerts {

// Everything of the service in one process, whichever process hosts it. Create, Register, Start
// (the server too), Stop: in this order, from one thread.
class App {
 public:
  // INVALID_ARGUMENT with every problem of rules, policy or webhooks; FAILED_PRECONDITION when a
  // topic has another number of partitions. Makes tables and topics.
  static absl::StatusOr<std::unique_ptr<App>> Create(const AlertsConfig& config,
                                                     const hosting::Ports& ports);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Before the server's Start.
  void Register(rpc::Server& server);

  // Folding begins; sending begins once the lag at start is caught up.
  absl::Status Start();
  // In reverse. Idempotent.
  void Stop();

  // OK while signals are being folded and changes followed.
  absl::Status Ready() const;
  // Sending has begun.
  bool Sending() const { return sending_.load(); }

 private:
  struct Configured {
    v1::RuleSet rule_messages;
    RuleSet rules;
    CaseRowsContext rows;
    std::vector<WebhookTarget> webhooks;
    std::vector<http::Url> alertmanagers;
  };

  App(const AlertsConfig& config, const hosting::Ports& ports, Configured configured);

  static absl::StatusOr<Configured> Configure(const AlertsConfig& config,
                                              const hosting::Ports& ports);
  static absl::Status Prepare(const AlertsConfig& config, const hosting::Ports& ports);

  rpc::MethodTable Methods();
  absl::Status AddChannels(system::v1::ServiceStatus& status) const;
  // Something was committed that is to leave.
  void Written();
  void StartSending();
  absl::StatusOr<absl::Duration> Supervise();
  // Notifies of what silences that are over had held back.
  absl::Status LiftSilences();
  absl::Status Measure();

  const AlertsConfig config_;
  const hosting::Ports ports_;
  const Configured configured_;
  const std::string process_id_;
  const CaseBook cases_;
  ConditionFoldContext fold_context_;
  ConditionFoldFactory folds_;
  metrics::Family<metrics::Gauge>& open_;
  metrics::Gauge& import_runs_;
  metrics::Gauge& import_accounts_held_;
  metrics::Gauge& held_back_;
  const AlertQueries queries_;
  const SilenceQueries silence_queries_;
  const command::AuditQueries audit_;
  const service_status::StatusQueries status_;
  std::unique_ptr<AlertStreams> streams_;  // made by Register

  const http::Client http_;
  outbox::Relay relay_;
  outbox::JournalPhase journal_;
  command::Runner runner_;
  const AlertCommands commands_;
  SilenceCommands silence_commands_;
  std::vector<std::unique_ptr<WebhookSender>> senders_;
  std::vector<std::unique_ptr<AlertmanagerReporter>> reporters_;
  EscalationHandler escalations_;
  timers::TimerRunner timers_;
  const GoLiveDigest digest_;
  StartBarrier barrier_;
  AlertFeed feed_;
  stream::Processor processor_;
  // Opens the barrier, then keeps the gauges.
  runtime::BackgroundLoop supervisor_;
  std::atomic<bool> sending_ = false;
  bool started_ = false;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_APP_H_
