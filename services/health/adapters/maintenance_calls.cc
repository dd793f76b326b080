// The calls of HealthGrpc that check and renew the state as a whole.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/base/hash.h"
#include "common/base/status.h"
#include "services/health/adapters/health_fold.h"
#include "services/health/adapters/health_grpc.h"
#include "services/health/adapters/resource_names.h"
#include "services/health/application/verify_health.h"

namespace bellwether::health {
namespace {

// Accounts compared per look at the live state: copies of so many are held at a time.
constexpr size_t kVerifiedAtOnce = 1'000;

absl::Status Expired(const rpc::CallInfo& call, const Clock& clock) {
  if (call.IsCancelled()) return absl::CancelledError();
  if (clock.Now() > call.deadline) return absl::DeadlineExceededError("");
  return absl::OkStatus();
}

void AddDifference(const std::string& account, const HealthDifference& difference,
                   v1::VerifyHealthResponse& response) {
  response.set_difference_count(response.difference_count() + 1);
  if (static_cast<size_t>(response.differences_size()) == kDifferencesListedMax) return;
  v1::HealthDifference& message = *response.add_differences();
  message.set_account(kAccountPrefix + account);
  message.set_live_score_micros(difference.live_score == kAbsent ? 0 : difference.live_score);
  message.set_refolded_score_micros(
      difference.refolded_score == kAbsent ? 0 : difference.refolded_score);
  message.set_detail(difference.detail);
}

}  // namespace

absl::StatusOr<v1::VerifyHealthResponse> HealthGrpc::Verify(const v1::VerifyHealthRequest& request,
                                                            const rpc::CallInfo& call) const {
  std::map<int32_t, std::vector<std::string>> accounts;
  for (const std::string& name : request.accounts()) {
    ASSIGN_OR_RETURN(std::string account, AccountIdOf(name));
    accounts[PartitionOf(account, ports_.history.partitions)].push_back(std::move(account));
  }
  if (accounts.empty()) {
    for (const stream::PartitionStatus& status : ports_.folds.Status()) {
      RETURN_IF_ERROR(
          ports_.folds.Inspect(status.partition, [&](const stream::PartitionFold& fold) {
            accounts[status.partition] = dynamic_cast<const HealthFold&>(fold).AccountIds();
          }));
    }
  }
  v1::VerifyHealthResponse response;
  for (auto& [partition, ids] : accounts) {
    std::sort(ids.begin(), ids.end());
    for (size_t at = 0; at < ids.size(); at += kVerifiedAtOnce) {
      const size_t end = std::min(ids.size(), at + kVerifiedAtOnce);
      RETURN_IF_ERROR(VerifyPartition(
          partition,
          {ids.begin() + static_cast<ptrdiff_t>(at), ids.begin() + static_cast<ptrdiff_t>(end)},
          call, response));
    }
  }
  return response;
}

absl::Status HealthGrpc::VerifyPartition(int32_t partition,
                                         const std::vector<std::string>& accounts,
                                         const rpc::CallInfo& call,
                                         v1::VerifyHealthResponse& response) const {
  std::vector<std::pair<std::string, Account>> live;
  int64_t applied = -1;
  RETURN_IF_ERROR(ports_.folds.Inspect(partition, [&](const stream::PartitionFold& fold) {
    const auto& health = dynamic_cast<const HealthFold&>(fold);
    applied = health.applied_offset();
    for (const std::string& account : accounts) {
      if (auto view = health.View(account)) live.emplace_back(account, std::move(view->account));
    }
  }));
  ASSIGN_OR_RETURN(
      const auto history,
      HistoryReader::Open(ports_.history, ports_.calendar, partition, applied + 1,
                          accounts.size() == 1 ? std::optional(accounts[0]) : std::nullopt));
  for (const auto& [account, state] : live) {
    RETURN_IF_ERROR(Expired(call, ports_.clock));
    ASSIGN_OR_RETURN(const Verified verified,
                     health::VerifyHealth(ports_.calendar, *history, account, state));
    response.set_accounts_checked(response.accounts_checked() + 1);
    response.set_facts_folded(response.facts_folded() + verified.facts);
    if (verified.difference) AddDifference(account, *verified.difference, response);
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::RebuildHealthResponse> HealthGrpc::Rebuild(
    const v1::RebuildHealthRequest& request, const rpc::CallInfo& call) const {
  std::map<int32_t, int64_t> stood;  // next offset of each partition to rebuild
  for (const stream::PartitionStatus& status : ports_.folds.Status()) {
    const auto& wanted = request.partitions();
    if (!wanted.empty() &&
        std::find(wanted.begin(), wanted.end(), status.partition) == wanted.end()) {
      continue;
    }
    stood[status.partition] = status.next_offset;
  }
  for (const int32_t partition : request.partitions()) {
    if (!stood.contains(partition)) {
      return InvalidArgument("PARTITION_UNKNOWN", "partitions", "is not folded here");
    }
  }
  std::vector<int32_t> partitions;
  for (const auto& [partition, next_offset] : stood) partitions.push_back(partition);
  RETURN_IF_ERROR(ports_.folds.Rebuild(partitions));
  v1::RebuildHealthResponse response;
  for (const auto& [partition, next_offset] : stood) {
    if (next_offset > 0) {
      RETURN_IF_ERROR(ports_.folds.WaitUntilApplied(partition, next_offset - 1, call.deadline));
    }
    RETURN_IF_ERROR(ports_.folds.Inspect(partition, [&](const stream::PartitionFold& fold) {
      response.set_facts_folded(response.facts_folded() +
                                dynamic_cast<const HealthFold&>(fold).facts_applied());
    }));
    response.set_partitions_rebuilt(response.partitions_rebuilt() + 1);
  }
  return response;
}

}  // namespace bellwether::health
