#include "services/imports/adapters/json_rows.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/json/json.h"

namespace bellwether::imports {
namespace {

constexpr size_t kJsonPieceBytes = 256 << 10;
constexpr char kByteOrderMark[] = "\xEF\xBB\xBF";

absl::StatusOr<json::Value> ParseLine(absl::string_view text) {
  return json::Parse(text, {.bytes_max = kRowBytesMax});
}

// Where the line names the member, from 1; 0 where it writes the name otherwise.
int64_t PositionOf(absl::string_view line, absl::string_view name) {
  const std::string quoted = absl::StrCat("\"", name, "\"");
  for (size_t at = line.find(quoted); at != absl::string_view::npos;
       at = line.find(quoted, at + 1)) {
    const absl::string_view after =
        absl::StripLeadingAsciiWhitespace(line.substr(at + quoted.size()));
    if (!after.empty() && after[0] == ':') return static_cast<int64_t>(at) + 1;
  }
  return 0;
}

// Nothing for what is no single value.
std::optional<std::string> CellOf(const json::Value& value) {
  switch (value.kind) {
    case json::Value::Kind::kNull:
      return "";
    case json::Value::Kind::kFalse:
      return "false";
    case json::Value::Kind::kTrue:
      return "true";
    case json::Value::Kind::kNumber:
    case json::Value::Kind::kText:
      return value.text;
    default:
      return std::nullopt;
  }
}

}  // namespace

JsonRows::JsonRows(ByteSource& source, std::vector<std::string> may_lack) : source_(source) {
  for (const std::string& name : may_lack) places_.emplace(name, places_.size());
  names_ = std::move(may_lack);
}

RowSource::Result JsonRows::Next(Row& row, RowProblem& problem) {
  if (!std::exchange(named_, true)) {
    ReadNames();
    if (!failure_.ok() || names_.empty() || (waiting_.empty() && at_end_)) return Result::kEnd;
    row = {.line = waiting_.front().number};
    for (const std::string& name : names_) row.cells.push_back({name, 0});
    if (names_.size() > kCellsMax) {
      problem = {row.line, 0, "", "TOO_MANY_CELLS",
                 absl::StrCat("the first lines name more than ", kCellsMax, " columns")};
      return Result::kMalformed;
    }
    return Result::kRow;
  }
  Line line;
  if (!NextLine(line)) return Result::kEnd;
  return TakeLine(line, row, problem) ? Result::kRow : Result::kMalformed;
}

void JsonRows::ReadNames() {
  size_t bytes = 0;
  Line line;
  while (waiting_.size() < kLinesOfNamesMax && bytes < kBytesOfNamesMax && ReadLine(line)) {
    bytes += line.text.size();
    if (!line.too_long) {
      const auto value = ParseLine(line.text);
      // What is wrong with a line is said where its row is read.
      if (value.ok() && value->kind == json::Value::Kind::kObject) {
        for (const json::Member& member : value->members) AddName(member.name);
      }
    }
    waiting_.push_back(std::move(line));
  }
}

void JsonRows::AddName(absl::string_view name) {
  if (names_.size() <= kCellsMax && places_.emplace(name, names_.size()).second) {
    names_.emplace_back(name);
  }
}

bool JsonRows::TakeLine(const Line& line, Row& row, RowProblem& problem) const {
  const auto refuse = [&](absl::string_view column, absl::string_view reason, std::string message) {
    problem = {line.number, column.empty() ? 0 : PositionOf(line.text, column), std::string(column),
               std::string(reason), std::move(message)};
    return false;
  };
  if (line.too_long) {
    return refuse("", "ROW_TOO_LONG",
                  absl::StrCat("the row has more than ", kRowBytesMax, " bytes"));
  }
  const auto value = ParseLine(line.text);
  if (!value.ok()) return refuse("", "MALFORMED_JSON", std::string(value.status().message()));
  if (value->kind != json::Value::Kind::kObject) {
    return refuse("", "MALFORMED_JSON", "the line is no JSON object");
  }
  row = {.line = line.number};
  row.cells.resize(names_.size());
  for (const json::Member& member : value->members) {
    const auto place = places_.find(member.name);
    std::optional<std::string> cell = CellOf(member.value);
    if (!cell.has_value()) {
      return refuse(
          member.name, "NESTED_VALUE",
          absl::StrCat("\"", member.name, "\" holds an object or a list: a cell is one value"));
    }
    // What came up later than the names were looked for is left alone.
    if (place == places_.end()) continue;
    row.cells[place->second] = {*std::move(cell), PositionOf(line.text, member.name)};
  }
  return true;
}

bool JsonRows::NextLine(Line& line) {
  if (waiting_.empty()) return ReadLine(line);
  line = std::move(waiting_.front());
  waiting_.pop_front();
  return true;
}

bool JsonRows::ReadLine(Line& line) {
  while (true) {
    line = {.number = lines_ + 1};
    bool any = false;
    bool ended = false;
    while (!ended) {
      if (next_ == piece_.size()) {
        if (at_end_ || !failure_.ok()) break;
        piece_.resize(kJsonPieceBytes);
        const auto taken = source_.Read(piece_.data(), piece_.size());
        if (!taken.ok()) failure_ = taken.status();
        piece_.resize(taken.value_or(0));
        next_ = 0;
        at_end_ = piece_.empty();
        continue;
      }
      any = true;
      const size_t end = piece_.find('\n', next_);
      ended = end != std::string::npos;
      const size_t length = (ended ? end : piece_.size()) - next_;
      line.too_long = line.too_long || line.text.size() + length > kRowBytesMax;
      if (!line.too_long) line.text.append(piece_, next_, length);
      next_ += length + (ended ? 1 : 0);
    }
    if (!any || !failure_.ok()) return false;
    if (++lines_ == 1 && absl::StartsWith(line.text, kByteOrderMark)) {
      line.text.erase(0, sizeof(kByteOrderMark) - 1);
    }
    if (line.too_long || !absl::StripAsciiWhitespace(line.text).empty()) return true;
  }
}

}  // namespace bellwether::imports
