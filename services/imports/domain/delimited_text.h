// Reads rows of separated text strictly: what is malformed is reported with its place, and reading
// goes on with the next line.
//
// Two layouts: delimited (RFC 4180: quoted cells may hold delimiters, doubled quotes and line ends)
// and blank-separated (cells are runs of characters other than blanks, no quoting). Line ends are
// LF or CRLF; a byte order mark is skipped, and so are lines without any character; a first line
// "sep=;" declares the delimiter, as Excel does.
//
// A fault gives up the line on which its row begins and nothing else: a quote that is never closed
// does not swallow the lines after it.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_DELIMITED_TEXT_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_DELIMITED_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/imports/domain/byte_source.h"
#include "services/imports/domain/row_source.h"

namespace bellwether::imports {

enum class TextLayout { kDelimited, kBlankSeparated };

// The delimiter is the one of , ; tab | that parts the first line into the most cells.
inline constexpr char kRecognisedDelimiter = '\0';

struct TextFormat {
  TextLayout layout = TextLayout::kDelimited;
  char delimiter = ',';
  // '\0': cells are never quoted.
  char quote = '"';
  // What the text was decoded from, for messages.
  std::string encoding = "UTF-8";
};

// Reads UTF-8 from `source`, which outlives the reader, and holds no more of it than two of the
// longest rows. One thread.
class RowReader : public RowSource {
 public:
  RowReader(ByteSource& source, TextFormat format);

  Result Next(Row& row, RowProblem& problem) override;
  void GiveUpRow() override;
  absl::Status status() const override { return failure_; }

  // As declared, said by a "sep=" line, or recognised; known once the first row was read.
  char delimiter() const { return format_.delimiter; }

 private:
  Result NextDelimited(Row& row, RowProblem& problem);
  Result NextBlankSeparated(Row& row, RowProblem& problem);
  // Reads the quoted cell whose opening quote is at next_. False: `problem` says why.
  bool ReadQuoted(Cell& cell, RowProblem& problem);
  bool ReadPlain(Cell& cell, RowProblem& problem);
  // True and past it if a line end stands at next_.
  bool TakeLineEnd();
  bool IsLineEnd(size_t at) const;
  // Mark, "sep=" line, recognised delimiter.
  void Begin();
  // Reads on until two of the longest rows stand after next_, or the end.
  void Fill();
  // To the beginning of the line after that of row_begin_.
  void SkipFirstLine();
  // Reports the fault at byte `at` of line `line`, which begins at `line_begin`, and goes on after
  // the first line of the row.
  Result Malformed(RowProblem& problem, int64_t line, size_t line_begin, size_t at,
                   const char* reason, std::string message);
  const char* NotTextReason() const;
  std::string NotText() const;

  ByteSource& source_;
  TextFormat format_;
  absl::Status failure_;
  bool begun_ = false;
  bool at_end_ = false;  // of the source
  std::string text_;     // the piece at hand
  size_t next_ = 0;
  // Number of the line that holds next_, and where it begins.
  int64_t line_ = 1;
  size_t line_begin_ = 0;
  // Of the row being read.
  size_t row_begin_ = 0;
  int64_t row_line_ = 1;
};

// True for well-formed UTF-8 without NUL.
bool IsText(absl::string_view bytes);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_DELIMITED_TEXT_H_
