#include "services/imports/application/mapping_preview.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "common/base/status.h"
#include "google/protobuf/util/json_util.h"
#include "services/imports/application/identity_ledger.h"
#include "services/imports/application/import_plan.h"
#include "services/imports/application/import_summary.h"

namespace bellwether::imports {
namespace {

using imports::v1::PreviewRecord;
using imports::v1::PreviewRow;

// By path and line.
using Previewed = std::map<std::pair<std::string, int64_t>, PreviewRow>;

// Files of the mapping that others look into.
std::set<std::string> LookedInto(const imports::v1::Mapping& spec) {
  std::set<std::string> files;
  const auto look = [&](const auto& columns) {
    for (const imports::v1::Column& column : columns) {
      files.insert(column.references().substr(0, column.references().find('.')));
      files.insert(column.look_up().table());
    }
  };
  for (const imports::v1::SourceFile& file : spec.files()) {
    look(file.columns());
    look(file.group().columns());
  }
  return files;
}

// Notes the first rows that pass, and ends the table early.
class HeadRows : public RowSource {
 public:
  struct Limits {
    int64_t unnamed = 0;  // rows before those of the table: its header
    int64_t noted = 0;
    int64_t read = 0;
  };

  HeadRows(RowSource& rows, std::string path, const Limits& limits, Previewed& previewed)
      : rows_(rows), path_(std::move(path)), limits_(limits), previewed_(previewed) {}

  Result Next(Row& row, RowProblem& problem) override {
    const int64_t at = next_++ - limits_.unnamed;
    if (at >= limits_.read) return Result::kEnd;
    const Result result = rows_.Next(row, problem);
    if (at < 0 || at >= limits_.noted || result == Result::kEnd) return result;
    const bool whole = result == Result::kRow;
    if (whole && std::all_of(row.cells.begin(), row.cells.end(),
                             [](const Cell& cell) { return cell.text.empty(); })) {
      return result;
    }
    const int64_t line = whole ? row.line : problem.line;
    PreviewRow& noted = previewed_[{path_, line}];
    noted.set_path(path_);
    noted.set_line(line);
    noted.set_state(imports::v1::PREVIEW_STATE_NOTHING);
    noted.clear_cells();
    if (!whole) return result;
    for (const Cell& cell : row.cells) noted.add_cells(cell.text);
    return result;
  }
  void GiveUpRow() override { rows_.GiveUpRow(); }
  absl::Status status() const override { return rows_.status(); }
  bool ragged() const override { return rows_.ragged(); }

 private:
  RowSource& rows_;
  const std::string path_;
  const Limits limits_;
  Previewed& previewed_;
  int64_t next_ = 0;
};

class HeadTables : public Tables {
 public:
  HeadTables(const Tables& tables, std::set<std::string> looked_into, int rows,
             Previewed& previewed)
      : tables_(tables), looked_into_(std::move(looked_into)), rows_(rows), previewed_(previewed) {}

  absl::StatusOr<std::vector<std::string>> PathsOf(const CompiledFile& file) const override {
    return tables_.PathsOf(file);
  }
  absl::StatusOr<std::unique_ptr<OpenedTable>> Open(const CompiledFile& file,
                                                    const std::string& path) const override {
    ASSIGN_OR_RETURN(std::unique_ptr<OpenedTable> table, tables_.Open(file, path));
    HeadRows::Limits limits{.unnamed = file.spec->skip_rows() + (file.spec->header() ? 1 : 0),
                            .noted = file.records.empty() ? 0 : rows_,
                            .read = rows_};
    if (looked_into_.contains(file.spec->file_id())) limits.read = kPreviewLookUpRowsMax;
    return std::make_unique<OpenedHead>(std::move(table), path, limits, previewed_);
  }

 private:
  class OpenedHead : public OpenedTable {
   public:
    OpenedHead(std::unique_ptr<OpenedTable> table, const std::string& path,
               const HeadRows::Limits& limits, Previewed& previewed)
        : table_(std::move(table)), rows_(table_->rows(), path, limits, previewed) {}
    RowSource& rows() override { return rows_; }
    std::string encoding() const override { return table_->encoding(); }

