// The accounts service, put together.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_APP_H_
#define BELLWETHER_SERVICES_ACCOUNTS_APP_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/command/audit_queries.h"
#include "common/command/runner.h"
#include "common/consume/positions.h"
#include "common/consume/topic_consumer.h"
#include "common/hosting/ports.h"
#include "common/outbox/journal_phase.h"
#include "common/outbox/relay.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/method_table.h"
#include "common/rpc/server.h"
#include "common/scheme/scheme.h"
#include "common/service_status/status_queries.h"
#include "services/accounts/adapters/account_commands.h"
#include "services/accounts/adapters/account_entities.h"
#include "services/accounts/adapters/account_journal.h"
#include "services/accounts/adapters/account_queries.h"
#include "services/accounts/adapters/newcomers.h"
#include "services/accounts/adapters/rfm_cuts.h"
#include "services/accounts/adapters/rfm_scheme_file.h"
#include "services/accounts/adapters/rfm_signals_handler.h"
#include "services/accounts/adapters/sql_accounts.h"
#include "services/accounts/adapters/sql_rfm.h"
#include "services/accounts/config.h"

namespace bellwether::accounts {

// Everything of the service in one process, whichever process hosts it. Create, Register, Start
// (the server too), Stop: in this order, from one thread.
class App {
 public:
  // INVALID_ARGUMENT with every problem of the RFM file; FAILED_PRECONDITION when a topic has
  // another number of partitions. Makes tables and topics.
  static absl::StatusOr<std::unique_ptr<App>> Create(const AccountsConfig& config,
                                                     const hosting::Ports& ports);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Before the server's Start.
  void Register(rpc::Server& server);

  // Changes leave, signals are read.
  absl::Status Start();
  // In reverse. Idempotent.
  void Stop();

  // OK while changes leave and signals are read.
  absl::Status Ready() const;

 private:
  rpc::MethodTable Methods();

  App(const AccountsConfig& config, const hosting::Ports& ports, const RfmConfig& rfm);

  rpc::CallPool& pool_;
  const scheme::Scheme rfm_classes_;
  const consume::Positions signals_positions_;
  SqlAccounts accounts_;
  SqlRfm rfm_;
  SqlRfmCorrections corrections_;
  const Newcomers newcomers_;
  AccountEntities entities_;
  const std::shared_ptr<outbox::JournalPhase> phase_;
  outbox::Relay relay_;
  AccountJournal journal_;
  command::Runner runner_;
  AccountCommands commands_;
  AccountQueries queries_;
  const service_status::StatusQueries status_;
  command::AuditQueries audit_;
  RfmCuts cuts_;
  RfmSignalsHandler rfm_signals_;
  consume::TopicConsumer signals_;
  bool started_ = false;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_APP_H_
