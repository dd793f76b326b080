#include "services/imports/application/row_accounts.h"

#include <algorithm>

namespace bellwether::imports {

int RowAccounts::AddFile(const std::string& path) {
  files_.emplace_back().path = path;
  return static_cast<int>(files_.size()) - 1;
}

void RowAccounts::Refuse(int file, const RowProblem& problem, int64_t rows) {
  this->file(file).refused += rows;
  Note(file, problem, rows);
}

void RowAccounts::RefuseMade(const RowPlace& place, const RowProblem& problem, int64_t rows) {
  const auto [turned, added] = turned_.emplace(std::pair(place.file, place.line), Turned::kRefused);
  if (!added && turned->second == Turned::kRefused) return;
  FileCount& count = file(place.file);
  (added ? count.made : count.duplicates) -= rows;
  turned->second = Turned::kRefused;
  Refuse(place.file, problem, rows);
}

void RowAccounts::DuplicateMade(const RowPlace& place, int64_t rows) {
  if (!turned_.emplace(std::pair(place.file, place.line), Turned::kDuplicate).second) return;
  file(place.file).made -= rows;
  file(place.file).duplicates += rows;
}

void RowAccounts::AddToSum(int file, const std::string& column, const std::string& currency,
                           const ExactNumber& number) {
  auto& sums = this->file(file).sums;
  auto total = sums.find({column, currency});
  if (total == sums.end()) {
    const auto begin = sums.lower_bound({column, ""});
    const auto end = sums.upper_bound({column, std::string(1, '\xFF')});
    if (static_cast<size_t>(std::distance(begin, end)) >= kSumsOfColumnMax) return;
    total = sums.emplace(std::pair(column, currency), ColumnTotal()).first;
  }
  ++total->second.cells;
  const auto sum = Sum(total->second.sum, number);
  if (sum.ok()) {
    total->second.sum = *sum;
  } else {
    total->second.overflown = true;
  }
}

void RowAccounts::Note(int file, const RowProblem& problem, int64_t rows) {
  ++problem_count_;
  if (problems_.size() < kProblemsKeptMax) problems_.emplace_back(file, problem);
  FaultGroup& group = groups_[{file, problem.column, problem.reason}];
  group.rows += rows;
  const std::pair<int64_t, int64_t> place(problem.line, problem.position);
  if (group.places.empty() || place < group.places.front()) group.message = problem.message;
  group.places.insert(std::lower_bound(group.places.begin(), group.places.end(), place), place);
  if (group.places.size() > kFaultPlacesMax) group.places.pop_back();
}

std::vector<PlanProblem> RowAccounts::Problems() const {
  auto sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.first, a.second.line, a.second.position) <
           std::tuple(b.first, b.second.line, b.second.position);
  });
  std::vector<PlanProblem> problems;
  for (auto& [file, problem] : sorted) {
    problems.push_back({files_[static_cast<size_t>(file)].path, std::move(problem)});
  }
  return problems;
}

std::vector<FaultGroup> RowAccounts::Groups() const {
  std::vector<FaultGroup> groups;
  for (const auto& [key, group] : groups_) {
    FaultGroup& added = groups.emplace_back(group);
    added.path = files_[static_cast<size_t>(std::get<0>(key))].path;
    added.column = std::get<1>(key);
    added.reason = std::get<2>(key);
  }
  std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
    return std::tie(b.rows, a.path, a.places) < std::tie(a.rows, b.path, b.places);
  });
  if (groups.size() > kFaultGroupsMax) groups.resize(kFaultGroupsMax);
  return groups;
}

}  // namespace bellwether::imports
