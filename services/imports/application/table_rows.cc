#include "services/imports/application/table_rows.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "services/imports/application/row_values.h"
#include "services/imports/domain/cell_text.h"
#include "services/imports/domain/row_identity.h"

namespace bellwether::imports {
namespace {

constexpr size_t kHashBytes = 16;
constexpr size_t kColumnsNamedMax = 20;

std::string RawHash(absl::string_view text) {
  std::string hash;
  AppendSortable(static_cast<int64_t>(Fingerprint64(text, 0)), hash);
  AppendSortable(static_cast<int64_t>(Fingerprint64(text, 1)), hash);
  return hash;
}

void FillUp(Row& row, size_t cells) {
  while (row.cells.size() < cells) {
    row.cells.push_back({"", static_cast<int64_t>(row.cells.size()) + 1});
  }
}

bool IsBlank(const Row& row) {
  return std::all_of(row.cells.begin(), row.cells.end(),
                     [](const Cell& cell) { return Clean(cell.text).text.empty(); });
}

}  // namespace

absl::Status TableRows::Read(const Tables& tables) {
  ASSIGN_OR_RETURN(const std::vector<std::string> paths, tables.PathsOf(file_));
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(const std::unique_ptr<OpenedTable> table, tables.Open(file_, path));
    count_ = accounts_.AddFile(path);
    accounts_.file(count_).encoding = table->encoding();
    RETURN_IF_ERROR(ReadTable(*table, path));
  }
  return spill_.Sort();
}

absl::Status TableRows::ReadTable(OpenedTable& table, const std::string& path) {
  RowSource& rows = table.rows();
  Row row;
  RowProblem problem;
  for (int skipped = 0; skipped < file_.spec->skip_rows(); ++skipped) rows.Next(row, problem);
  places_.assign(file_.columns.size(), -1);
  size_t cells = 0;
  if (file_.spec->header()) {
    const auto header = rows.Next(row, problem);
    RETURN_IF_ERROR(rows.status());
    if (header == RowSource::Result::kMalformed) {
      return FailedPrecondition(
          problem.reason, path,
          absl::StrCat(path, ":", problem.line, ": the header cannot be read: ", problem.message));
    }
    if (header == RowSource::Result::kEnd) {
      return FailedPrecondition("MISSING_HEADER", path, absl::StrCat(path, ": no header row"));
    }
    RETURN_IF_ERROR(PlaceByHeader(row, path));
    cells = row.cells.size();
  } else {
    int next = 0;
    for (size_t i = 0; i < places_.size(); ++i) {
      if (file_.columns[i].of_file()) places_[i] = next++;
    }
    cells = static_cast<size_t>(next);
  }
  while (true) {
    const auto result = rows.Next(row, problem);
    if (result == RowSource::Result::kEnd) return rows.status();
    if (result == RowSource::Result::kRow && IsBlank(row)) {
      ++accounts_.file(count_).blank;
      continue;
    }
    if (rows.ragged()) FillUp(row, cells);
    ++accounts_.file(count_).rows;
    if (++rows_ > kRowsMax) {
      return Error(absl::StatusCode::kResourceExhausted, {"TOO_MANY_ROWS", path, ""},
                   absl::StrCat("an import takes at most ", kRowsMax, " rows of a file"));
    }
    if (result == RowSource::Result::kMalformed) {
      accounts_.Refuse(count_, problem);
    } else if (row.cells.size() != cells) {
      // A quote that is not closed, more likely than cells with line ends in a row that is too
      // short: the lines it swallowed are rows.
      const bool many_lines = row.line_count > 1;
      if (many_lines) rows.GiveUpRow();
      accounts_.Refuse(count_,
                       {row.line, 0, "", "WRONG_CELL_COUNT",
                        absl::StrCat("the row has ", row.cells.size(), " cells, not ", cells,
                                     many_lines ? "; a quote may not be closed" : "")});
    } else {
      RETURN_IF_ERROR(TakeRow(row));
    }
  }
}

