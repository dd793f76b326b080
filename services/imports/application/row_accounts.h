// What became of each row of the tables: every row is counted once, in one way.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_ROW_ACCOUNTS_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_ROW_ACCOUNTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/imports/domain/exact_number.h"
#include "services/imports/domain/row_source.h"

namespace bellwether::imports {

// Problems kept with their text; all are counted.
inline constexpr size_t kProblemsKeptMax = 1'000;
inline constexpr size_t kFaultGroupsMax = 200;
inline constexpr size_t kFaultPlacesMax = 3;
// Currencies of one column whose sums are kept apart.
inline constexpr size_t kSumsOfColumnMax = 50;

struct ColumnTotal {
  ExactNumber sum;
  int64_t cells = 0;
  // The sum has more digits than numbers here have.
  bool overflown = false;
};

// rows = made + refused + duplicates + all of `skipped`.
struct FileCount {
  std::string path;
  int64_t rows = 0;
  // Rows with a problem; the others became what the mapping says.
  int64_t refused = 0;
  int64_t made = 0;
  int64_t duplicates = 0;
  int64_t blank = 0;  // no rows
  std::map<std::string, int64_t> skipped;
  std::string encoding;
  // By column and currency.
  std::map<std::pair<std::string, std::string>, ColumnTotal> sums;
};

// A row, or the first of those that are one thing.
struct RowPlace {
  int file = 0;  // index of its FileCount
  int64_t line = 0;
};

struct PlanProblem {
  std::string path;
  RowProblem problem;
};

struct FaultGroup {
  std::string path;
  std::string column;
  std::string reason;
  int64_t rows = 0;
  std::string message;                              // of the first place
  std::vector<std::pair<int64_t, int64_t>> places;  // line and position, ascending
};

// One thread.
class RowAccounts {
 public:
  // Index of the table's counts.
  int AddFile(const std::string& path);
  FileCount& file(int index) { return files_[static_cast<size_t>(index)]; }
  const std::vector<FileCount>& files() const { return files_; }

  // A row is counted by the first of these that is said of it and none of the others.
  void Refuse(int file, const RowProblem& problem, int64_t rows = 1);
  void Made(const RowPlace& place, int64_t rows) { file(place.file).made += rows; }
  void Duplicate(const RowPlace& place, int64_t rows = 1) { file(place.file).duplicates += rows; }
  void Skip(const RowPlace& place, const std::string& when, int64_t rows = 1) {
    file(place.file).skipped[when] += rows;
  }
  // What was counted as made turns out to be something else: once for each row.
  void RefuseMade(const RowPlace& place, const RowProblem& problem, int64_t rows);
  void DuplicateMade(const RowPlace& place, int64_t rows);

  void AddToSum(int file, const std::string& column, const std::string& currency,
                const ExactNumber& number);

  // Every kept problem in the order of files and lines.
  std::vector<PlanProblem> Problems() const;
  // The most frequent first.
  std::vector<FaultGroup> Groups() const;
  int64_t problem_count() const { return problem_count_; }

 private:
  enum class Turned { kRefused, kDuplicate };

  void Note(int file, const RowProblem& problem, int64_t rows);

  std::vector<FileCount> files_;
  std::vector<std::pair<int, RowProblem>> problems_;
  int64_t problem_count_ = 0;
  std::map<std::tuple<int, std::string, std::string>, FaultGroup> groups_;
  // Rows that were made before and are not any more.
  absl::flat_hash_map<std::pair<int, int64_t>, Turned> turned_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_ROW_ACCOUNTS_H_
