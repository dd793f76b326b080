#include "services/alerts/domain/import_holds.h"

#include <algorithm>

namespace bellwether::alerts {

void ImportHolds::Extend(absl::string_view run, absl::Time lease_end) {
  auto found = runs_.find(run);
  if (found == runs_.end()) found = runs_.emplace(run, lease_end).first;
  found->second = std::max(found->second, lease_end);
  changed_runs_.insert(found->first);
}

std::vector<ImportHolds::Released> ImportHolds::End(absl::string_view run) {
  const auto found = runs_.find(run);
  if (found == runs_.end()) return {};
  DropRun(found->first);
  return ReleaseWithoutRuns();
}

std::vector<ImportHolds::Released> ImportHolds::Expire(absl::Time now) {
  std::vector<const std::string*> over;
  for (const auto& [run, lease_end] : runs_) {
    if (lease_end <= now) over.push_back(&run);
  }
  leases_expired_ += static_cast<int64_t>(over.size());
  for (const std::string* run : over) DropRun(*run);
  std::vector<Released> released;
  if (!over.empty()) released = ReleaseWithoutRuns();
  while (!waits_.empty() && waits_.begin()->first <= now) {
    Release(holds_.find(waits_.begin()->second), released);
  }
  std::sort(released.begin(), released.end(),
            [](const Released& a, const Released& b) { return a.account < b.account; });
  return released;
}

bool ImportHolds::Touch(absl::string_view account, absl::string_view run, absl::Time now) {
  const auto found = runs_.find(run);
  if (found == runs_.end() || found->second <= now) return false;
  auto hold = holds_.find(account);
  if (hold == holds_.end()) hold = holds_.emplace(account, Hold{.since = now}).first;
  auto& runs = hold->second.runs;
  if (std::find(runs.begin(), runs.end(), &found->first) != runs.end()) return true;
  runs.push_back(&found->first);
  changed_holds_.insert(hold->first);
  return true;
}

void ImportHolds::NoteNews(absl::string_view account, absl::Time now) {
  const auto found = holds_.find(account);
  if (found == holds_.end() || found->second.news_since != absl::InfiniteFuture()) return;
  found->second.news_since = now;
  waits_.emplace(DueOf(found->second), found->first);
  changed_holds_.insert(found->first);
}

absl::Time ImportHolds::HeldSince(absl::string_view account) const {
  if (holds_.empty()) return absl::InfiniteFuture();
  const auto found = holds_.find(account);
  return found == holds_.end() ? absl::InfiniteFuture() : found->second.since;
}

void ImportHolds::DropRun(const std::string& run) {
  for (auto& [account, hold] : holds_) {
    const auto at = std::find(hold.runs.begin(), hold.runs.end(), &run);
    if (at == hold.runs.end()) continue;
    hold.runs.erase(at);
    changed_holds_.insert(account);
  }
  changed_runs_.insert(run);
  runs_.erase(runs_.find(run));
}

ImportHolds::Holds::iterator ImportHolds::Release(Holds::iterator hold,
                                                  std::vector<Released>& released) {
  waits_.erase({DueOf(hold->second), hold->first});
  changed_holds_.insert(hold->first);
  released.push_back({hold->first, hold->second.since});
  return holds_.erase(hold);
}

std::vector<ImportHolds::Released> ImportHolds::ReleaseWithoutRuns() {
  std::vector<Released> released;
  for (auto hold = holds_.begin(); hold != holds_.end();) {
    hold = hold->second.runs.empty() ? Release(hold, released) : std::next(hold);
  }
  return released;
}

void ImportHolds::LoadRun(absl::string_view run, absl::Time lease_end) {
  runs_.emplace(run, lease_end);
}

void ImportHolds::LoadHold(absl::string_view account, const AccountHold& hold) {
  const auto added =
      holds_.emplace(account, Hold{.since = hold.since, .news_since = hold.news_since}).first;
  for (const std::string& run : hold.runs) {
    if (const auto found = runs_.find(run); found != runs_.end()) {
      added->second.runs.push_back(&found->first);
    }
  }
  if (hold.news_since != absl::InfiniteFuture()) {
    waits_.emplace(DueOf(added->second), added->first);
  }
}

ImportHolds::Changes ImportHolds::TakeChanges() {
  Changes changes;
  for (const std::string& run : std::exchange(changed_runs_, {})) {
    const auto found = runs_.find(run);
    changes.lease_ends[run] =
        found == runs_.end() ? std::nullopt : std::optional<absl::Time>(found->second);
  }
  for (const std::string& account : std::exchange(changed_holds_, {})) {
    std::optional<AccountHold>& row = changes.holds[account];
    const auto found = holds_.find(account);
    if (found == holds_.end()) continue;
    row = AccountHold{.since = found->second.since, .news_since = found->second.news_since};
    for (const std::string* run : found->second.runs) row->runs.push_back(*run);
  }
  return changes;
}

}  // namespace bellwether::alerts
