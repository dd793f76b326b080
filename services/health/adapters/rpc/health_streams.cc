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
  std::vector<std::string> followed;
  if (accounts.size() <= kWatchedAccountsMax) followed.assign(accounts.begin(), accounts.end());
  auto opens = [this, accounts = std::move(accounts),
                token_given = !request.resume_token().empty()](
                   const rpc::Call&) -> absl::StatusOr<Hub::Opening> {
    if (accounts.size() > kWatchedAccountsMax) {
      return InvalidArgument("TOO_MANY_ACCOUNTS", "accounts", "at most 1 000 may be watched", "H9");
    }
    Hub::Opening opening;
    if (token_given) opening.reason = rpc::kResumeTokenInvalid;
    // Of all accounts only changes are sent.
    if (accounts.empty()) return opening;
    opening.kind = type::v1::WATCH_MARK_KIND_SNAPSHOT;
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
      opening.items.push_back({response.health().account(), std::move(response)});
    }
    return opening;
  };
  if (request.accounts().empty()) return watchers_.Open(call, nullptr, std::move(opens));
  return watchers_.OpenFollowing(call, std::move(followed), std::move(opens));
}

}  // namespace bellwether::health
