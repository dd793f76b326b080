// The health service, put together.
#ifndef BELLWETHER_SERVICES_HEALTH_APP_H_
#define BELLWETHER_SERVICES_HEALTH_APP_H_

#include <memory>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bellwether/events/v1/journal.pb.h"
#include "common/cache/cache.h"
#include "common/hosting/ports.h"
#include "common/metrics/metrics.h"
#include "common/outbox/relay.h"
#include "common/rpc/method_table.h"
#include "common/rpc/server.h"
#include "common/runtime/background_loop.h"
#include "common/service_status/status_queries.h"
#include "common/stream/processor_group.h"
#include "common/stream/processor_metrics.h"
#include "services/health/adapters/fold/health_fold.h"
#include "services/health/adapters/live/cache_follower.h"
#include "services/health/adapters/live/live_health.h"
#include "services/health/adapters/rpc/health_commands.h"
#include "services/health/adapters/rpc/health_queries.h"
#include "services/health/adapters/rpc/health_streams.h"
#include "services/health/adapters/rpc/portfolio_queries.h"
#include "services/health/config.h"

namespace bellwether::health {

// Everything of the service in one process, whichever process hosts it. Create, Register, Start
// (the server too), Stop: in this order, from one thread.
class App {
 public:
  // INVALID_ARGUMENT with every problem of catalogue and model; FAILED_PRECONDITION when a topic
  // has another number of partitions. Makes tables and topics, and puts the model into the outbox
  // if it is new. `ports` have a cache.
  static absl::StatusOr<std::unique_ptr<App>> Create(const HealthConfig& config,
                                                     const hosting::Ports& ports);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Before the server's Start.
  void Register(rpc::Server& server);

  absl::Status Start();
  // In reverse; what is folded is committed. Idempotent.
  void Stop();

  // OK while every partition of this process is folded.
  absl::Status Ready() const;
  stream::ProcessorGroup& folds() { return folds_; }

 private:
  App(const HealthConfig& config, const hosting::Ports& ports, events::v1::ModelActivated model);

  rpc::MethodTable Methods();
  void OnShown(absl::Span<const cache::Write> writes);
  std::set<int32_t> OwnPartitions() const;
  absl::StatusOr<absl::Duration> Measure();

  const HealthConfig config_;
  const hosting::Ports ports_;
  const events::v1::ModelActivated model_;
  HealthFoldFactory fold_factory_;
  LiveHealth live_;
  outbox::Relay relay_;
  metrics::Histogram& fact_to_score_seconds_;
  metrics::Family<metrics::Gauge>& accounts_by_band_;
  std::unique_ptr<HealthStreams> streams_;  // made by Register
  stream::ProcessorGroup folds_;
  const HealthQueries queries_;
  PortfolioQueries portfolio_;
  const service_status::StatusQueries status_;
  const HealthCommands commands_;
  stream::ProcessorMetrics fold_metrics_;
  CacheFollower follower_;
  runtime::BackgroundLoop measuring_;
  bool started_ = false;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_APP_H_
