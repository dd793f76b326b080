#include "services/health/adapters/rpc/health_streams.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "services/health/adapters/rpc/resource_names.h"

namespace bellwether::health {

void HealthStreams::Publish(absl::Span<const cache::Write> writes) {
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

std::shared_ptr<HealthStreams::Hub::Stream> HealthStreams::Watch(
    const v1::WatchHealthRequest& request, const rpc::Call& call) {
  std::set<std::string> accounts(request.accounts().begin(), request.accounts().end());
  using Items = Hub::Stream::Items;
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
    ASSIGN_OR_RETURN(auto healths, live_.GetMany(ids));
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
  Hub::Filter filter;
  if (!accounts.empty()) {
    filter = [accounts = std::move(accounts)](const v1::WatchHealthResponse& response) {
      return response.snapshot_end() || accounts.contains(response.health().account());
    };
  }
  return watchers_.Open(call, std::move(filter), std::move(initial));
}

}  // namespace bellwether::health
