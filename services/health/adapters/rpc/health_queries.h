// The queries of HealthService: live scores, their explanation and history (H3, H4, H9).
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_QUERIES_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_QUERIES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "bellwether/events/v1/journal.pb.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "common/base/clock.h"
#include "common/calendar/calendar.h"
#include "common/calendar/calendar_source.h"
#include "common/rpc/call.h"
#include "common/stream/processor_group.h"
#include "services/health/adapters/history/history_store.h"
#include "services/health/adapters/live/live_health.h"

namespace bellwether::health {

inline constexpr size_t kBatchMax = 1'000;
inline constexpr size_t kExplainedChangesMax = 1'000;

// Thread-safe; outlived by everything it refers to.
class HealthQueries {
 public:
  struct Ports {
    LiveHealth& live;
    store::Store& store;
    const Clock& clock;
    const Calendar& calendar;
    const CalendarSource* calendars;  // null where none is watched
    HistoryPorts history;
    stream::ProcessorGroup& folds;
    // As configured.
    const events::v1::ModelActivated& model;
  };

  explicit HealthQueries(Ports ports) : ports_(std::move(ports)) {}

  absl::StatusOr<v1::AccountHealth> Get(const v1::GetHealthRequest& request) const;
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
  absl::StatusOr<v1::ListImportRunsResponse> ListImportRuns(
      const v1::ListImportRunsRequest& request) const;
  absl::StatusOr<v1::FactOutcome> OutcomeOf(const v1::GetFactOutcomeRequest& request) const;
  absl::StatusOr<v1::ImportReport> ReportImport(const v1::GetImportReportRequest& request) const;

  // As configured; quick.
  absl::StatusOr<v1::MetricCatalogue> Catalogue(const v1::GetMetricCatalogueRequest&) const;
  absl::StatusOr<v1::HealthModel> Model(const v1::GetHealthModelRequest&) const;
  absl::StatusOr<v1::GetCalendarResponse> CalendarInUse(const v1::GetCalendarRequest&) const;

 private:
  absl::StatusOr<v1::AccountHealth> HealthOf(const std::string& account_name) const;
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
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_HEALTH_QUERIES_H_
