// The calls of HealthGrpc that check and renew the state as a whole.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/base/hash.h"
#include "common/base/status.h"
#include "services/health/adapters/fold/health_fold.h"
#include "services/health/adapters/history/committed_accounts.h"
#include "services/health/adapters/rpc/health_grpc.h"
#include "services/health/adapters/rpc/resource_names.h"
#include "services/health/application/verify_health.h"

namespace bellwether::health {
namespace {

// Accounts compared per look at the live state: copies of so many are held at a time.
constexpr size_t kVerifiedAtOnce = 1'000;

absl::Status Expired(const rpc::Call& call, const Clock& clock) {
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

// One call of VerifyHealth. A partition that is folded here is compared as it stands, in portions
// between which it goes on; any other as it was committed last.
class Verification {
 public:
  Verification(const HealthGrpc::Ports& ports, const rpc::Call& call)
      : ports_(ports), call_(call) {}

  absl::Status VerifyAccounts(int32_t partition, std::vector<std::string> ids) {
    std::sort(ids.begin(), ids.end());
    bool all_live = true;
    for (size_t at = 0; at < ids.size(); at += kVerifiedAtOnce) {
      const auto begin = ids.begin() + static_cast<ptrdiff_t>(at);
      const auto end = begin + static_cast<ptrdiff_t>(std::min(kVerifiedAtOnce, ids.size() - at));
      ASSIGN_OR_RETURN(const Sample sample, SampleOf(partition, {begin, end}));
      all_live = all_live && sample.live;
      RETURN_IF_ERROR(Compare(partition, sample));
    }
    Count(all_live);
    return absl::OkStatus();
  }

  absl::Status VerifyAll(int32_t partition) {
    std::vector<std::string> ids;
    const absl::Status looked =
        ports_.folds.Inspect(partition, [&](const stream::PartitionFold& fold) {
          ids = dynamic_cast<const HealthFold&>(fold).AccountIds();
        });
    if (looked.ok()) return VerifyAccounts(partition, std::move(ids));
    for (std::string after;;) {
      Sample sample;
      ASSIGN_OR_RETURN(const CommittedAccounts committed, OpenCommitted(partition));
      sample.until = committed.next_offset();
      ASSIGN_OR_RETURN(sample.accounts, committed.ReadAfter(after, kVerifiedAtOnce));
      RETURN_IF_ERROR(Compare(partition, sample));
      if (sample.accounts.size() < kVerifiedAtOnce) break;
      after = sample.accounts.back().first;
    }
    Count(/*live=*/false);
    return absl::OkStatus();
  }

  v1::VerifyHealthResponse Take() && { return std::move(response_); }

 private:
  // States that stand for the records before `until`.
  struct Sample {
    CommittedAccounts::Accounts accounts;
    int64_t until = 0;
    bool live = false;
  };

  // One call is about one generation of a partition: the accounts of the next need not be those
  // whose ids were listed, nor come in the pages that were read.
  absl::StatusOr<CommittedAccounts> OpenCommitted(int32_t partition) {
    std::optional<int64_t>& generation = generations_[partition];
    ASSIGN_OR_RETURN(CommittedAccounts committed,
                     CommittedAccounts::Open(ports_.store, ports_.folds.committed(),
                                             ports_.calendar, partition, generation));
    generation = committed.generation();
    return committed;
  }

  absl::StatusOr<Sample> SampleOf(int32_t partition, const std::vector<std::string>& ids) {
    Sample sample;
    const absl::Status looked =
        ports_.folds.Inspect(partition, [&](const stream::PartitionFold& fold) {
          const auto& health = dynamic_cast<const HealthFold&>(fold);
          sample.until = health.applied_offset() + 1;
          for (const std::string& id : ids) {
            if (auto view = health.View(id)) {
              sample.accounts.emplace_back(id, std::move(view->account));
            }
          }
        });
    sample.live = looked.ok();
    if (sample.live) return sample;
    ASSIGN_OR_RETURN(const CommittedAccounts committed, OpenCommitted(partition));
    sample.until = committed.next_offset();
    ASSIGN_OR_RETURN(sample.accounts, committed.Read(ids));
    return sample;
  }

  absl::Status Compare(int32_t partition, const Sample& sample) {
    if (sample.accounts.empty()) return absl::OkStatus();
    std::optional<std::string> only;
    if (sample.accounts.size() == 1) only = sample.accounts[0].first;
    ASSIGN_OR_RETURN(const auto history, HistoryReader::Open(ports_.history, ports_.calendar,
                                                             partition, sample.until, only));
    for (const auto& [account, state] : sample.accounts) {
      RETURN_IF_ERROR(Expired(call_, ports_.clock));
      ASSIGN_OR_RETURN(const Verified verified,
                       health::VerifyHealth(ports_.calendar, *history, account, state));
      response_.set_accounts_checked(response_.accounts_checked() + 1);
      response_.set_facts_folded(response_.facts_folded() + verified.facts);
      if (verified.difference) AddDifference(account, *verified.difference, response_);
    }
    return absl::OkStatus();
  }

  void Count(bool live) {
    if (live) {
      response_.set_partitions_checked_live(response_.partitions_checked_live() + 1);
    } else {
      response_.set_partitions_checked_as_committed(response_.partitions_checked_as_committed() +
                                                    1);
    }
  }

  const HealthGrpc::Ports& ports_;
  const rpc::Call& call_;
  std::map<int32_t, std::optional<int64_t>> generations_;  // of the partitions read as committed
  v1::VerifyHealthResponse response_;
};

}  // namespace

absl::StatusOr<v1::VerifyHealthResponse> HealthGrpc::Verify(const v1::VerifyHealthRequest& request,
                                                            const rpc::Call& call) const {
  std::map<int32_t, std::vector<std::string>> accounts;
  for (const std::string& name : request.accounts()) {
    ASSIGN_OR_RETURN(std::string account, AccountIdOf(name));
    accounts[PartitionOf(account, ports_.history.partitions)].push_back(std::move(account));
  }
  Verification verification(ports_, call);
  for (auto& [partition, ids] : accounts) {
    RETURN_IF_ERROR(verification.VerifyAccounts(partition, std::move(ids)));
  }
  if (accounts.empty()) {
    for (int32_t partition = 0; partition < ports_.history.partitions; ++partition) {
      RETURN_IF_ERROR(verification.VerifyAll(partition));
    }
  }
  return std::move(verification).Take();
}

absl::StatusOr<v1::RebuildHealthResponse> HealthGrpc::Rebuild(
    const v1::RebuildHealthRequest& request, const rpc::Call& call) const {
  std::set<int32_t> partitions;
  for (const int32_t partition : request.partitions()) {
    if (partition < 0 || partition >= ports_.history.partitions) {
      return InvalidArgument("PARTITION_UNKNOWN", "partitions", "is none of the journal's");
    }
    partitions.insert(partition);
  }
  for (int32_t p = 0; request.partitions().empty() && p < ports_.history.partitions; ++p) {
    partitions.insert(p);
  }
  RETURN_IF_ERROR(ports_.folds.Rebuild({partitions.begin(), partitions.end()}));
  v1::RebuildHealthResponse response;
  for (const int32_t partition : partitions) {
    const stream::CommittedPartitions& committed = ports_.folds.committed();
    ASSIGN_OR_RETURN(const auto standing, committed.StandingOf(partition));
    RETURN_IF_ERROR(committed.AwaitRebuilt(partition, standing.generation, call.deadline,
                                           [&] { return call.IsCancelled(); }));
    // Not of partitions that are folded elsewhere, which is no failure.
    (void)ports_.folds.Inspect(partition, [&](const stream::PartitionFold& fold) {
      response.set_facts_folded(response.facts_folded() +
                                dynamic_cast<const HealthFold&>(fold).facts_applied());
    });
    response.set_partitions_rebuilt(response.partitions_rebuilt() + 1);
  }
  return response;
}

}  // namespace bellwether::health
