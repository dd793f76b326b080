#include "services/imports/application/import_plan.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/decimal/decimal.h"
#include "services/imports/domain/row_identity.h"

namespace bellwether::imports {
namespace {

using imports::v1::Column;
using imports::v1::Record;
using imports::v1::RecordKind;

constexpr char kCellSeparator = '\x1f';

// A fault of one row, before its place is known.
struct Fault {
  int column = -1;
  std::string reason;
  std::string message;
};

Fault FaultOf(const absl::Status& status, int column) {
  const auto detail = DetailOf(status);
  return {column, detail.has_value() ? detail->reason : "INVALID", std::string(status.message())};
}

class PlanBuilder {
 public:
  PlanBuilder(const CompiledMapping& mapping, ImportPlan& plan) : mapping_(mapping), plan_(plan) {
    for (const CompiledFile& file : mapping.files) {
      for (const CompiledColumn& column : file.columns) {
        if (column.reference_file >= 0) {
          referenced_[{column.reference_file, column.reference_column}];
        }
      }
    }
  }

  absl::Status AddFile(int file_index, absl::string_view text) {
    file_index_ = file_index;
    file_ = &mapping_.files[file_index];
    names_ = OccurrenceNames();
    keys_.clear();
    plan_.files.push_back({file_->spec->path()});
    RowReader reader(text, file_->format);
    std::vector<int> places(file_->columns.size(), -1);
    size_t cells = 0;
    Row row;
    RowProblem problem;
    if (file_->spec->header()) {
      const auto header = reader.Next(row, problem);
      if (header != RowReader::Result::kRow) {
        return FailedPrecondition("MISSING_HEADER", file_->spec->path(),
                                  absl::StrCat(file_->spec->path(), ": no header row"));
      }
      RETURN_IF_ERROR(PlaceByHeader(row, places));
      cells = row.cells.size();
    } else {
      int next = 0;
      for (size_t i = 0; i < places.size(); ++i) {
        if (file_->columns[i].from < 0) places[i] = next++;
      }
      cells = next;
    }
    while (true) {
      const auto result = reader.Next(row, problem);
      if (result == RowReader::Result::kEnd) return absl::OkStatus();
      if (++plan_.files.back().rows > kRowsMax) {
        return Error(absl::StatusCode::kResourceExhausted,
                     {"TOO_MANY_ROWS", file_->spec->path(), ""},
                     absl::StrCat("an import takes at most ", kRowsMax, " rows of a file"));
      }
      if (result == RowReader::Result::kMalformed) {
        Refuse(problem);
      } else if (row.cells.size() != cells) {
        Refuse({row.line, 0, "", "WRONG_CELL_COUNT",
                absl::StrCat("the row has ", row.cells.size(), " cells, not ", cells)});
      } else {
        AddRow(row, places);
      }
    }
  }

 private:
  absl::Status PlaceByHeader(const Row& header, std::vector<int>& places) {
    for (size_t i = 0; i < places.size(); ++i) {
      if (file_->columns[i].from >= 0) continue;
      const std::string& name = file_->columns[i].spec->name();
      for (size_t c = 0; c < header.cells.size(); ++c) {
        if (absl::StripAsciiWhitespace(header.cells[c].text) == name)
          places[i] = static_cast<int>(c);
      }
      if (places[i] < 0) {
        return FailedPrecondition(
            "MISSING_COLUMN", name,
            absl::StrCat(file_->spec->path(), ": the header has no column \"", name, "\""));
      }
    }
    return absl::OkStatus();
  }

  void Refuse(RowProblem problem) {
    ++plan_.files.back().refused;
    ++plan_.problem_count;
    if (plan_.problems.size() < kProblemsKeptMax) {
      plan_.problems.push_back({file_->spec->path(), std::move(problem)});
    }
  }

