// The gateway, put together.
#ifndef BELLWETHER_SERVICES_GATEWAY_APP_H_
#define BELLWETHER_SERVICES_GATEWAY_APP_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/currency/watched_currencies.h"
#include "common/hosting/ports.h"
#include "common/lease/lease.h"
#include "common/rpc/forwarder.h"
#include "common/rpc/method_table.h"
#include "common/rpc/server.h"
#include "common/runtime/background_loop.h"
#include "common/service_status/status_queries.h"
#include "services/gateway/adapters/feeds_queries.h"
#include "services/gateway/adapters/ingest_commands.h"
#include "services/gateway/adapters/ingest_queries.h"
#include "services/gateway/adapters/ingest_streams.h"
#include "services/gateway/adapters/sql_feeds.h"
#include "services/gateway/adapters/sql_gateway_tables.h"
#include "services/gateway/adapters/sql_import_runs.h"
#include "services/gateway/adapters/sql_letter_replays.h"
#include "services/gateway/adapters/system_queries.h"
#include "services/gateway/application/accept_fact.h"
#include "services/gateway/application/dead_letters.h"
#include "services/gateway/application/fact_validation.h"
#include "services/gateway/application/facts_topic.h"
#include "services/gateway/application/feeds.h"
#include "services/gateway/application/import_runs.h"
#include "services/gateway/application/journal_state.h"
#include "services/gateway/application/journal_writer.h"
#include "services/gateway/application/letter_replays.h"
#include "services/gateway/application/tick_rounds.h"
#include "services/gateway/application/ticker.h"
#include "services/gateway/config.h"
#include "services/gateway/table_imports/table_imports.h"
#include "services/gateway/web/web_entrance.h"
#include "services/gateway/webhooks/webhook_source.h"

namespace bellwether::gateway {

// What the server that hosts the service should take, so that an event far too large is answered
// for instead of ending its stream.
inline constexpr int kServerMessageBytesMax = 16 << 20;

// Everything of the service in one process, whichever process hosts it. Create, Register, Start
// (the server too), Stop: in this order, from one thread.
class App {
 public:
  // INVALID_ARGUMENT with every problem of a file or of a server's address;
  // FAILED_PRECONDITION when a topic has another number of partitions. Makes tables and topics.
  static absl::StatusOr<std::unique_ptr<App>> Create(const GatewayConfig& config,
                                                     const hosting::Ports& ports);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Before the server's Start.
  void Register(rpc::Server& server);

  // Learns the phase of the journal, makes it live if configured so, and lets ticks begin.
  absl::Status Start();
  // In reverse; waits until the bus has answered for everything. Idempotent.
  void Stop();

  // OK while the phase is known, ticks are written where they should be, and the facts topic can be
  // read.
  absl::Status Ready() const;
  // Whether the journal is live, as of this process's last look (at most a tick interval ago).
  // Thread-safe and quick.
  bool IsLive() const { return state_.is_live(); }

 private:
  App(const GatewayConfig& config, const hosting::Ports& ports,
      std::unique_ptr<WatchedCurrencies> currencies, WebhookSources webhooks,
      DeclaredRhythms rhythms, std::unique_ptr<JournalWriter> writer,
      std::unique_ptr<TickRounds> rounds);
  // Once the tables are there.
  absl::Status OpenTableImports();

  rpc::MethodTable Methods();
  rpc::MethodTable SystemMethods();
  rpc::MethodTable FeedsMethods();
  // How far the facts topic has been taken.
  absl::Status AddFactsLag(system::v1::ServiceStatus& status);
  // Routes to the services of other processes.
  absl::Status AddRoutes();

  const GatewayConfig config_;
  const hosting::Ports ports_;
  const std::unique_ptr<WatchedCurrencies> currencies_;
  const WebhookSources webhooks_;
  const FactValidator validator_;
  const std::unique_ptr<JournalWriter> writer_;
  const std::unique_ptr<TickRounds> rounds_;
  const std::shared_ptr<FeedTally> feed_tally_;
  FactAcceptor acceptor_;
  SqlJournalRow journal_row_;
  SqlReplayedLetters replayed_;
  SqlFactsOffsets facts_offsets_;
  SqlImportRuns import_run_rows_;
  lease::Lease lease_;
  JournalState state_;
  DeadLetters dead_letters_;
  SqlReplayRows replay_rows_;
  lease::Lease replay_lease_;
  LetterReplays replays_;
  ImportRuns import_runs_;
  IngestCommands commands_;
  IngestQueries queries_;
  const service_status::StatusQueries status_;
  SystemQueries system_;
  SqlFeeds feed_rows_;
  Feeds feeds_;
  FeedsQueries feeds_queries_;
  Ticker ticker_;
  FactsTopic facts_topic_;
  rpc::Forwarder forwarder_;
  rpc::Server* server_ = nullptr;                // that hosts the service, from Register on
  std::unique_ptr<IngestStreams> streams_;       // made by Register
  std::unique_ptr<TableImports> table_imports_;  // made by Create
  std::unique_ptr<WebEntrance> web_;             // made by Register where there is an HTTP server
  runtime::BackgroundLoop tick_loop_;
  runtime::BackgroundLoop facts_loop_;
  runtime::BackgroundLoop replay_loop_;
  runtime::BackgroundLoop feeds_loop_;
  bool started_ = false;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APP_H_
