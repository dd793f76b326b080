#include "services/health/adapters/rpc/verification.h"

#include <algorithm>

#include "common/base/status.h"
#include "services/health/adapters/fold/health_fold.h"
#include "services/health/adapters/live/health_messages.h"
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

}  // namespace

absl::Status Verification::VerifyAccounts(int32_t partition, std::vector<std::string> ids) {
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

absl::Status Verification::VerifyAll(int32_t partition) {
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

absl::StatusOr<CommittedAccounts> Verification::OpenCommitted(int32_t partition) {
  std::optional<int64_t>& generation = generations_[partition];
  ASSIGN_OR_RETURN(CommittedAccounts committed,
                   CommittedAccounts::Open(ports_.store, ports_.folds.committed(), ports_.calendar,
                                           partition, generation));
  generation = committed.generation();
  return committed;
}

absl::StatusOr<Verification::Sample> Verification::SampleOf(int32_t partition,
                                                            const std::vector<std::string>& ids) {
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

absl::Status Verification::Compare(int32_t partition, const Sample& sample) {
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

void Verification::Count(bool live) {
  if (live) {
    response_.set_partitions_checked_live(response_.partitions_checked_live() + 1);
  } else {
    response_.set_partitions_checked_as_committed(response_.partitions_checked_as_committed() + 1);
  }
}

}  // namespace bellwether::health