  void AddRow(const Row& row, const std::vector<int>& places) {
    std::vector<CellValue> cells(file_->columns.size());
    std::vector<std::string> aliases;
    std::optional<Fault> fault;
    for (size_t i = 0; i < cells.size() && !fault.has_value(); ++i) {
      fault = ReadCell(row, static_cast<int>(i), places[i], cells, aliases);
    }
    std::string identity;
    if (!fault.has_value()) fault = Identify(row, cells, identity);
    std::vector<std::function<void()>> commits;
    for (size_t i = 0; i < file_->records.size() && !fault.has_value(); ++i) {
      fault = AddRecord(file_->records[i], identity, static_cast<int>(i), cells, commits);
    }
    if (fault.has_value()) {
      RowProblem problem{row.line, 0, "", fault->reason, fault->message};
      if (fault->column >= 0) {
        problem.column = file_->columns[fault->column].spec->name();
        int place = places[fault->column];
        for (int c = fault->column; place < 0; place = places[c]) c = file_->columns[c].from;
        problem.position = row.cells[place].position;
      }
      return Refuse(std::move(problem));
    }
    // Only a row that is right as a whole leaves anything behind.
    for (const auto& commit : commits) commit();
    for (const std::string& alias : aliases) ++plan_.aliases_used[alias];
    for (size_t i = 0; i < cells.size(); ++i) {
      const auto referenced = referenced_.find({file_index_, static_cast<int>(i)});
      if (referenced != referenced_.end()) referenced->second.insert(cells[i].text);
    }
  }

  std::optional<Fault> ReadCell(const Row& row, int index, int place, std::vector<CellValue>& cells,
                                std::vector<std::string>& aliases) {
    const CompiledColumn& column = file_->columns[index];
    const Column& spec = *column.spec;
    CellValue& cell = cells[index];
    cell.text = column.from >= 0 ? cells[column.from].text
                                 : std::string(absl::StripAsciiWhitespace(row.cells[place].text));
    if (const auto alias = spec.aliases().find(cell.text); alias != spec.aliases().end()) {
      aliases.push_back(
          absl::StrCat(spec.name(), ": \"", alias->first, "\" read as \"", alias->second, "\""));
      cell.text = alias->second;
    }
    if (cell.text.empty()) {
      if (spec.required()) return Fault{index, "MISSING_VALUE", "the cell is empty"};
      return std::nullopt;
    }
    if (!spec.translate().empty()) {
      const auto meaning = spec.translate().find(cell.text);
      if (meaning == spec.translate().end()) {
        return Fault{index, "NOT_IN_VOCABULARY",
                     absl::StrCat("\"", cell.text, "\" is not in the mapping's vocabulary")};
      }
      cell.text = meaning->second;
    }
    if (column.reference_file >= 0 &&
        !referenced_[{column.reference_file, column.reference_column}].contains(cell.text)) {
      return Fault{index, "UNKNOWN_REFERENCE",
                   absl::StrCat("\"", cell.text, "\" is not in ", spec.references())};
    }
    cell.value = cell.text;
    if (spec.kind() == imports::v1::COLUMN_KIND_NUMBER) {
      const auto number = ParseDecimal(cell.text, spec.scale());
      if (!number.ok()) return FaultOf(number.status(), index);
      cell.value = *number;
    } else if (spec.kind() == imports::v1::COLUMN_KIND_TIME) {
      const auto time = ParseCellTime(mapping_, spec, cell.text);
      if (!time.ok()) return FaultOf(time.status(), index);
      cell.value = *time;
    }
    return std::nullopt;
  }

  // The row's identity within its file: its key, or its content and occurrence.
  std::optional<Fault> Identify(const Row& row, const std::vector<CellValue>& cells,
                                std::string& identity) {
    std::string content;
    if (file_->key_columns.empty()) {
      for (const Cell& cell : row.cells) absl::StrAppend(&content, cell.text, "\x1f");
      identity = names_.NameOf(content);
      return std::nullopt;
    }
    for (const int key : file_->key_columns) {
      if (!content.empty()) content.push_back(kCellSeparator);
      absl::StrAppend(&content, cells[key].text);
    }
    if (!keys_.insert(content).second) {
      return Fault{file_->key_columns[0], "DUPLICATE_KEY", "a row before has the same key"};
    }
    identity = IsValidId(content) ? content : ContentHash(content);
    return std::nullopt;
  }

