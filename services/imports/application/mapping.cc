#include "services/imports/application/mapping.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "bellwether/events/v1/fact.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.pb.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "services/imports/domain/row_identity.h"
#include "services/imports/domain/time_style.h"

namespace bellwether::imports {
namespace {

using imports::v1::Column;
using imports::v1::Mapping;
using imports::v1::Record;
using imports::v1::SourceFile;

constexpr int kSkipRowsMax = 1'000;

const google::protobuf::Descriptor* TargetOf(imports::v1::RecordKind kind) {
  switch (kind) {
    case imports::v1::RECORD_KIND_ACCOUNT:
      return accounts::v1::Account::descriptor();
    case imports::v1::RECORD_KIND_OPPORTUNITY:
      return opportunities::v1::Opportunity::descriptor();
    case imports::v1::RECORD_KIND_FACT:
      return events::v1::Fact::descriptor();
    default:
      return nullptr;
  }
}

// Compiles a mapping and gathers every fault on the way.
class Compiler {
 public:
  Compiler(const Mapping& mapping, MappingFaults& faults) : faults_(faults) {
    compiled_.spec = std::make_shared<Mapping>(mapping);
  }

  CompiledMapping Run() {
    const Mapping& spec = *compiled_.spec;
    if (!IsValidId(spec.mapping_id())) faults_.Add("mapping_id", "must be an id");
    if (spec.source().empty()) faults_.Add("source", "must be given");
    if (!absl::LoadTimeZone(spec.time_zone(), &compiled_.zone)) {
      faults_.Add("time_zone", absl::StrCat("\"", spec.time_zone(), "\" is no known zone"));
    }
    if (!spec.time_of_day().empty() && !ParseTimeOfDay(spec.time_of_day()).ok()) {
      faults_.Add("time_of_day", "must be HH:MM");
    }
    if (spec.files().empty()) faults_.Add("files", "must not be empty");
    for (int i = 0; i < spec.files_size(); ++i)
      AddFile(spec.files(i), absl::StrCat("files[", i, "]"));
    return std::move(compiled_);
  }

 private:
  void AddFile(const SourceFile& spec, const std::string& field) {
    if (!IsValidId(spec.file_id()) || compiled_.tables.Find(spec.file_id()) >= 0) {
      faults_.Add(absl::StrCat(field, ".file_id"), "file_id must be an id of its own");
    }
    if (spec.path().empty() || absl::StrContains(spec.path(), "/")) {
      faults_.Add(absl::StrCat(field, ".path"), "path must be the name of a file");
    }
    CompiledFile file{.spec = &spec};
    SetFormat(spec, field, file);
    Scope whole(compiled_.zone);
    for (const Column& column : spec.columns()) whole.Add(column);
    Scope before(compiled_.zone);
    for (int i = 0; i < spec.columns_size(); ++i) {
      const std::string where = absl::StrCat(field, ".columns[", i, "]");
      file.columns.push_back(CompiledColumn::Compile(spec.columns(i), *compiled_.spec, before,
                                                     whole, compiled_.tables, where, faults_));
      if (file.columns.back().aggregate() != nullptr) {
        faults_.Add(where, "an aggregate is a column of a group");
      }
      before.Add(spec.columns(i));
    }
    OrderColumns(file);
    for (const std::string& key : spec.key_columns()) {
      file.key_columns.push_back(whole.Find(key));
      if (file.key_columns.back() < 0) {
        faults_.Add(absl::StrCat(field, ".key_columns"),
                    absl::StrCat("no key column \"", key, "\""));
      }
    }
    SetIdentity(spec, field, whole, file);
    for (int i = 0; i < spec.when_size(); ++i) {
      file.when.push_back(
          Condition::Compile(spec.when(i), whole, absl::StrCat(field, ".when[", i, "]"), faults_));
    }
    const Scope* rows = &whole;
    Scope groups(compiled_.zone);
    if (spec.has_group()) {
      CompileGroup(spec, absl::StrCat(field, ".group"), whole, groups, file);
      rows = &groups;
    }
    std::set<std::string> names;
    for (int i = 0; i < spec.records_size(); ++i) {
      const std::string where = absl::StrCat(field, ".records[", i, "]");
      file.records.push_back(CompileRecord(where, spec.records(i), *rows, file));
      if (spec.records(i).kind() == imports::v1::RECORD_KIND_FACT && spec.records(i).id().empty() &&
          !names.insert(file.records.back().name).second) {
        faults_.Add(where, absl::StrCat("another record of the file is called \"",
                                        file.records.back().name, "\": give it a name"));
      }
    }
    const auto key = spec.has_group() ? spec.group().by() : spec.key_columns();
    compiled_.tables.AddTable(spec.file_id(), *rows, {key.begin(), key.end()});
    compiled_.files.push_back(std::move(file));
  }