absl::Status TableRows::PlaceByHeader(const Row& header, const std::string& path) {
  std::vector<std::string> names;
  for (const Cell& cell : header.cells) names.push_back(Clean(cell.text).text);
  for (size_t i = 0; i < places_.size(); ++i) {
    if (!file_.columns[i].of_file()) continue;
    const std::string& name = file_.columns[i].name();
    for (size_t c = 0; c < names.size(); ++c) {
      if (names[c] != name) continue;
      if (places_[i] >= 0) {
        return FailedPrecondition(
            "COLUMN_TWICE", name,
            absl::StrCat(path, ":", header.line, ":", header.cells[c].position,
                         ": the header names column \"", name, "\" twice: which one is meant?"));
      }
      places_[i] = static_cast<int>(c);
    }
    if (places_[i] >= 0) continue;
    const size_t shown = std::min(names.size(), kColumnsNamedMax);
    std::string hint =
        absl::StrCat("; it has: ", absl::StrJoin(names.begin(), names.begin() + shown, ", "),
                     shown < names.size() ? ", …" : "");
    if (names.size() == 1 && names[0].find_first_of(",;\t|") != std::string::npos) {
      absl::StrAppend(&hint, " (one cell: delimiter says what parts cells, or \"auto\")");
    }
    return FailedPrecondition(
        "MISSING_COLUMN", name,
        absl::StrCat(path, ": the header has no column \"", name, "\"", hint));
  }
  return absl::OkStatus();
}

absl::Status TableRows::TakeRow(const Row& row) {
  CellNotes notes;
  const std::optional<Fault> fault = ReadCells(row, notes);
  if (fault.has_value()) {
    Refuse(row, *fault);
    // The rest of its group would say less than the table does.
    return file_.grouped() ? Keep(row, /*refused=*/true) : absl::OkStatus();
  }
  NoteReading(notes);
  AddSums();
  if (const Condition* failing = FirstFailing(file_.when, values_)) {
    accounts_.Skip({count_, row.line}, failing->label());
    return absl::OkStatus();
  }
  return Keep(row, /*refused=*/false);
}

std::optional<TableRows::Fault> TableRows::ReadCells(const Row& row, CellNotes& notes) {
  const std::vector<CellFault> faults = ReadRowValues(
      file_, [&](int index) -> absl::string_view { return row.cells[places_[index]].text; },
      look_ups_, values_, &written_, notes);
  if (faults.empty()) return std::nullopt;
  const CellFault& first = faults.front();
  const auto detail = DetailOf(first.status);
  return Fault{first.column, detail.has_value() ? detail->reason : "INVALID",
               std::string(first.status.message())};
}

void TableRows::Refuse(const Row& row, const Fault& fault) {
  RowProblem problem{row.line, 0, "", fault.reason, fault.message};
  if (fault.column >= 0) {
    problem.column = file_.columns[fault.column].name();
    int origin = fault.column;
    while (origin >= 0 && places_[origin] < 0) origin = file_.columns[origin].from();
    if (origin >= 0) problem.position = row.cells[places_[origin]].position;
  }
  accounts_.Refuse(count_, problem);
}

void TableRows::NoteReading(const CellNotes& notes) {
  for (const std::string& alias : notes.aliases) ++notes_.aliases_used[alias];
  const std::string& path = accounts_.file(count_).path;
  for (const int column : notes.cleaned) ++notes_.cleaned[{path, file_.columns[column].name()}];
  for (const int column : notes.repeated_times) {
    ++notes_.repeated_times[{path, file_.columns[column].name()}];
  }
}

void TableRows::AddSums() {
  for (size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].kind != Value::Kind::kNumber) continue;
    accounts_.AddToSum(count_, file_.columns[i].name(), file_.columns[i].CurrencyOf(values_),
                       values_[i].number);
  }
}