  static bool Holds(const CompiledRecord& record, const std::vector<CellValue>& cells) {
    return absl::c_all_of(record.when, [&](const CompiledCondition& condition) {
      const std::string& text = cells[condition.column].text;
      return condition.spec->one_of().empty()
                 ? !text.empty()
                 : absl::c_linear_search(condition.spec->one_of(), text);
    });
  }

  std::optional<Fault> AddRecord(const CompiledRecord& record, const std::string& identity,
                                 int record_index, const std::vector<CellValue>& cells,
                                 std::vector<std::function<void()>>& commits) {
    if (!Holds(record, cells)) return std::nullopt;
    const RecordKind kind = record.spec->kind();
    std::string id = record.id.Text(cells);
    if (kind == imports::v1::RECORD_KIND_FACT) {
      if (id.empty()) id = absl::StrCat(file_->spec->file_id(), "-", identity, "-", record_index);
      return AddFact(record, id, cells, commits);
    }
    if (!IsValidId(id)) {
      return Fault{-1, "BAD_ID", absl::StrCat("\"", id, "\" cannot be an id")};
    }
    // Two names that make the same id would become one thing without a word.
    const std::string raw = record.id.Text(cells, /*raw=*/true);
    const auto named = named_ids_.find({kind, id});
    if (named != named_ids_.end()) {
      if (named->second != raw) {
        return Fault{-1, "ID_COLLISION",
                     absl::StrCat("\"", raw, "\" and \"", named->second, "\" both make id ", id)};
      }
      if (record.spec->first_of_id()) return std::nullopt;
      return Fault{-1, "DUPLICATE_ID", absl::StrCat("a row before made id ", id)};
    }
    commits.push_back([this, kind, id, raw] { named_ids_.emplace(std::make_pair(kind, id), raw); });
    const std::string request_id = ContentHash(absl::StrCat(
        mapping_.spec->mapping_id(), "\x1f", file_->spec->file_id(), "\x1f", kind, "\x1f", id));
    if (kind == imports::v1::RECORD_KIND_ACCOUNT) {
      accounts::v1::CreateAccountRequest request;
      request.set_account_id(id);
      request.set_request_id(request_id);
      if (auto fault = SetAll(record, cells, *request.mutable_account())) return fault;
      commits.push_back([this, request] { plan_.accounts.push_back(request); });
    } else {
      opportunities::v1::CreateOpportunityRequest request;
      request.set_opportunity_id(id);
      request.set_request_id(request_id);
      if (auto fault = SetAll(record, cells, *request.mutable_opportunity())) return fault;
      commits.push_back([this, request] { plan_.opportunities.push_back(request); });
    }
    return std::nullopt;
  }

  std::optional<Fault> AddFact(const CompiledRecord& record, const std::string& id,
                               const std::vector<CellValue>& cells,
                               std::vector<std::function<void()>>& commits) {
    events::v1::FactEvent event;
    event.set_id(id);
    event.set_source(mapping_.spec->source());
    event.set_account_id(record.account_id.Text(cells));
    if (!IsValidId(event.account_id())) {
      return Fault{-1, "BAD_ID", absl::StrCat("\"", event.account_id(), "\" cannot be an account")};
    }
    const CellValue& time = cells[record.time_column];
    if (time.text.empty())
      return Fault{record.time_column, "MISSING_VALUE", "the fact has no time"};
    SetTime(*event.mutable_time(), std::get<absl::Time>(time.value));
    if (auto fault = SetAll(record, cells, *event.mutable_fact())) return fault;
    commits.push_back([this, event] { plan_.facts.push_back(event); });
    return std::nullopt;
  }

  std::optional<Fault> SetAll(const CompiledRecord& record, const std::vector<CellValue>& cells,
                              google::protobuf::Message& message) {
    for (const auto& [path, text] : record.set) {
      const std::optional<FieldValue> value = text.Value(cells);
      if (!value.has_value()) continue;
      const absl::Status status = SetField(message, path, *value);
      if (!status.ok()) return FaultOf(status, -1);
    }
    return std::nullopt;
  }