  void SetFormat(const SourceFile& spec, const std::string& field, CompiledFile& file) {
    if (spec.layout() == imports::v1::LAYOUT_UNSPECIFIED) {
      faults_.Add(absl::StrCat(field, ".layout"), "layout must be given");
    }
    if (spec.layout() == imports::v1::LAYOUT_JSON_LINES && !spec.header()) {
      faults_.Add(absl::StrCat(field, ".header"), "header must be true: lines name their columns");
    }
    file.format.layout = spec.layout() == imports::v1::LAYOUT_BLANK_SEPARATED
                             ? TextLayout::kBlankSeparated
                             : TextLayout::kDelimited;
    if (spec.delimiter() == "auto") {
      file.format.delimiter = kRecognisedDelimiter;
    } else if (spec.delimiter() == "tab") {
      file.format.delimiter = '\t';
    } else if (spec.delimiter().size() > 1 || spec.delimiter() == "\"") {
      faults_.Add(absl::StrCat(field, ".delimiter"),
                  "delimiter must be one character, no quote, or \"tab\" or \"auto\"");
    } else if (!spec.delimiter().empty()) {
      file.format.delimiter = spec.delimiter()[0];
    }
    if (spec.quote() == "none") {
      file.format.quote = '\0';
    } else if (spec.quote().size() > 1) {
      faults_.Add(absl::StrCat(field, ".quote"), "quote must be one character, or \"none\"");
    } else if (!spec.quote().empty()) {
      file.format.quote = spec.quote()[0];
    }
    if (spec.skip_rows() < 0 || spec.skip_rows() > kSkipRowsMax) {
      faults_.Add(absl::StrCat(field, ".skip_rows"), absl::StrCat("must be 0 to ", kSkipRowsMax));
    }
    if (!spec.sheet().empty() && spec.layout() != imports::v1::LAYOUT_XLSX) {
      faults_.Add(absl::StrCat(field, ".sheet"), "sheet is for layout xlsx");
    }
  }

  static void OrderColumns(CompiledFile& file) {
    const auto add = [&](auto wanted) {
      for (size_t i = 0; i < file.columns.size(); ++i) {
        if (wanted(file.columns[i])) file.order.push_back(static_cast<int>(i));
      }
    };
    const auto first = [](const CompiledColumn& column) {
      return column.of_file() && !column.needs_currency_column();
    };
    add(first);
    add([&](const CompiledColumn& column) { return !first(column); });
  }

  void SetIdentity(const SourceFile& spec, const std::string& field, const Scope& whole,
                   CompiledFile& file) {
    for (const std::string& name : spec.identity_columns()) {
      file.identity_columns.push_back(
          whole.Need(name, absl::StrCat(field, ".identity_columns"), faults_));
    }
    if (!spec.identity_columns().empty() && !spec.key_columns().empty()) {
      faults_.Add(absl::StrCat(field, ".identity_columns"),
                  "a row with key columns is identified by them");
    }
    if (file.identity_columns.empty()) {
      for (size_t i = 0; i < file.columns.size(); ++i) {
        if (file.columns[i].of_file()) file.identity_columns.push_back(static_cast<int>(i));
      }
    }
    absl::c_sort(file.identity_columns, [&](int a, int b) {
      return a >= 0 && b >= 0 && file.columns[a].name() < file.columns[b].name();
    });
    std::string shape;
    for (const int column : file.identity_columns) {
      if (column < 0) continue;
      const Column& part = file.columns[column].spec();
      absl::StrAppend(&shape, part.name(), "=", static_cast<int>(part.kind()), "\x1f");
    }
    file.identity_shape = ContentHash(shape);
    const auto repeated = spec.repeated_rows();
    const bool by_key =
        repeated == imports::v1::REPEATED_ROWS_FIRST || repeated == imports::v1::REPEATED_ROWS_LAST;
    if (by_key && spec.key_columns().empty()) {
      faults_.Add(absl::StrCat(field, ".repeated_rows"), "first and last are for key_columns");
    }
  }

  void CompileGroup(const SourceFile& spec, const std::string& field, const Scope& rows,
                    Scope& groups, CompiledFile& file) {
    if (!spec.key_columns().empty()) {
      faults_.Add(field, "the rows of a group are identified by what they say, not by key_columns");
    }
    if (spec.group().by().empty()) faults_.Add(absl::StrCat(field, ".by"), "must name columns");
    for (const std::string& name : spec.group().by()) {
      const int column = rows.Need(name, absl::StrCat(field, ".by"), faults_);
      file.group_by.push_back(column);
      Column unknown;
      unknown.set_name(name);
      groups.Add(column >= 0 ? file.columns[column].spec() : unknown);
    }
    Scope whole = groups;
    for (const Column& column : spec.group().columns()) whole.Add(column);
    for (int i = 0; i < spec.group().columns_size(); ++i) {
      const Column& column = spec.group().columns(i);
      const std::string where = absl::StrCat(field, ".columns[", i, "]");
      // An aggregate sees the rows, everything else the columns of the group before it.
      const bool of_rows = column.made_case() >= Column::kTotal;
      file.group_columns.push_back(CompiledColumn::Compile(column, *compiled_.spec, groups,
                                                           of_rows ? rows : whole, compiled_.tables,
                                                           where, faults_));
      if (file.group_columns.back().of_file()) {
        faults_.Add(where, "a column of a group is made of its rows or of its columns");
      }
      if (of_rows && file.group_columns.back().needs_currency_column()) {
        faults_.Add(where,
                    "the currency of an amount of a group is one of its columns: make the "
                    "amount by sum or from");
      }
      groups.Add(column);
    }
  }

