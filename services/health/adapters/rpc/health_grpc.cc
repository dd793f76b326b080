#include "services/health/adapters/rpc/health_grpc.h"

#include <set>
#include <utility>

#include "common/base/status.h"
#include "services/health/adapters/rpc/resource_names.h"

namespace bellwether::health {

HealthGrpc::HealthGrpc(Ports ports)
    : ports_(std::move(ports)), watchers_(ports_.streams, ports_.pool) {}

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

grpc::ServerWriteReactor<v1::WatchHealthResponse>* HealthGrpc::WatchHealth(
    grpc::CallbackServerContext* context, const v1::WatchHealthRequest* request) {
  std::set<std::string> accounts(request->accounts().begin(), request->accounts().end());
  using Items = rpc::WatchHub<v1::WatchHealthResponse>::Items;
  auto initial = [this, accounts](const rpc::CallInfo&) -> absl::StatusOr<Items> {
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
  rpc::WatchHub<v1::WatchHealthResponse>::Filter filter;
  if (!accounts.empty()) {
    filter = [accounts = std::move(accounts)](const v1::WatchHealthResponse& response) {
      return response.snapshot_end() || accounts.contains(response.health().account());
    };
  }
  return watchers_.Open(context, std::move(filter), std::move(initial));
}

grpc::ServerUnaryReactor* HealthGrpc::GetHealth(grpc::CallbackServerContext* context,
                                                const v1::GetHealthRequest* request,
                                                v1::AccountHealth* response) {
  return ports_.pool.Handle(context, request, response,
                            [this](const v1::GetHealthRequest& asked, const rpc::CallInfo&) {
                              return Get(asked.account());
                            });
}

grpc::ServerUnaryReactor* HealthGrpc::BatchGetHealth(grpc::CallbackServerContext* context,
                                                     const v1::BatchGetHealthRequest* request,
                                                     v1::BatchGetHealthResponse* response) {
  return ports_.pool.Handle(context, request, response,
                            [this](const v1::BatchGetHealthRequest& asked, const rpc::CallInfo&) {
                              return BatchGet(asked);
                            });
}

grpc::ServerUnaryReactor* HealthGrpc::RankHealth(grpc::CallbackServerContext* context,
                                                 const v1::RankHealthRequest* request,
                                                 v1::RankHealthResponse* response) {
  return ports_.pool.Handle(
      context, request, response,
      [this](const v1::RankHealthRequest& asked, const rpc::CallInfo&) { return Rank(asked); });
}

grpc::ServerUnaryReactor* HealthGrpc::ListHealthHistory(grpc::CallbackServerContext* context,
                                                        const v1::ListHealthHistoryRequest* request,
                                                        v1::ListHealthHistoryResponse* response) {
  return ports_.pool.Handle(context, request, response,
                            [this](const v1::ListHealthHistoryRequest& asked,
                                   const rpc::CallInfo&) { return ListHistory(asked); });
}

grpc::ServerUnaryReactor* HealthGrpc::ExplainHealth(grpc::CallbackServerContext* context,
                                                    const v1::ExplainHealthRequest* request,
                                                    v1::ExplainHealthResponse* response) {
  return ports_.pool.Handle(context, request, response,
                            [this](const v1::ExplainHealthRequest& asked, const rpc::CallInfo&) {
                              return ExplainChanges(asked);
                            });
}

grpc::ServerUnaryReactor* HealthGrpc::GetHealthAsOf(grpc::CallbackServerContext* context,
                                                    const v1::GetHealthAsOfRequest* request,
                                                    v1::AccountHealth* response) {
  return ports_.pool.Handle(context, request, response,
                            [this](const v1::GetHealthAsOfRequest& asked, const rpc::CallInfo&) {
                              return GetAsOf(asked);
                            });
}

grpc::ServerUnaryReactor* HealthGrpc::VerifyHealth(grpc::CallbackServerContext* context,
                                                   const v1::VerifyHealthRequest* request,
                                                   v1::VerifyHealthResponse* response) {
  return ports_.pool.Handle(context, request, response,
                            [this](const v1::VerifyHealthRequest& asked,
                                   const rpc::CallInfo& call) { return Verify(asked, call); });
}

grpc::ServerUnaryReactor* HealthGrpc::RebuildHealth(grpc::CallbackServerContext* context,
                                                    const v1::RebuildHealthRequest* request,
                                                    v1::RebuildHealthResponse* response) {
  return ports_.pool.Handle(context, request, response,
                            [this](const v1::RebuildHealthRequest& asked,
                                   const rpc::CallInfo& call) { return Rebuild(asked, call); });
}

grpc::ServerUnaryReactor* HealthGrpc::GetFactOutcome(grpc::CallbackServerContext* context,
                                                     const v1::GetFactOutcomeRequest* request,
                                                     v1::FactOutcome* response) {
  return ports_.pool.Handle(context, request, response,
                            [this](const v1::GetFactOutcomeRequest& asked, const rpc::CallInfo&) {
                              return OutcomeOf(asked);
                            });
}

grpc::ServerUnaryReactor* HealthGrpc::GetImportReport(grpc::CallbackServerContext* context,
                                                      const v1::GetImportReportRequest* request,
                                                      v1::ImportReport* response) {
  return ports_.pool.Handle(context, request, response,
                            [this](const v1::GetImportReportRequest& asked, const rpc::CallInfo&) {
                              return ReportImport(asked);
                            });
}

grpc::ServerUnaryReactor* HealthGrpc::GetMetricCatalogue(
    grpc::CallbackServerContext* context, const v1::GetMetricCatalogueRequest* request,
    v1::MetricCatalogue* response) {
  return ports_.pool.HandleInline(
      context, request, response,
      [this](const v1::GetMetricCatalogueRequest&, const rpc::CallInfo&)
          -> absl::StatusOr<v1::MetricCatalogue> { return ports_.model.catalogue(); });
}

grpc::ServerUnaryReactor* HealthGrpc::GetHealthModel(grpc::CallbackServerContext* context,
                                                     const v1::GetHealthModelRequest* request,
                                                     v1::HealthModel* response) {
  return ports_.pool.HandleInline(context, request, response,
                                  [this](const v1::GetHealthModelRequest&,
                                         const rpc::CallInfo&) -> absl::StatusOr<v1::HealthModel> {
                                    return ports_.model.model();
                                  });
}

grpc::ServerUnaryReactor* HealthGrpc::GetCalendar(grpc::CallbackServerContext* context,
                                                  const v1::GetCalendarRequest* request,
                                                  v1::GetCalendarResponse* response) {
  return ports_.pool.HandleInline(
      context, request, response,
      [this](const v1::GetCalendarRequest&,
             const rpc::CallInfo&) -> absl::StatusOr<v1::GetCalendarResponse> {
        v1::GetCalendarResponse calendar;
        calendar.set_time_zone(ports_.calendar.time_zone().name());
        return calendar;
      });
}

}  // namespace bellwether::health