  const CompiledMapping& mapping_;
  ImportPlan& plan_;
  // Values of the columns other files refer to, by (file, column).
  std::map<std::pair<int, int>, absl::flat_hash_set<std::string>> referenced_;
  // The name each id was made from.
  absl::flat_hash_map<std::pair<RecordKind, std::string>, std::string> named_ids_;

  // Of the file being read.
  int file_index_ = 0;
  const CompiledFile* file_ = nullptr;
  OccurrenceNames names_;
  absl::flat_hash_set<std::string> keys_;
};

// Subsidiaries after their parents: a parent must exist when it is named. What names a parent
// outside the plan, or stands in a cycle, keeps its place at the end and is the server's to judge.
void PutParentsFirst(std::vector<accounts::v1::CreateAccountRequest>& requests) {
  absl::flat_hash_set<std::string> waiting;
  for (const auto& request : requests)
    waiting.insert(absl::StrCat("accounts/", request.account_id()));
  std::vector<accounts::v1::CreateAccountRequest> ordered;
  while (!requests.empty()) {
    std::vector<accounts::v1::CreateAccountRequest> later;
    std::vector<std::string> placed;
    for (auto& request : requests) {
      if (waiting.contains(request.account().parent())) {
        later.push_back(std::move(request));
        continue;
      }
      placed.push_back(absl::StrCat("accounts/", request.account_id()));
      ordered.push_back(std::move(request));
    }
    for (const std::string& name : placed) waiting.erase(name);
    requests = std::move(later);
    if (placed.empty()) break;
  }
  absl::c_move(requests, std::back_inserter(ordered));
  requests = std::move(ordered);
}

void NoteTimes(google::protobuf::Message& message, absl::Time& last) {
  ForEachTimestamp(message, [&](google::protobuf::Message& timestamp) {
    last = std::max(last, ToTime(timestamp));
  });
}

}  // namespace

absl::StatusOr<ImportPlan> BuildPlan(const CompiledMapping& mapping,
                                     const std::map<std::string, std::string>& contents) {
  ImportPlan plan;
  PlanBuilder builder(mapping, plan);
  for (size_t i = 0; i < mapping.files.size(); ++i) {
    const auto& spec = *mapping.files[i].spec;
    const auto text = contents.find(spec.file_id());
    if (text == contents.end()) {
      return Error(absl::StatusCode::kNotFound, {"FILE_NOT_FOUND", spec.path(), ""},
                   absl::StrCat("no file ", spec.path()));
    }
    RETURN_IF_ERROR(builder.AddFile(static_cast<int>(i), text->second));
  }
  PutParentsFirst(plan.accounts);
  absl::c_stable_sort(
      plan.facts, [](const auto& a, const auto& b) { return ToTime(a.time()) < ToTime(b.time()); });
  for (auto& request : plan.accounts) NoteTimes(request, plan.last_time);
  for (auto& request : plan.opportunities) NoteTimes(request, plan.last_time);
  for (auto& event : plan.facts) NoteTimes(event, plan.last_time);
  return plan;
}

void ShiftDays(ImportPlan& plan, int64_t days) {
  const auto shift = [&](google::protobuf::Message& timestamp) {
    SetTime(timestamp, ToTime(timestamp) + absl::Hours(24 * days));
  };
  for (auto& request : plan.accounts) ForEachTimestamp(request, shift);
  for (auto& request : plan.opportunities) ForEachTimestamp(request, shift);
  for (auto& event : plan.facts) ForEachTimestamp(event, shift);
  plan.last_time += absl::Hours(24 * days);
}

int64_t DaysToNow(const ImportPlan& plan, absl::Time now) {
  if (plan.last_time == absl::InfinitePast()) return 0;
  return absl::Floor(now - plan.last_time, absl::Hours(24)) / absl::Hours(24);
}

}  // namespace bellwether::imports