  CompiledRecord CompileRecord(const std::string& where, const Record& spec, const Scope& rows,
                               const CompiledFile& file) {
    CompiledRecord record{.spec = &spec, .name = spec.name()};
    const google::protobuf::Descriptor* target = TargetOf(spec.kind());
    if (target == nullptr) {
      faults_.Add(absl::StrCat(where, ".kind"), "kind must be given");
      return record;
    }
    record.id = Template(absl::StrCat(where, ".id"), spec.id(), rows);
    record.account_id = Template(absl::StrCat(where, ".account_id"), spec.account_id(), rows);
    const bool fact = spec.kind() == imports::v1::RECORD_KIND_FACT;
    if (!fact && spec.id().empty()) faults_.Add(absl::StrCat(where, ".id"), "id must be given");
    if (fact == spec.account_id().empty()) {
      faults_.Add(absl::StrCat(where, ".account_id"), "account_id is for facts, and needed there");
    }
    if (spec.first_of_id() && spec.last_of_id()) {
      faults_.Add(where, "first_of_id and last_of_id cannot both hold");
    }
    if (fact && spec.id().empty() && (spec.first_of_id() || spec.last_of_id())) {
      faults_.Add(where, "first_of_id and last_of_id need an id");
    }
    if (fact) {
      record.time_column = rows.Find(spec.time_column());
      if (record.time_column < 0 ||
          rows.KindOf(record.time_column) != imports::v1::COLUMN_KIND_TIME) {
        faults_.Add(absl::StrCat(where, ".time_column"), "time_column must name a TIME column");
      }
    }
    for (int i = 0; i < spec.when_size(); ++i) {
      record.when.push_back(
          Condition::Compile(spec.when(i), rows, absl::StrCat(where, ".when[", i, "]"), faults_));
    }
    SetFields(where, spec, *target, rows, file, record);
    return record;
  }

  void SetFields(const std::string& where, const Record& spec,
                 const google::protobuf::Descriptor& target, const Scope& rows,
                 const CompiledFile& file, CompiledRecord& record) {
    // Null for a column of which a group was to be made, and which is not there.
    const auto column_at = [&](int index) -> const CompiledColumn* {
      const bool by = index < static_cast<int>(file.group_by.size());
      return by && file.group_by[static_cast<size_t>(index)] < 0 ? nullptr : &file.column_at(index);
    };
    record.set = CompileFields(spec, target, where, rows, column_at, faults_);
    if (spec.kind() != imports::v1::RECORD_KIND_FACT) return;
    std::set<std::string> kinds;
    for (const auto& [path, text] : spec.set()) kinds.insert(path.substr(0, path.find('.')));
    if (kinds.size() != 1) {
      faults_.Add(absl::StrCat(where, ".set"), "set must fill exactly one kind of fact");
    } else if (record.name.empty()) {
      record.name = *kinds.begin();
    }
  }

  TextTemplate Template(const std::string& field, absl::string_view text, const Scope& rows) {
    auto parsed = TextTemplate::Parse(text, rows);
    faults_.Take(field, parsed.status());
    return parsed.ok() ? *std::move(parsed) : TextTemplate();
  }

  CompiledMapping compiled_;
  MappingFaults& faults_;
};

}  // namespace

const CompiledColumn& CompiledFile::column_at(int index) const {
  if (!grouped()) return columns[static_cast<size_t>(index)];
  const auto by = static_cast<int>(group_by.size());
  return index < by ? columns[static_cast<size_t>(group_by[static_cast<size_t>(index)])]
                    : group_columns[static_cast<size_t>(index - by)];
}

CompiledMapping Compile(const Mapping& mapping, MappingFaults& faults) {
  return Compiler(mapping, faults).Run();
}

absl::StatusOr<CompiledMapping> Compile(const Mapping& mapping, const PlaceOfField& place_of) {
  MappingFaults faults;
  CompiledMapping compiled = Compile(mapping, faults);
  if (faults.all().empty()) return compiled;
  std::vector<std::string> lines;
  for (const auto& [field, message] : faults.all()) {
    const std::string place = place_of == nullptr ? "" : place_of(field);
    lines.push_back(absl::StrCat(place, place.empty() ? "" : ": ", field, ": ", message));
  }
  return InvalidArgument("BAD_MAPPING", faults.all().front().first, absl::StrJoin(lines, "\n"));
}

}  // namespace bellwether::imports
