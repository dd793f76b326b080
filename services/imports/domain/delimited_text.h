// Reads rows of separated text strictly: what is malformed is reported with its place, and reading
// goes on with the next row.
//
// Two layouts: delimited (RFC 4180: quoted cells may hold delimiters, doubled quotes and line ends)
// and blank-separated (cells are runs of characters other than blanks, no quoting). Line ends are
// LF or CRLF; a UTF-8 byte order mark is skipped; lines without any character are skipped.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_DELIMITED_TEXT_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_DELIMITED_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace bellwether::imports {

inline constexpr size_t kRowBytesMax = 64 << 10;
inline constexpr size_t kCellsMax = 1024;

enum class TextLayout { kDelimited, kBlankSeparated };

struct TextFormat {
  TextLayout layout = TextLayout::kDelimited;
  char delimiter = ',';
};

struct Cell {
  std::string text;
  // Byte position in its line, from 1.
  int64_t position = 0;
};

struct Row {
  // Number of the line the row begins on, from 1.
  int64_t line = 0;
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

// Reads from `text`, which outlives the reader. One thread.
class RowReader {
 public:
  enum class Result { kRow, kMalformed, kEnd };

  RowReader(absl::string_view text, TextFormat format);

  // kRow fills `row`, kMalformed fills `problem`; the other is left in an unspecified state.
  Result Next(Row& row, RowProblem& problem);

  // Bytes read so far: for progress.
  size_t position() const { return next_; }

 private:
  Result NextDelimited(Row& row, RowProblem& problem);
  Result NextBlankSeparated(Row& row, RowProblem& problem);
  // Reads the quoted cell whose opening quote is at next_. False: `problem` says why.
  bool ReadQuoted(Cell& cell, RowProblem& problem);
  bool ReadPlain(Cell& cell, RowProblem& problem);
  // True and past it if a line end stands at next_.
  bool TakeLineEnd();
  // Reports the fault at byte `at` and goes on after the line that holds `resume_from`.
  Result Malformed(RowProblem& problem, size_t at, size_t resume_from, const char* reason,
                   std::string message);

  const absl::string_view text_;
  const TextFormat format_;
  size_t next_ = 0;
  // Line number and first byte of the line that holds next_.
  int64_t line_ = 1;
  size_t line_begin_ = 0;
  size_t row_begin_ = 0;
};

// True for well-formed UTF-8 without NUL.
bool IsText(absl::string_view bytes);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_DELIMITED_TEXT_H_