absl::Status TableRows::Keep(const Row& row, bool refused) {
  std::string all;
  for (size_t i = 0; i < written_.size(); ++i) {
    if (file_.columns[i].of_file())
      absl::StrAppend(&all, file_.columns[i].name(), "=", written_[i], "\x1f");
  }
  std::string identity;
  if (file_.grouped()) {
    for (const int column : file_.group_by) {
      // A group whose key cannot be read is not known.
      if (refused && values_[column].empty() && !written_[column].empty()) return absl::OkStatus();
      absl::StrAppend(&identity, values_[column].Text(), "\x1f");
    }
  } else if (!file_.key_columns.empty()) {
    for (const int column : file_.key_columns) absl::StrAppend(&identity, written_[column], "\x1f");
  } else {
    for (const int column : file_.identity_columns) {
      absl::StrAppend(&identity, file_.columns[column].name(), "=", written_[column], "\x1f");
    }
  }
  std::string key = RawHash(identity);
  AppendSortable(count_, key);
  AppendSortable(row.line, key);
  std::string bytes;
  bytes.push_back(refused ? 1 : 0);
  AppendText(RawHash(all), bytes);
  for (const int place : places_) AppendInteger(place < 0 ? 0 : row.cells[place].position, bytes);
  for (const Value& value : values_) AppendValue(value, bytes);
  return spill_.Add(key, bytes);
}

bool TableRows::NextWaiting(Waiting& waiting) {
  absl::string_view key;
  absl::string_view bytes;
  if (!spill_.Next(key, bytes)) return false;
  const auto integer = [](absl::string_view sortable) {
    uint64_t value = 0;
    for (const char c : sortable) value = value << 8 | static_cast<unsigned char>(c);
    return static_cast<int64_t>(value ^ (uint64_t{1} << 63));
  };
  waiting.identity = std::string(key.substr(0, kHashBytes));
  waiting.place = {static_cast<int>(integer(key.substr(kHashBytes, 8))),
                   integer(key.substr(kHashBytes + 8, 8))};
  waiting.refused = bytes.front() != 0;
  bytes.remove_prefix(1);
  waiting.content = std::string(TakeText(bytes));
  waiting.positions.clear();
  for (size_t i = 0; i < file_.columns.size(); ++i) waiting.positions.push_back(TakeInteger(bytes));
  waiting.values.clear();
  for (size_t i = 0; i < file_.columns.size(); ++i) waiting.values.push_back(TakeValue(bytes));
  return true;
}

absl::Status TableRows::ForEach(absl::FunctionRef<absl::Status(const Thing&)> take) {
  RETURN_IF_ERROR(file_.grouped() ? ForEachGroup(take) : ForEachRow(take));
  return spill_.status();
}

// Rows of one identity stand one after another, in the order of tables and lines.
absl::Status TableRows::ForEachRow(absl::FunctionRef<absl::Status(const Thing&)> take) {
  const auto repeated = file_.spec->repeated_rows();
  const bool keyed = !file_.key_columns.empty();
  const bool last = repeated == imports::v1::REPEATED_ROWS_LAST;
  std::optional<Waiting> candidate;  // of `last`
  std::string identity;
  std::string content;
  int table = -1;
  int64_t occurrence = 0;
  int64_t taken = 0;  // of this identity
  Waiting row;
  while (NextWaiting(row)) {
    if (row.identity != identity) {
      if (candidate.has_value()) RETURN_IF_ERROR(take(ThingOf(*std::move(candidate), 0)));
      candidate.reset();
      identity = row.identity;
      content = row.content;
      table = -1;
      occurrence = taken = 0;
    }
    if (last) {
      if (candidate.has_value()) accounts_.Duplicate(candidate->place);
      candidate = std::move(row);
      continue;
    }
    if (keyed) {
      if (taken == 0) {
        ++taken;
        RETURN_IF_ERROR(take(ThingOf(std::move(row), 0)));
      } else if (row.content == content || repeated == imports::v1::REPEATED_ROWS_FIRST) {
        accounts_.Duplicate(row.place);
      } else {
        const int column = file_.key_columns[0];
        accounts_.Refuse(row.place.file, {row.place.line, row.positions[column],
                                          file_.columns[column].name(), "DUPLICATE_KEY",
                                          "a row before has the same key and says something else"});
      }
      continue;
    }
    // Equal rows of one table are separate things; in another table they are those of the first.
    if (row.place.file != table) occurrence = 0;
    table = row.place.file;
    if (++occurrence <= taken || (taken > 0 && repeated == imports::v1::REPEATED_ROWS_ONCE)) {
      accounts_.Duplicate(row.place);
      continue;
    }
    ++taken;
    RETURN_IF_ERROR(take(ThingOf(std::move(row), occurrence)));
  }
  if (candidate.has_value()) RETURN_IF_ERROR(take(ThingOf(*std::move(candidate), 0)));
  return absl::OkStatus();
}