   private:
    const std::unique_ptr<OpenedTable> table_;
    HeadRows rows_;
  };

  const Tables& tables_;
  const std::set<std::string> looked_into_;
  const int rows_;
  Previewed& previewed_;
};

absl::Status SetJson(const google::protobuf::Message& message, PreviewRecord& record) {
  const auto status = google::protobuf::util::MessageToJsonString(message, record.mutable_json());
  if (status.ok()) return absl::OkStatus();
  return absl::InternalError("a record of the preview has no JSON form");
}

// Puts what a plan makes of the rows at their places.
class Records {
 public:
  Records(ImportPlan& plan, Previewed& previewed) : plan_(plan), previewed_(previewed) {}

  absl::Status AddAll() {
    RETURN_IF_ERROR(AddEach<accounts::v1::CreateAccountRequest>(
        plan_.accounts, [](const auto& request, PreviewRecord& record) {
          record.set_kind(imports::v1::RECORD_KIND_ACCOUNT);
          record.set_id(request.account_id());
          return SetJson(request.account(), record);
        }));
    RETURN_IF_ERROR(AddEach<opportunities::v1::CreateOpportunityRequest>(
        plan_.opportunities, [](const auto& request, PreviewRecord& record) {
          record.set_kind(imports::v1::RECORD_KIND_OPPORTUNITY);
          record.set_id(request.opportunity_id());
          return SetJson(request.opportunity(), record);
        }));
    return AddEach<events::v1::FactEvent>(
        plan_.facts, [](const events::v1::FactEvent& event, PreviewRecord& record) {
          record.set_kind(imports::v1::RECORD_KIND_FACT);
          record.set_id(event.id());
          record.set_account_id(event.account_id());
          std::vector<const google::protobuf::FieldDescriptor*> kinds;
          event.fact().GetReflection()->ListFields(event.fact(), &kinds);
          if (!kinds.empty()) record.set_fact_kind(kinds.front()->name());
          return SetJson(event, record);
        });
  }

 private:
  template <typename Request, typename Planned, typename Fill>
  absl::Status AddEach(Planned& planned, Fill fill) {
    planned.Rewind();
    Request request;
    RowPlace place;
    while (planned.Next(request, &place)) {
      const std::string& path = plan_.rows.files()[static_cast<size_t>(place.file)].path;
      const auto row = previewed_.find({path, place.line});
      if (row == previewed_.end()) continue;
      row->second.set_state(imports::v1::PREVIEW_STATE_MADE);
      RETURN_IF_ERROR(fill(request, *row->second.add_records()));
    }
    return planned.status();
  }

  ImportPlan& plan_;
  Previewed& previewed_;
};

}  // namespace

absl::StatusOr<std::vector<PreviewRow>> Preview(const CompiledMapping& mapping,
                                                const Tables& tables,
                                                const PreviewOptions& options) {
  Previewed previewed;
  NoLedger ledger;
  ASSIGN_OR_RETURN(
      ImportPlan plan,
      BuildPlan(mapping, HeadTables(tables, LookedInto(*mapping.spec), options.rows, previewed),
                {.now = options.now, .ledger = &ledger}));
  RETURN_IF_ERROR(Records(plan, previewed).AddAll());
  for (const PlanProblem& at : plan.rows.Problems()) {
    const auto row = previewed.find({at.path, at.problem.line});
    if (row == previewed.end()) continue;
    row->second.set_state(imports::v1::PREVIEW_STATE_REFUSED);
    *row->second.add_problems() = RowProblemOf(at);
  }
  // In the order of the mapping's files.
  std::vector<PreviewRow> rows;
  absl::flat_hash_set<std::string> shown;
  for (const FileCount& file : plan.rows.files()) {
    if (!shown.insert(file.path).second) continue;
    for (auto row = previewed.lower_bound({file.path, 0});
         row != previewed.end() && row->first.first == file.path; ++row) {
      rows.push_back(std::move(row->second));
    }
  }
  return rows;
}

}  // namespace bellwether::imports
