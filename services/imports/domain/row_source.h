// Rows of a table, whatever the table's format.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_ROW_SOURCE_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_ROW_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace bellwether::imports {

inline constexpr size_t kRowBytesMax = 64 << 10;
inline constexpr size_t kCellsMax = 1024;

struct Cell {
  std::string text;
  // Byte position in its line, from 1; in a workbook the column's number.
  int64_t position = 0;
};

struct Row {
  // Number of the line the row begins on, from 1; in a workbook the row's number.
  int64_t line = 0;
  // Lines the row takes: more than one where a quoted cell holds line ends.
  int64_t line_count = 1;
  std::vector<Cell> cells;
};

// Why a row was not taken.
struct RowProblem {
  int64_t line = 0;
  // Byte position in the line where a cell is at fault, else 0.
  int64_t position = 0;
  // Name of the column at fault; empty where the row as a whole is.
  std::string column;
  // UPPER_SNAKE_CASE.
  std::string reason;
  std::string message;
};

// One thread.
class RowSource {
 public:
  enum class Result { kRow, kMalformed, kEnd };

  virtual ~RowSource() = default;
  // kRow fills `row`, kMalformed fills `problem`; the other is left in an unspecified state. kEnd
  // also where the table could not be read on: status() says so.
  virtual Result Next(Row& row, RowProblem& problem) = 0;
  // The row just read is none: only the line it begins on is passed over.
  virtual void GiveUpRow() {}
  virtual absl::Status status() const = 0;
  // Rows end with their last cell that says something: the others are empty.
  virtual bool ragged() const { return false; }
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_ROW_SOURCE_H_
