// Rows of JSON Lines: a flat object a line.
#ifndef BELLWETHER_SERVICES_IMPORTS_ADAPTERS_JSON_ROWS_H_
#define BELLWETHER_SERVICES_IMPORTS_ADAPTERS_JSON_ROWS_H_

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/imports/domain/byte_source.h"
#include "services/imports/domain/row_source.h"

namespace bellwether::imports {

// How far ahead is looked for names, whichever comes first.
inline constexpr size_t kLinesOfNamesMax = 1'000;
inline constexpr size_t kBytesOfNamesMax = 4 << 20;

// The first row names the columns: what the first lines name, in the order of its first mention,
// and `may_lack`, which need not be among them. A text is its cell, a number as it is written, a
// truth "true" or "false"; null, and what a line does not name, are empty. Lines of blanks only are
// passed over. Of a line that is no such object it says MALFORMED_JSON, NESTED_VALUE or
// ROW_TOO_LONG.
//
// `source` is UTF-8 and outlives the reader. One thread.
class JsonRows : public RowSource {
 public:
  JsonRows(ByteSource& source, std::vector<std::string> may_lack);

  Result Next(Row& row, RowProblem& problem) override;
  absl::Status status() const override { return failure_; }

 private:
  struct Line {
    int64_t number = 0;
    std::string text;
    bool too_long = false;
  };

  // False at the end, or where the source fails.
  bool NextLine(Line& line);
  bool ReadLine(Line& line);
  void ReadNames();
  void AddName(absl::string_view name);
  // False: `problem` says why.
  bool TakeLine(const Line& line, Row& row, RowProblem& problem) const;

  ByteSource& source_;
  absl::Status failure_;
  bool named_ = false;
  bool at_end_ = false;  // of the source
  std::string piece_;
  size_t next_ = 0;           // in the piece
  int64_t lines_ = 0;         // read so far
  std::deque<Line> waiting_;  // those that were looked at for names
  std::vector<std::string> names_;
  absl::flat_hash_map<std::string, size_t> places_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_ADAPTERS_JSON_ROWS_H_
