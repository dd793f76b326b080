#include "services/gateway/application/journal_state.h"

#include <algorithm>

#include "common/base/status.h"

namespace bellwether::gateway {
namespace {

absl::Status BackfillRunning() {
  return FailedPrecondition(
      "BACKFILL_RUNNING", "",
      "a past is being built, by one stream at a time: let it end, go on with "
      "it where nobody does, or end it by GoLive");
}

}  // namespace

void JournalState::Keep(const JournalRow::Values& values) {
  JournalPhase known = phase_.load();
  while (known < values.phase && !phase_.compare_exchange_weak(known, values.phase)) {
  }
  absl::MutexLock lock(&until_mu_);
  backfilled_until_ = std::max(backfilled_until_, values.backfilled_until);
}

std::optional<absl::Time> JournalState::backfilled_until() const {
  absl::MutexLock lock(&until_mu_);
  return backfilled_until_;
}

absl::Status JournalState::Refresh() {
  ASSIGN_OR_RETURN(const JournalRow::Values values, row_.Load());
  Keep(values);
  return absl::OkStatus();
}

absl::Status JournalState::GoLive(std::optional<absl::Time> reached) {
  return GoLiveFrom(JournalPhase::kBackfilling, reached);
}

absl::Status JournalState::GoLiveWithFact() {
  return GoLiveFrom(JournalPhase::kEmpty, std::nullopt);
}

absl::Status JournalState::GoLiveFrom(JournalPhase from_max, std::optional<absl::Time> reached) {
  absl::MutexLock lock(&mu_);
  if (backfilling()) return BackfillRunning();
  if (is_live()) return absl::OkStatus();
  if (reached > backfilled_until()) RETURN_IF_ERROR(row_.SetBackfilledUntil(*reached));
  ASSIGN_OR_RETURN(const JournalRow::Values values, row_.MoveTo(JournalPhase::kLive, from_max));
  Keep(values);
  return values.phase == JournalPhase::kLive ? absl::OkStatus() : BackfillRunning();
}

absl::StatusOr<std::optional<absl::Time>> JournalState::BeginBackfill() {
  absl::MutexLock lock(&mu_);
  if (backfilling()) return BackfillRunning();
  ASSIGN_OR_RETURN(const JournalRow::Values values,
                   row_.MoveTo(JournalPhase::kBackfilling, JournalPhase::kEmpty));
  Keep(values);
  if (!MayBackfill(values.phase)) {
    return FailedPrecondition("JOURNAL_IS_LIVE", "",
                              "a past can only be built before the journal is live; what happened "
                              "then is taken as late facts");
  }
  ASSIGN_OR_RETURN(const bool held, lease_.Hold());
  if (!held) return BackfillRunning();
  backfilling_ = true;
  return values.backfilled_until;
}

absl::Status JournalState::EndBackfill(std::optional<absl::Time> reached) {
  absl::MutexLock lock(&mu_);
  backfilling_ = false;
  absl::Status status;
  if (reached.has_value()) status = row_.SetBackfilledUntil(*reached);
  status.Update(lease_.Release());
  return status;
}

}  // namespace bellwether::gateway