Thing TableRows::ThingOf(Waiting waiting, int64_t occurrence) const {
  Thing thing{.values = std::move(waiting.values),
              .place = waiting.place,
              .positions = std::move(waiting.positions)};
  std::string hash;
  for (const char c : waiting.identity) {
    absl::StrAppend(&hash, absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
  }
  if (occurrence > 0) {
    thing.identity = absl::StrCat(hash, ".", occurrence);
    return thing;
  }
  std::string key;
  for (const int column : file_.key_columns) AppendKeyPart(thing.values[column].Text(), key);
  thing.identity = IsValidId(key) ? key : hash;
  return thing;
}

absl::Status TableRows::ForEachGroup(absl::FunctionRef<absl::Status(const Thing&)> take) {
  std::optional<Waiting> first;
  std::vector<Gathered> gathered;
  int64_t rows = 0;
  bool incomplete = false;
  std::optional<Fault> fault;
  const auto finish = [&]() -> absl::Status {
    if (!first.has_value()) return absl::OkStatus();
    if (fault.has_value() && rows > 0) {
      accounts_.Refuse(first->place.file,
                       {first->place.line, 0, file_.group_columns[fault->column].name(),
                        fault->reason, fault->message},
                       rows);
      return absl::OkStatus();
    }
    return FinishGroup(*first, rows, incomplete, gathered, take);
  };
  Waiting row;
  while (NextWaiting(row)) {
    if (!first.has_value() || row.identity != first->identity) {
      RETURN_IF_ERROR(finish());
      first = row;
      gathered.assign(file_.group_columns.size(), Gathered());
      rows = 0;
      incomplete = false;
      fault.reset();
    }
    if (row.refused) {
      incomplete = true;
      continue;
    }
    if (rows++ == 0 && first->refused) first = row;
    for (size_t i = 0; i < file_.group_columns.size(); ++i) {
      const Aggregate* aggregate = file_.group_columns[i].aggregate();
      if (aggregate == nullptr) continue;
      const absl::Status status = aggregate->Take(row.values, gathered[i]);
      if (!status.ok() && !fault.has_value()) {
        fault = Fault{static_cast<int>(i), DetailOf(status)->reason, std::string(status.message())};
      }
    }
  }
  return finish();
}

absl::Status TableRows::FinishGroup(const Waiting& first, int64_t rows, bool incomplete,
                                    std::vector<Gathered>& gathered,
                                    absl::FunctionRef<absl::Status(const Thing&)> take) {
  if (rows == 0) return absl::OkStatus();
  RowProblem problem{first.place.line, 0, "", "ROW_OF_GROUP_REFUSED",
                     "another row of the same group could not be read"};
  if (incomplete) {
    accounts_.Refuse(first.place.file, problem, rows);
    return absl::OkStatus();
  }
  Thing thing{.place = first.place, .rows = rows};
  std::string key;
  for (const int column : file_.group_by) {
    thing.values.push_back(first.values[column]);
    AppendKeyPart(first.values[column].Text(), key);
  }
  thing.identity = IsValidId(key) ? key : ContentHash(key);
  const size_t by = thing.values.size();
  thing.values.resize(by + file_.group_columns.size());
  CellNotes notes;
  for (size_t i = 0; i < file_.group_columns.size(); ++i) {
    const CompiledColumn& column = file_.group_columns[i];
    const int index = static_cast<int>(by + i);
    absl::StatusOr<Value> made = column.aggregate() != nullptr ? column.aggregate()->Of(gathered[i])
                                 : column.expression() != nullptr
                                     ? column.expression()->Evaluate(thing.values, look_ups_)
                                     : thing.values[column.from()];
    absl::Status status = made.status();
    if (made.ok()) {
      status = column.ReadValue(*made, index, thing.values, look_ups_, thing.values[index], notes);
    }
    if (status.ok()) continue;
    problem.column = column.name();
    problem.reason = DetailOf(status)->reason;
    problem.message = std::string(status.message());
    accounts_.Refuse(first.place.file, problem, rows);
    return absl::OkStatus();
  }
  for (const std::string& alias : notes.aliases) ++notes_.aliases_used[alias];
  return take(thing);
}

}  // namespace bellwether::imports
