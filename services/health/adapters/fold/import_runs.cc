#include "services/health/adapters/fold/import_runs.h"

#include <algorithm>

namespace bellwether::health {

void ImportRuns::Load(const std::map<std::string, ImportRow>& rows) {
  for (const auto& [run, row] : rows) {
    runs_[run].row = row;
    if (row.withdrawn()) withdrawn_.insert(run);
  }
  ForgetOld();
}

void ImportRuns::Count(absl::string_view run, FactOutcome outcome, int64_t offset) {
  const auto [place, is_new] = runs_.try_emplace(std::string(run));
  Run& counted = place->second;
  if (is_new) counted.row.first_offset = offset;
  counted.row.counts.Add(outcome);
  counted.last_offset = offset;
  counted.dirty = true;
}

std::optional<int64_t> ImportRuns::Withdraw(const std::string& run, int64_t offset) {
  if (!withdrawn_.insert(run).second) return std::nullopt;
  Run& withdrawn = runs_[run];
  withdrawn.row.withdrawn_offset = offset;
  withdrawn.dirty = true;
  return withdrawn.row.first_offset;
}

ImportRow ImportRuns::Of(const std::string& run) const {
  const auto found = runs_.find(run);
  return found == runs_.end() ? ImportRow{} : found->second.row;
}

std::map<std::string, ImportRow> ImportRuns::All() const {
  std::map<std::string, ImportRow> rows;
  for (const auto& [name, run] : runs_) rows.emplace(name, run.row);
  return rows;
}

std::vector<std::pair<std::string, ImportRow>> ImportRuns::TakeRows() {
  std::vector<std::pair<std::string, ImportRow>> rows;
  for (auto& [name, run] : runs_) {
    if (std::exchange(run.dirty, false)) rows.emplace_back(name, run.row);
  }
  ForgetOld();
  return rows;
}

void ImportRuns::ForgetOld() {
  while (runs_.size() > kImportRunsMax) {
    runs_.erase(std::min_element(runs_.begin(), runs_.end(), [](const auto& a, const auto& b) {
      return a.second.last_offset < b.second.last_offset;
    }));
  }
}

}  // namespace bellwether::health
