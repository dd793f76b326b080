// Live health scores, their explanation and history over gRPC (H3, H4, H9).
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_GRPC_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_GRPC_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bellwether/events/v1/journal.pb.h"
#include "bellwether/health/v1/health_service.grpc.pb.h"
#include "common/base/clock.h"
#include "common/cache/cache.h"
#include "common/calendar/calendar.h"
#include "common/rpc/call_pool.h"
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
class HealthGrpc final : public v1::HealthService::CallbackService {
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

  // Offers changes to every watcher. Never blocks.
  void Publish(absl::Span<const cache::Write> writes);
  // Somebody watches.
  bool watched() const { return watchers_.watchers() > 0; }

  grpc::ServerUnaryReactor* GetHealth(grpc::CallbackServerContext* context,
                                      const v1::GetHealthRequest* request,
                                      v1::AccountHealth* response) override;
  grpc::ServerUnaryReactor* BatchGetHealth(grpc::CallbackServerContext* context,
                                           const v1::BatchGetHealthRequest* request,
                                           v1::BatchGetHealthResponse* response) override;
  grpc::ServerUnaryReactor* RankHealth(grpc::CallbackServerContext* context,
                                       const v1::RankHealthRequest* request,
                                       v1::RankHealthResponse* response) override;
  grpc::ServerUnaryReactor* ListHealthHistory(grpc::CallbackServerContext* context,
                                              const v1::ListHealthHistoryRequest* request,
                                              v1::ListHealthHistoryResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchHealthResponse>* WatchHealth(
      grpc::CallbackServerContext* context, const v1::WatchHealthRequest* request) override;
  grpc::ServerUnaryReactor* ExplainHealth(grpc::CallbackServerContext* context,
                                          const v1::ExplainHealthRequest* request,
                                          v1::ExplainHealthResponse* response) override;
  grpc::ServerUnaryReactor* GetHealthAsOf(grpc::CallbackServerContext* context,
                                          const v1::GetHealthAsOfRequest* request,
                                          v1::AccountHealth* response) override;
  grpc::ServerUnaryReactor* VerifyHealth(grpc::CallbackServerContext* context,
                                         const v1::VerifyHealthRequest* request,
                                         v1::VerifyHealthResponse* response) override;
  grpc::ServerUnaryReactor* RebuildHealth(grpc::CallbackServerContext* context,
                                          const v1::RebuildHealthRequest* request,
                                          v1::RebuildHealthResponse* response) override;
  grpc::ServerUnaryReactor* GetFactOutcome(grpc::CallbackServerContext* context,
                                           const v1::GetFactOutcomeRequest* request,
                                           v1::FactOutcome* response) override;
  grpc::ServerUnaryReactor* GetImportReport(grpc::CallbackServerContext* context,
                                            const v1::GetImportReportRequest* request,
                                            v1::ImportReport* response) override;
  grpc::ServerUnaryReactor* GetMetricCatalogue(grpc::CallbackServerContext* context,
                                               const v1::GetMetricCatalogueRequest* request,
                                               v1::MetricCatalogue* response) override;
  grpc::ServerUnaryReactor* GetHealthModel(grpc::CallbackServerContext* context,
                                           const v1::GetHealthModelRequest* request,
                                           v1::HealthModel* response) override;
  grpc::ServerUnaryReactor* GetCalendar(grpc::CallbackServerContext* context,
                                        const v1::GetCalendarRequest* request,
                                        v1::GetCalendarResponse* response) override;

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
                                                  const rpc::CallInfo& call) const;
  absl::StatusOr<v1::RebuildHealthResponse> Rebuild(const v1::RebuildHealthRequest& request,
                                                    const rpc::CallInfo& call) const;
  absl::StatusOr<v1::FactOutcome> OutcomeOf(const v1::GetFactOutcomeRequest& request) const;
  absl::StatusOr<v1::ImportReport> ReportImport(const v1::GetImportReportRequest& request) const;

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
  rpc::WatchHub<v1::WatchHealthResponse> watchers_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_GRPC_H_
