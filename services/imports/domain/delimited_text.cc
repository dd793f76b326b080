#include "services/imports/domain/delimited_text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/utf8.h"

namespace bellwether::imports {
namespace {

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kReadBytes = 256 << 10;
constexpr absl::string_view kDelimiters = ",;\t|";

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// Outside quotes, in the first line that holds anything.
size_t CountOf(char delimiter, absl::string_view line, char quote) {
  size_t count = 0;
  bool quoted = false;
  for (const char c : line) {
    if (quote != '\0' && c == quote) quoted = !quoted;
    if (!quoted && c == delimiter) ++count;
  }
  return count;
}

char RecogniseDelimiter(absl::string_view text, char quote) {
  while (!text.empty() && (text.front() == '\n' || text.front() == '\r')) text.remove_prefix(1);
  const absl::string_view line = text.substr(0, text.find('\n'));
  char best = kDelimiters.front();
  for (const char candidate : kDelimiters) {
    if (CountOf(candidate, line, quote) > CountOf(best, line, quote)) best = candidate;
  }
  return best;
}

}  // namespace

bool IsText(absl::string_view bytes) {
  return Utf8Length(bytes).has_value() && bytes.find('\0') == absl::string_view::npos;
}

RowReader::RowReader(ByteSource& source, TextFormat format)
    : source_(source), format_(std::move(format)) {}

void RowReader::Fill() {
  if (at_end_ || text_.size() - next_ >= 2 * kRowBytesMax + 2) return;
  text_.erase(0, next_);
  line_begin_ = 0;  // a row begins where its line does
  next_ = 0;
  while (!at_end_ && text_.size() < 2 * kRowBytesMax + kReadBytes) {
    const size_t before = text_.size();
    text_.resize(before + kReadBytes);
    const auto taken = source_.Read(text_.data() + before, kReadBytes);
    text_.resize(before + (taken.ok() ? *taken : 0));
    if (!taken.ok()) failure_ = taken.status();
    at_end_ = !taken.ok() || *taken == 0;
  }
}

void RowReader::Begin() {
  begun_ = true;
  Fill();
  if (absl::StartsWith(text_, kByteOrderMark)) {
    next_ = kByteOrderMark.size();
    line_begin_ = next_;
  }
  if (format_.layout != TextLayout::kDelimited) return;
  const absl::string_view rest = absl::string_view(text_).substr(next_);
  if (rest.size() > 5 && absl::EqualsIgnoreCase(rest.substr(0, 4), "sep=") &&
      (rest[5] == '\n' || absl::StartsWith(rest.substr(5), "\r\n"))) {
    format_.delimiter = rest[4];
    next_ += 5;
    TakeLineEnd();
  } else if (format_.delimiter == kRecognisedDelimiter) {
    format_.delimiter = RecogniseDelimiter(rest, format_.quote);
  }
}

RowReader::Result RowReader::Next(Row& row, RowProblem& problem) {
  if (!begun_) Begin();
  while (true) {
    Fill();
    while (TakeLineEnd()) {
      Fill();
    }
    if (next_ >= text_.size()) return Result::kEnd;
    row_begin_ = next_;
    row_line_ = line_;
    const Result result = format_.layout == TextLayout::kDelimited
                              ? NextDelimited(row, problem)
                              : NextBlankSeparated(row, problem);
    row.line = row_line_;
    // A line of blanks only holds no row.
    if (result != Result::kRow || !row.cells.empty()) return result;
  }
}

void RowReader::GiveUpRow() { SkipFirstLine(); }

RowReader::Result RowReader::NextDelimited(Row& row, RowProblem& problem) {
  size_t count = 0;
  while (true) {
    if (count == kCellsMax) {
      return Malformed(problem, line_, line_begin_, next_, "TOO_MANY_CELLS",
                       absl::StrCat("a row has at most ", kCellsMax, " cells"));
    }
    // Cells of the row before are used again: their texts keep their room.
    if (count == row.cells.size()) row.cells.emplace_back();
    Cell& cell = row.cells[count++];
    cell.text.clear();
    cell.position = static_cast<int64_t>(next_ - line_begin_) + 1;
    const bool quoted =
        next_ < text_.size() && format_.quote != '\0' && text_[next_] == format_.quote;
    if (!(quoted ? ReadQuoted(cell, problem) : ReadPlain(cell, problem))) return Result::kMalformed;
    if (next_ < text_.size() && !IsLineEnd(next_)) {
      ++next_;  // The delimiter: both readers stop at one or at a line end.
      continue;
    }
    TakeLineEnd();
    row.cells.resize(count);
    row.line_count = std::max<int64_t>(line_ - row_line_, 1);
    return Result::kRow;
  }
}

bool RowReader::ReadQuoted(Cell& cell, RowProblem& problem) {
  const size_t open = next_;
  const int64_t open_line = line_;
  const size_t open_line_begin = line_begin_;
  size_t at = next_ + 1;
  int64_t line = line_;
  size_t line_begin = line_begin_;
  while (true) {
    if (at >= text_.size() || at - row_begin_ > kRowBytesMax) {
      Malformed(problem, open_line, open_line_begin, open, "UNCLOSED_QUOTE",
                absl::StrCat("the quote is not closed within ", kRowBytesMax, " bytes"));
      return false;
    }
    const char c = text_[at];
    if (c != format_.quote) {
      cell.text.push_back(c);
      if (c == '\n') {
        ++line;
        line_begin = at + 1;
      }
      ++at;
      continue;
    }
    if (at + 1 < text_.size() && text_[at + 1] == format_.quote) {
      cell.text.push_back(format_.quote);
      at += 2;
      continue;
    }
    ++at;
    break;
  }
  line_ = line;
  line_begin_ = line_begin;
  next_ = at;
  if (next_ < text_.size() && !IsLineEnd(next_) && text_[next_] != format_.delimiter) {
    if (line == open_line) {
      Malformed(problem, line, line_begin, next_, "TEXT_AFTER_QUOTE",
                "text follows the closing quote");
    } else {
      // Most likely the quote was never closed, and this is the one that opens the next.
      Malformed(problem, open_line, open_line_begin, open, "UNCLOSED_QUOTE",
                absl::StrCat("the quote that opens here is not closed: the next one, on line ",
                             line, ", has text after it"));
    }
    return false;
  }
  if (!IsText(cell.text)) {
    Malformed(problem, open_line, open_line_begin, open, NotTextReason(), NotText());
    return false;
  }
  return true;
}

bool RowReader::ReadPlain(Cell& cell, RowProblem& problem) {
  const size_t begin = next_;
  while (next_ < text_.size()) {
    const char c = text_[next_];
    if (c == format_.delimiter || c == '\n') break;
    if (c == format_.quote && c != '\0') {
      Malformed(problem, line_, line_begin_, next_, "QUOTE_IN_PLAIN_CELL",
                "a quote stands inside a cell that is not quoted");
      return false;
    }
    if (c == '\r') {
      if (IsLineEnd(next_)) break;
      Malformed(problem, line_, line_begin_, next_, "BARE_CARRIAGE_RETURN",
                "a carriage return without a line feed");
      return false;
    }
    if (next_ - row_begin_ >= kRowBytesMax) {
      Malformed(problem, line_, line_begin_, next_, "ROW_TOO_LONG",
                absl::StrCat("a row has at most ", kRowBytesMax, " bytes"));
      return false;
    }
    ++next_;
  }
  cell.text.assign(text_, begin, next_ - begin);
  if (!IsText(cell.text)) {
    Malformed(problem, line_, line_begin_, begin, NotTextReason(), NotText());
    return false;
  }
  return true;
}

RowReader::Result RowReader::NextBlankSeparated(Row& row, RowProblem& problem) {
  row.cells.clear();
  row.line_count = 1;
  const size_t end = std::min(text_.find('\n', next_), text_.size());
  absl::string_view line = absl::string_view(text_).substr(next_, end - next_);
  const auto malformed = [&](size_t at, const char* reason, std::string message) {
    return Malformed(problem, line_, line_begin_, at, reason, std::move(message));
  };
  if (line.size() > kRowBytesMax) {
    return malformed(next_, "ROW_TOO_LONG",
                     absl::StrCat("a row has at most ", kRowBytesMax, " bytes"));
  }
  if (absl::EndsWith(line, "\r")) line.remove_suffix(1);
  if (line.find('\r') != absl::string_view::npos) {
    return malformed(next_ + line.find('\r'), "BARE_CARRIAGE_RETURN",
                     "a carriage return without a line feed");
  }
  if (!IsText(line)) return malformed(next_, NotTextReason(), NotText());
  for (size_t at = 0; at < line.size();) {
    if (IsBlank(line[at])) {
      ++at;
      continue;
    }
    size_t cell_end = at;
    while (cell_end < line.size() && !IsBlank(line[cell_end])) ++cell_end;
    if (row.cells.size() == kCellsMax) {
      return malformed(next_ + at, "TOO_MANY_CELLS",
                       absl::StrCat("a row has at most ", kCellsMax, " cells"));
    }
    row.cells.push_back(
        {std::string(line.substr(at, cell_end - at)), static_cast<int64_t>(at) + 1});
    at = cell_end;
  }
  next_ = end;
  TakeLineEnd();
  return Result::kRow;
}

bool RowReader::IsLineEnd(size_t at) const {
  return text_[at] == '\n' || (text_[at] == '\r' && at + 1 < text_.size() && text_[at + 1] == '\n');
}

bool RowReader::TakeLineEnd() {
  if (next_ >= text_.size() || !IsLineEnd(next_)) return false;
  next_ += text_[next_] == '\n' ? 1 : 2;
  ++line_;
  line_begin_ = next_;
  return true;
}

void RowReader::SkipFirstLine() {
  next_ = row_begin_;
  line_ = row_line_;
  while (true) {
    const size_t end = text_.find('\n', next_);
    if (end != std::string::npos) {
      next_ = end;
      TakeLineEnd();
      return;
    }
    next_ = text_.size();
    if (at_end_) return;
    Fill();
  }
}

RowReader::Result RowReader::Malformed(RowProblem& problem, int64_t line, size_t line_begin,
                                       size_t at, const char* reason, std::string message) {
  problem.line = line;
  problem.position = static_cast<int64_t>(at - line_begin) + 1;
  problem.column.clear();
  problem.reason = reason;
  problem.message = std::move(message);
  SkipFirstLine();
  return Result::kMalformed;
}

const char* RowReader::NotTextReason() const {
  return format_.encoding == "UTF-8" ? "NOT_UTF8" : "NOT_IN_ENCODING";
}

std::string RowReader::NotText() const {
  return absl::StrCat("the bytes are not ", format_.encoding,
                      " text: encoding names another (gb18030, utf16, latin1)");
}

}  // namespace bellwether::imports
