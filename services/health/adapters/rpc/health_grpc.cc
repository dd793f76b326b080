#include "services/health/adapters/rpc/health_grpc.h"

#include <set>
#include <utility>

#include "common/base/status.h"
#include "common/rpc/stream_methods.h"
#include "services/health/adapters/rpc/resource_names.h"

namespace bellwether::health {

HealthGrpc::HealthGrpc(Ports ports)
    : ports_(std::move(ports)), watchers_(ports_.streams, ports_.pool) {}

rpc::MethodTable HealthGrpc::Methods() {
  rpc::MethodTable table("bellwether.health.v1.HealthService", ports_.pool);
  table.Query("GetHealth",
              [this](const v1::GetHealthRequest& request) { return Get(request.account()); });
  table.Query("BatchGetHealth", *this, &HealthGrpc::BatchGet);
  table.Query("RankHealth", *this, &HealthGrpc::Rank);
  table.Query("ListHealthHistory", *this, &HealthGrpc::ListHistory);
  table.Query("ExplainHealth", *this, &HealthGrpc::ExplainChanges);
  table.Query("GetHealthAsOf", *this, &HealthGrpc::GetAsOf);
  table.Query("VerifyHealth", *this, &HealthGrpc::Verify);
  table.Query("GetFactOutcome", *this, &HealthGrpc::OutcomeOf);
  table.Query("GetImportReport", *this, &HealthGrpc::ReportImport);
  table.Command("RebuildHealth", *this, &HealthGrpc::Rebuild);
  table.ServerStream("WatchHealth", [this](const v1::WatchHealthRequest& request,
                                           const rpc::Call& call) { return Watch(request, call); });
  table.InlineQuery(
      "GetMetricCatalogue",
      [this](const v1::GetMetricCatalogueRequest&) -> absl::StatusOr<v1::MetricCatalogue> {
        return ports_.model.catalogue();
      });
  table.InlineQuery("GetHealthModel",
                    [this](const v1::GetHealthModelRequest&) -> absl::StatusOr<v1::HealthModel> {
                      return ports_.model.model();
                    });
  table.InlineQuery(
      "GetCalendar",
      [this](const v1::GetCalendarRequest&) -> absl::StatusOr<v1::GetCalendarResponse> {
        v1::GetCalendarResponse calendar;
        calendar.set_time_zone(ports_.calendar.time_zone().name());
        return calendar;
      });
  return table;
}

void HealthGrpc::Publish(absl::Span<const cache::Write> writes) {
  if (watchers_.watchers() == 0) return;
  for (const cache::Write& write : writes) {
    v1::WatchHealthResponse response;
    if (write.delete_entry || !response.mutable_health()->ParseFromString(write.entry.value)) {
      continue;
    }
    response.set_previous_score_micros(response.health().previous_score_micros());
    response.set_previous_absent(response.health().previous_absent());
    *response.mutable_cause() = response.health().last_cause();
    watchers_.Publish(response.health().account(), response);
  }
}

std::shared_ptr<HealthGrpc::Watchers::Stream> HealthGrpc::Watch(
    const v1::WatchHealthRequest& request, const rpc::Call& call) {
  std::set<std::string> accounts(request.accounts().begin(), request.accounts().end());
  using Items = Watchers::Stream::Items;
  auto initial = [this, accounts](const rpc::Call&) -> absl::StatusOr<Items> {
    if (accounts.size() > kWatchedAccountsMax) {
      return InvalidArgument("TOO_MANY_ACCOUNTS", "accounts", "at most 1 000 may be watched", "H9");
    }
    Items items;
    std::vector<std::string> ids;
    for (const std::string& name : accounts) {
      ASSIGN_OR_RETURN(std::string id, AccountIdOf(name));
      ids.push_back(std::move(id));
    }
    ASSIGN_OR_RETURN(auto healths, ports_.live.GetMany(ids));
    for (auto& health : healths) {
      if (!health) continue;
      v1::WatchHealthResponse response;
      response.set_previous_score_micros(health->previous_score_micros());
      response.set_previous_absent(health->previous_absent());
      *response.mutable_cause() = health->last_cause();
      *response.mutable_health() = *std::move(health);
      items.push_back({response.health().account(), std::move(response)});
    }
    if (!accounts.empty()) items.emplace_back().message.set_snapshot_end(true);
    return items;
  };
  Watchers::Filter filter;
  if (!accounts.empty()) {
    filter = [accounts = std::move(accounts)](const v1::WatchHealthResponse& response) {
      return response.snapshot_end() || accounts.contains(response.health().account());
    };
  }
  return watchers_.Open(call, std::move(filter), std::move(initial));
}

}  // namespace bellwether::health
