#include "services/imports/application/mapping.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "bellwether/events/v1/fact.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.pb.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/decimal/decimal.h"
#include "services/imports/domain/row_identity.h"

namespace bellwether::imports {
namespace {

using imports::v1::Column;
using imports::v1::Mapping;
using imports::v1::Record;
using imports::v1::SourceFile;

constexpr absl::string_view kTimeOfDayDefault = "12:00";

// Index of `name`, or −1.
int IndexOf(absl::Span<const std::string> names, absl::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

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
  explicit Compiler(const Mapping& mapping) {
    auto spec = std::make_shared<Mapping>(mapping);
    compiled_.spec = std::move(spec);
  }

  absl::StatusOr<CompiledMapping> Run() {
    const Mapping& spec = *compiled_.spec;
    if (!IsValidId(spec.mapping_id())) Fault("mapping_id", "must be an id");
    if (spec.source().empty()) Fault("source", "must be given");
    if (!absl::LoadTimeZone(spec.time_zone(), &compiled_.zone)) {
      Fault("time_zone", absl::StrCat("\"", spec.time_zone(), "\" is no known zone"));
    }
    absl::Time time_of_day;
    std::string error;
    if (!spec.time_of_day().empty() &&
        !absl::ParseTime("%H:%M", spec.time_of_day(), &time_of_day, &error)) {
      Fault("time_of_day", "must be HH:MM");
    }
    if (spec.files().empty()) Fault("files", "must not be empty");
    for (const SourceFile& file : spec.files()) AddFile(file);
    if (!faults_.empty()) {
      return InvalidArgument("BAD_MAPPING", "", absl::StrJoin(faults_, "\n"));
    }
    return std::move(compiled_);
  }

 private:
  void Fault(absl::string_view where, absl::string_view what) {
    faults_.push_back(absl::StrCat(where, ": ", what));
  }
  void Take(absl::string_view where, const absl::Status& status) {
    if (!status.ok()) Fault(where, status.message());
  }

  void AddFile(const SourceFile& spec) {
    const std::string where = absl::StrCat("files[", spec.file_id(), "]");
    if (!IsValidId(spec.file_id()) || IndexOf(file_ids_, spec.file_id()) >= 0) {
      Fault(where, "file_id must be an id of its own");
    }
    if (spec.path().empty() || absl::StrContains(spec.path(), "/")) {
      Fault(where, "path must be the name of a file");
    }
    CompiledFile file{.spec = &spec};
    if (spec.layout() == imports::v1::LAYOUT_UNSPECIFIED) Fault(where, "layout must be given");
    file.format.layout = spec.layout() == imports::v1::LAYOUT_BLANK_SEPARATED
                             ? TextLayout::kBlankSeparated
                             : TextLayout::kDelimited;
    if (spec.delimiter().size() > 1 || spec.delimiter() == "\"") {
      Fault(where, "delimiter must be one character, no quote");
    } else if (!spec.delimiter().empty()) {
      file.format.delimiter = spec.delimiter()[0];
    }
    std::vector<std::string> names;
    for (const Column& column : spec.columns()) {
      file.columns.push_back(CompileColumn(where, column, names));
      names.push_back(column.name());
    }
    column_names_.push_back(names);
    file_ids_.push_back(spec.file_id());
    for (const std::string& key : spec.key_columns()) {
      file.key_columns.push_back(IndexOf(names, key));
      if (file.key_columns.back() < 0) Fault(where, absl::StrCat("no key column \"", key, "\""));
    }
    for (int i = 0; i < spec.records_size(); ++i) {
      file.records.push_back(
          CompileRecord(absl::StrCat(where, ".records[", i, "]"), spec.records(i), spec, names));
    }
    compiled_.files.push_back(std::move(file));
  }

  CompiledColumn CompileColumn(absl::string_view file, const Column& spec,
                               absl::Span<const std::string> before) {
    const std::string where = absl::StrCat(file, ".columns[", spec.name(), "]");
    CompiledColumn column{.spec = &spec};
    if (spec.name().empty() || IndexOf(before, spec.name()) >= 0) {
      Fault(where, "name must be given and its own");
    }
    if (spec.kind() == imports::v1::COLUMN_KIND_UNSPECIFIED) Fault(where, "kind must be given");
    if (spec.scale() < 0 || spec.scale() > kScaleMax) {
      Fault(where, absl::StrCat("scale must be 0 to ", kScaleMax));
    }
    if (!spec.from().empty()) {
      column.from = IndexOf(before, spec.from());
      if (column.from < 0) Fault(where, "from must name a column before it");
    }
    if (!spec.references().empty()) {
      const std::vector<std::string> parts =
          absl::StrSplit(spec.references(), absl::MaxSplits('.', 1));
      column.reference_file = IndexOf(file_ids_, parts[0]);
      if (column.reference_file >= 0 && parts.size() == 2) {
        column.reference_column = IndexOf(column_names_[column.reference_file], parts[1]);
      }
      if (column.reference_column < 0) {
        Fault(where, "references must be \"file_id.column\" of a file before");
      }
    }
    return column;
  }

  CompiledRecord CompileRecord(absl::string_view where, const Record& spec, const SourceFile& file,
                               absl::Span<const std::string> columns) {
    CompiledRecord record{.spec = &spec};
    const google::protobuf::Descriptor* target = TargetOf(spec.kind());
    if (target == nullptr) {
      Fault(where, "kind must be given");
      return record;
    }
    record.id = Template(absl::StrCat(where, ".id"), spec.id(), columns);
    record.account_id = Template(absl::StrCat(where, ".account_id"), spec.account_id(), columns);
    const bool fact = spec.kind() == imports::v1::RECORD_KIND_FACT;
    if (!fact && spec.id().empty()) Fault(where, "id must be given");
    if (fact == spec.account_id().empty())
      Fault(where, "account_id is for facts, and needed there");
    if (fact) {
      record.time_column = IndexOf(columns, spec.time_column());
      if (record.time_column < 0 ||
          file.columns(record.time_column).kind() != imports::v1::COLUMN_KIND_TIME) {
        Fault(where, "time_column must name a TIME column");
      }
    }
    for (const auto& condition : spec.when()) {
      record.when.push_back({IndexOf(columns, condition.column()), &condition});
      if (record.when.back().column < 0) {
        Fault(where, absl::StrCat("no column \"", condition.column(), "\""));
      }
    }
    std::set<std::string> fact_kinds;
    // A map in order of path.
    const std::map<std::string, std::string> set(spec.set().begin(), spec.set().end());
    for (const auto& [path, text] : set) {
      Take(absl::StrCat(where, ".set"), CheckField(*target, path));
      record.set.emplace_back(path,
                              Template(absl::StrCat(where, ".set[", path, "]"), text, columns));
      fact_kinds.insert(path.substr(0, path.find('.')));
    }
    if (fact && fact_kinds.size() != 1) Fault(where, "set must fill exactly one kind of fact");
    return record;
  }

  TextTemplate Template(absl::string_view where, absl::string_view text,
                        absl::Span<const std::string> columns) {
    auto parsed = TextTemplate::Parse(text, columns);
    Take(where, parsed.status());
    return parsed.ok() ? *std::move(parsed) : TextTemplate();
  }

  CompiledMapping compiled_;
  std::vector<std::string> file_ids_;
  std::vector<std::vector<std::string>> column_names_;
  std::vector<std::string> faults_;
};

bool HasTimeOfDay(absl::string_view format) {
  return absl::StrContains(format, "%H") || absl::StrContains(format, "%T") ||
         absl::StrContains(format, "%R") || absl::StrContains(format, "%I") ||
         absl::StrContains(format, "%s");
}

}  // namespace

absl::StatusOr<TextTemplate> TextTemplate::Parse(absl::string_view text,
                                                 absl::Span<const std::string> columns) {
  TextTemplate parsed;
  while (!text.empty()) {
    const size_t open = text.find('{');
    if (open != 0) {
      parsed.pieces_.push_back({std::string(text.substr(0, open))});
      text.remove_prefix(std::min(open, text.size()));
      continue;
    }
    const size_t close = text.find('}');
    if (close == absl::string_view::npos) {
      return InvalidArgument("BAD_TEMPLATE", "", absl::StrCat("\"", text, "\" is not closed"));
    }
    absl::string_view name = text.substr(1, close - 1);
    const bool as_id = absl::EndsWith(name, "|id");
    if (as_id) name.remove_suffix(3);
    const int column = IndexOf(columns, name);
    if (column < 0) {
      return InvalidArgument("UNKNOWN_COLUMN", "", absl::StrCat("no column \"", name, "\""));
    }
    parsed.pieces_.push_back({"", column, as_id});
    text.remove_prefix(close + 1);
  }
  return parsed;
}

std::optional<FieldValue> TextTemplate::Value(absl::Span<const CellValue> cells) const {
  for (const Piece& piece : pieces_) {
    if (piece.column >= 0 && cells[piece.column].text.empty()) return std::nullopt;
  }
  if (pieces_.size() == 1 && pieces_[0].column >= 0 && !pieces_[0].as_id) {
    return cells[pieces_[0].column].value;
  }
  return Text(cells);
}

std::string TextTemplate::Text(absl::Span<const CellValue> cells, bool raw) const {
  std::string text;
  for (const Piece& piece : pieces_) {
    if (piece.column < 0) {
      absl::StrAppend(&text, piece.literal);
    } else if (piece.as_id && !raw) {
      absl::StrAppend(&text, AsId(cells[piece.column].text));
    } else {
      absl::StrAppend(&text, cells[piece.column].text);
    }
  }
  return text;
}

absl::StatusOr<CompiledMapping> Compile(const Mapping& mapping) { return Compiler(mapping).Run(); }

absl::StatusOr<absl::Time> ParseCellTime(const CompiledMapping& mapping, const Column& column,
                                         absl::string_view text) {
  const std::string time_of_day = mapping.spec->time_of_day().empty()
                                      ? std::string(kTimeOfDayDefault)
                                      : mapping.spec->time_of_day();
  absl::Time time;
  std::string error;
  const auto parse_date = [&](absl::string_view format) {
    return absl::ParseTime(absl::StrCat(format, " %H:%M"), absl::StrCat(text, " ", time_of_day),
                           mapping.zone, &time, &error);
  };
  const std::string& format = column.time_format();
  const bool ok =
      format.empty()
          ? parse_date("%E4Y-%m-%d") || absl::ParseTime(absl::RFC3339_full, text, &time, &error)
      : HasTimeOfDay(format) ? absl::ParseTime(format, text, mapping.zone, &time, &error)
                             : parse_date(format);
  if (!ok || time == absl::InfiniteFuture() || time == absl::InfinitePast()) {
    return InvalidArgument("NOT_A_TIME", "", absl::StrCat("\"", text, "\" is not a time"));
  }
  return time;
}

}  // namespace bellwether::imports
