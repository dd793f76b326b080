// Live health scores, their explanation and history over gRPC (H3, H4, H9).
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_GRPC_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_GRPC_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bellwether/events/v1/journal.pb.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "common/base/clock.h"
#include "common/cache/cache.h"
#include "common/calendar/calendar.h"
#include "common/rpc/method_table.h"
#include "common/rpc/watch_hub.h"
#include "common/stream/processor_group.h"
#include "services/health/adapters/history/history_store.h"
#include "services/health/adapters/live/live_health.h"

namespace bellwether::health {

inline constexpr size_t kBatchMax = 1'000;
inline constexpr size_t kWatchedAccountsMax = 1'000;
inline constexpr size_t kDifferencesListedMax = 100;
inline constexpr size_t kExplainedChangesMax = 1'000;

// Thread-safe; outlives the server that hosts it and is outlived by everything it refers to.
class HealthGrpc {
 public:
  struct Ports {
    LiveHealth& live;
    store::Store& store;
    const Clock& clock;
    const Calendar& calendar;
    HistoryPorts history;
    stream::ProcessorGroup& folds;
    // As configured.
    const events::v1::ModelActivated& model;
    rpc::CallPool& pool;
    rpc::OpenStreams& streams;
  };

  explicit HealthGrpc(Ports ports);

  rpc::MethodTable Methods();

  // Offers changes to every watcher. Never blocks.
  void Publish(absl::Span<const cache::Write> writes);
  // Somebody watches.
  bool watched() const { return watchers_.watchers() > 0; }

 private:
  absl::StatusOr<v1::AccountHealth> Get(const std::string& account_name) const;
  absl::StatusOr<v1::BatchGetHealthResponse> BatchGet(
      const v1::BatchGetHealthRequest& request) const;
  absl::StatusOr<v1::RankHealthResponse> Rank(const v1::RankHealthRequest& request) const;
  absl::StatusOr<v1::ListHealthHistoryResponse> ListHistory(
      const v1::ListHealthHistoryRequest& request) const;
  absl::StatusOr<v1::ExplainHealthResponse> ExplainChanges(
      const v1::ExplainHealthRequest& request) const;
  absl::StatusOr<v1::AccountHealth> GetAsOf(const v1::GetHealthAsOfRequest& request) const;
  absl::StatusOr<v1::VerifyHealthResponse> Verify(const v1::VerifyHealthRequest& request,
                                                  const rpc::Call& call) const;
  absl::StatusOr<v1::RebuildHealthResponse> Rebuild(const v1::RebuildHealthRequest& request,
                                                    const rpc::Call& call) const;
  absl::StatusOr<v1::FactOutcome> OutcomeOf(const v1::GetFactOutcomeRequest& request) const;
  absl::StatusOr<v1::ImportReport> ReportImport(const v1::GetImportReportRequest& request) const;

  using Watchers = rpc::WatchHub<v1::WatchHealthResponse>;
  std::shared_ptr<Watchers::Stream> Watch(const v1::WatchHealthRequest& request,
                                          const rpc::Call& call);

  // The account's history up to where its fold stands; where that runs elsewhere or is being
  // loaded, up to the end of the journal, which it will come to.
  struct Past {
    std::unique_ptr<HistoryReader> history;
    int64_t generation = 0;
  };
  absl::StatusOr<Past> PastOf(const std::string& account) const;
  // A day that the re-fold closes otherwise than it was shown then.
  absl::StatusOr<bool> DiffersFromShown(const std::string& account,
                                        const std::vector<ClosedDay>& days) const;

  const Ports ports_;
  Watchers watchers_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_GRPC_H_
