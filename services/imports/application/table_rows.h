// The rows of one file of a mapping: read, given their identities, and put together where several
// are one thing. However many they are, they take the memory of a few.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_TABLE_ROWS_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_TABLE_ROWS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/spill/sorted_spill.h"
#include "services/imports/application/mapping.h"
#include "services/imports/application/row_accounts.h"
#include "services/imports/application/tables.h"

namespace bellwether::imports {

// Rows of one file of the mapping; beyond it the disk is at stake.
inline constexpr int64_t kRowsMax = 200'000'000;
// Of the rows of one file that wait to be sorted.
inline constexpr size_t kRowSpillBytes = 32 << 20;

// What a mapping's records are made of: a row, or a group of rows.
struct Thing {
  std::vector<Value> values;  // of the columns that records see
  RowPlace place;
  int64_t rows = 1;
  // What it is called within its table, the same in every import.
  std::string identity;
  // Byte positions of the cells, by column of the file; empty for a group.
  std::vector<int64_t> positions;
};

// What was read otherwise than it was written, over all files.
struct ReadingNotes {
  std::map<std::string, int64_t> aliases_used;
  std::map<std::pair<std::string, std::string>, int64_t> cleaned;  // path and column → rows
  std::map<std::pair<std::string, std::string>, int64_t> repeated_times;
};

// Read, then ForEach. One thread.
class TableRows {
 public:
  TableRows(const CompiledFile& file, const LookUpTables& look_ups, RowAccounts& accounts,
            ReadingNotes& notes)
      : file_(file),
        look_ups_(look_ups),
        accounts_(accounts),
        notes_(notes),
        spill_(kRowSpillBytes) {}

  // FAILED_PRECONDITION / MISSING_COLUMN, MISSING_HEADER, COLUMN_TWICE; RESOURCE_EXHAUSTED past
  // kRowsMax. Faults of single rows are accounted for.
  absl::Status Read(const Tables& tables);
  // Everything that the rows are, in an order that follows from their identities.
  absl::Status ForEach(absl::FunctionRef<absl::Status(const Thing&)> take);

 private:
  // A row as it waits in the spill.
  struct Waiting {
    std::string identity;  // the spill's key without the row's number: 16 bytes
    RowPlace place;
    bool refused = false;  // a row of a group that could not be read
    std::string content;   // fingerprint of all that it says
    std::vector<int64_t> positions;
    std::vector<Value> values;
  };
  struct Fault {
    int column = -1;
    std::string reason;
    std::string message;
  };

  absl::Status ReadTable(OpenedTable& table, const std::string& path);
  absl::Status PlaceByHeader(const Row& header, const std::string& path);
  absl::Status TakeRow(const Row& row);
  std::optional<Fault> ReadCells(const Row& row, CellNotes& notes);
  absl::Status Keep(const Row& row, bool refused);
  void Refuse(const Row& row, const Fault& fault);
  void NoteReading(const CellNotes& notes);
  void AddSums();

  bool NextWaiting(Waiting& waiting);
  absl::Status ForEachRow(absl::FunctionRef<absl::Status(const Thing&)> take);
  absl::Status ForEachGroup(absl::FunctionRef<absl::Status(const Thing&)> take);
  absl::Status FinishGroup(const Waiting& first, int64_t rows, bool incomplete,
                           std::vector<Gathered>& gathered,
                           absl::FunctionRef<absl::Status(const Thing&)> take);
  Thing ThingOf(Waiting waiting, int64_t occurrence) const;

  const CompiledFile& file_;
  const LookUpTables& look_ups_;
  RowAccounts& accounts_;
  ReadingNotes& notes_;
  spill::SortedSpill spill_;
  int64_t rows_ = 0;

  // Of the table and row being read.
  int count_ = 0;  // index of the table's counts
  std::vector<int> places_;
  std::vector<Value> values_;
  std::vector<std::string> written_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_TABLE_ROWS_H_
