// The opportunities service, put together.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_APP_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_APP_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/command/audit_queries.h"
#include "common/command/runner.h"
#include "common/currency/watched_currencies.h"
#include "common/hosting/ports.h"
#include "common/outbox/journal_phase.h"
#include "common/outbox/relay.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/method_table.h"
#include "common/rpc/server.h"
#include "common/service_status/status_queries.h"
#include "services/opportunities/adapters/import_run_withdrawal.h"
#include "services/opportunities/adapters/opportunity_commands.h"
#include "services/opportunities/adapters/opportunity_queries.h"
#include "services/opportunities/adapters/sql_opportunities.h"
#include "services/opportunities/config.h"
#include "services/opportunities/domain/process.h"

namespace bellwether::opportunities {

// Everything of the service in one process, whichever process hosts it. Create, Register, Start
// (the server too), Stop: in this order, from one thread.
class App {
 public:
  // INVALID_ARGUMENT with every problem of the files; FAILED_PRECONDITION when a topic has another
  // number of partitions. Makes tables and topics.
  static absl::StatusOr<std::unique_ptr<App>> Create(const OpportunitiesConfig& config,
                                                     const hosting::Ports& ports);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Before the server's Start.
  void Register(rpc::Server& server);

  // Changes leave.
  absl::Status Start();
  // In reverse. Idempotent.
  void Stop();

  // OK while changes leave.
  absl::Status Ready() const { return relay_.Ready(); }

 private:
  rpc::MethodTable Methods();

  App(const OpportunitiesConfig& config, const hosting::Ports& ports, Process process,
      std::unique_ptr<WatchedCurrencies> currencies);

  const Process process_;
  const std::unique_ptr<WatchedCurrencies> currencies_;
  rpc::CallPool& pool_;
  SqlOpportunities opportunities_;
  const std::shared_ptr<outbox::JournalPhase> journal_;
  outbox::Relay relay_;
  command::Runner runner_;
  OpportunityCommands commands_;
  ImportRunWithdrawal withdrawal_;
  OpportunityQueries queries_;
  const service_status::StatusQueries status_;
  command::AuditQueries audit_;
  bool started_ = false;
};

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_APP_H_
