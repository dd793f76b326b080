#include "services/imports/domain/delimited_text.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace bellwether::imports {
namespace {

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

bool IsText(absl::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    if (lead == 0) return false;
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > bytes.size()) return false;
    for (size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(bytes[i + k]) & 0xC0) != 0x80) return false;
    }
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    // Overlong forms, surrogates and code points past U+10FFFF.
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
      return false;
    }
    i += length;
  }
  return true;
}

RowReader::RowReader(absl::string_view text, TextFormat format) : text_(text), format_(format) {
  if (absl::StartsWith(text_, kByteOrderMark)) {
    next_ = kByteOrderMark.size();
    line_begin_ = next_;
  }
}

RowReader::Result RowReader::Next(Row& row, RowProblem& problem) {
  while (true) {
    while (TakeLineEnd()) {
    }
    if (next_ >= text_.size()) return Result::kEnd;
    row.line = line_;
    row.cells.clear();
    row_begin_ = next_;
    const Result result = format_.layout == TextLayout::kDelimited
                              ? NextDelimited(row, problem)
                              : NextBlankSeparated(row, problem);
    // A line of blanks only holds no row.
    if (result != Result::kRow || !row.cells.empty()) return result;
  }
}

RowReader::Result RowReader::NextDelimited(Row& row, RowProblem& problem) {
  while (true) {
    Cell cell;
    cell.position = static_cast<int64_t>(next_ - line_begin_) + 1;
    const bool quoted = next_ < text_.size() && text_[next_] == '"';
    if (!(quoted ? ReadQuoted(cell, problem) : ReadPlain(cell, problem))) return Result::kMalformed;
    if (row.cells.size() == kCellsMax) {
      Malformed(problem, next_, next_, "TOO_MANY_CELLS",
                absl::StrCat("a row has at most ", kCellsMax, " cells"));
      return Result::kMalformed;
    }
    row.cells.push_back(std::move(cell));
    if (next_ >= text_.size() || TakeLineEnd()) return Result::kRow;
    ++next_;  // The delimiter: both readers stop at one or at a line end.
  }
}

bool RowReader::ReadQuoted(Cell& cell, RowProblem& problem) {
  const size_t open = next_;
  size_t at = next_ + 1;
  int64_t line = line_;
  size_t line_begin = line_begin_;
  while (true) {
    if (at >= text_.size() || at - row_begin_ > kRowBytesMax) {
      // The rest of the file may be in order: only the line of the opening quote is given up.
      Malformed(problem, open, open, "UNCLOSED_QUOTE",
                absl::StrCat("the quote is not closed within ", kRowBytesMax, " bytes"));
      return false;
    }
    const char c = text_[at];
    if (c != '"') {
      cell.text.push_back(c);
      if (c == '\n') {
        ++line;
        line_begin = at + 1;
      }
      ++at;
      continue;
    }
    if (at + 1 < text_.size() && text_[at + 1] == '"') {
      cell.text.push_back('"');
      at += 2;
      continue;
    }
    ++at;
    break;
  }
  line_ = line;
  line_begin_ = line_begin;
  next_ = at;
  const bool at_line_end = next_ >= text_.size() || text_[next_] == '\n' ||
                           absl::StartsWith(text_.substr(next_), "\r\n");
  if (!at_line_end && text_[next_] != format_.delimiter) {
    Malformed(problem, next_, next_, "TEXT_AFTER_QUOTE", "text follows the closing quote");
    return false;
  }
  if (!IsText(cell.text)) {
    Malformed(problem, open, next_, "NOT_UTF8", "the cell is not UTF-8 text");
    return false;
  }
  return true;
}

bool RowReader::ReadPlain(Cell& cell, RowProblem& problem) {
  const size_t begin = next_;
  while (next_ < text_.size()) {
    const char c = text_[next_];
    if (c == format_.delimiter || c == '\n' || absl::StartsWith(text_.substr(next_), "\r\n")) break;
    if (c == '"') {
      Malformed(problem, next_, next_, "QUOTE_IN_PLAIN_CELL",
                "a quote stands inside a cell that is not quoted");
      return false;
    }
    if (c == '\r') {
      Malformed(problem, next_, next_, "BARE_CARRIAGE_RETURN",
                "a carriage return without a line feed");
      return false;
    }
    if (next_ - row_begin_ >= kRowBytesMax) {
      Malformed(problem, next_, next_, "ROW_TOO_LONG",
                absl::StrCat("a row has at most ", kRowBytesMax, " bytes"));
      return false;
    }
    ++next_;
  }
  cell.text = std::string(text_.substr(begin, next_ - begin));
  if (!IsText(cell.text)) {
    Malformed(problem, begin, next_, "NOT_UTF8", "the cell is not UTF-8 text");
    return false;
  }
  return true;
}

RowReader::Result RowReader::NextBlankSeparated(Row& row, RowProblem& problem) {
  const size_t end = std::min(text_.find('\n', next_), text_.size());
  absl::string_view line = text_.substr(next_, end - next_);
  if (line.size() > kRowBytesMax) {
    return Malformed(problem, next_, next_, "ROW_TOO_LONG",
                     absl::StrCat("a row has at most ", kRowBytesMax, " bytes"));
  }
  if (absl::EndsWith(line, "\r")) line.remove_suffix(1);
  if (line.find('\r') != absl::string_view::npos) {
    return Malformed(problem, next_ + line.find('\r'), next_, "BARE_CARRIAGE_RETURN",
                     "a carriage return without a line feed");
  }
  if (!IsText(line)) {
    return Malformed(problem, next_, next_, "NOT_UTF8", "the line is not UTF-8 text");
  }
  for (size_t at = 0; at < line.size();) {
    if (IsBlank(line[at])) {
      ++at;
      continue;
    }
    size_t cell_end = at;
    while (cell_end < line.size() && !IsBlank(line[cell_end])) ++cell_end;
    if (row.cells.size() == kCellsMax) {
      return Malformed(problem, next_ + at, next_, "TOO_MANY_CELLS",
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

bool RowReader::TakeLineEnd() {
  if (next_ >= text_.size()) return false;
  const bool crlf = absl::StartsWith(text_.substr(next_), "\r\n");
  if (!crlf && text_[next_] != '\n') return false;
  next_ += crlf ? 2 : 1;
  ++line_;
  line_begin_ = next_;
  return true;
}

RowReader::Result RowReader::Malformed(RowProblem& problem, size_t at, size_t resume_from,
                                       const char* reason, std::string message) {
  problem.line = line_;
  problem.position = static_cast<int64_t>(at - line_begin_) + 1;
  problem.column.clear();
  problem.reason = reason;
  problem.message = std::move(message);
  next_ = std::min(text_.find('\n', resume_from), text_.size());
  TakeLineEnd();
  return Result::kMalformed;
}

}  // namespace bellwether::imports
