#include "services/gateway/table_imports/mapping_guess.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "services/imports/adapters/import_source.h"
#include "services/imports/adapters/table_head.h"
#include "services/imports/domain/table_guess.h"
#include "services/imports/shipped_mappings.h"

namespace bellwether::gateway {
namespace {

imports::v1::ColumnKind KindOf(imports::CellKind kind) {
  switch (kind) {
    case imports::CellKind::kText:
      return imports::v1::COLUMN_KIND_TEXT;
    case imports::CellKind::kNumber:
      return imports::v1::COLUMN_KIND_NUMBER;
    case imports::CellKind::kTime:
      return imports::v1::COLUMN_KIND_TIME;
    case imports::CellKind::kEmpty:
      break;
  }
  return imports::v1::COLUMN_KIND_UNSPECIFIED;
}

imports::v1::ColumnMeaning MeaningOf(imports::ColumnMeaning meaning) {
  // In the same order; the API begins with what is not specified.
  static_assert(static_cast<int>(imports::ColumnMeaning::kIndustry) + 1 ==
                imports::v1::COLUMN_MEANING_INDUSTRY);
  return static_cast<imports::v1::ColumnMeaning>(static_cast<int>(meaning) + 1);
}

imports::v1::TableMeaning MeaningOf(imports::TableMeaning meaning) {
  static_assert(static_cast<int>(imports::TableMeaning::kAccounts) + 1 ==
                imports::v1::TABLE_MEANING_ACCOUNTS);
  return static_cast<imports::v1::TableMeaning>(static_cast<int>(meaning) + 1);
}

void Describe(const imports::GuessedTable& table, imports::v1::GuessedTable& described) {
  described.set_meaning(MeaningOf(table.meaning));
  described.set_reason(table.reason);
  described.set_rows_seen(static_cast<int64_t>(table.rows));
  for (const imports::GuessedColumn& column : table.columns) {
    imports::v1::GuessedColumn& shown = *described.add_columns();
    shown.set_name(column.name);
    shown.set_kind(KindOf(column.look.kind));
    shown.set_format(column.look.words);
    for (const std::string& sample : column.look.samples) shown.add_samples(sample);
    shown.set_meaning(MeaningOf(column.meaning));
    shown.set_reason(column.reason);
    if (!column.look.doubt.empty()) {
      absl::StrAppend(shown.mutable_reason(), "; ", column.look.doubt);
    }
  }
}

// The comment that the text begins with, without its marks.
std::string DescriptionOf(absl::string_view text) {
  std::string description;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::ConsumePrefix(&line, "#")) break;
    absl::ConsumePrefix(&line, " ");
    absl::StrAppend(&description, description.empty() ? "" : " ", line);
  }
  return description;
}

}  // namespace

absl::StatusOr<imports::v1::GuessMappingResponse> GuessFolder(
    const std::string& folder, const std::vector<std::string>& file_names,
    const imports::DraftOptions& options) {
  if (file_names.empty()) {
    return FailedPrecondition("NO_TABLES", "upload", "the upload has no complete file yet");
  }
  imports::v1::GuessMappingResponse response;
  std::vector<imports::TableHead> heads;
  std::vector<imports::GuessedTable> guessed;
  for (const std::string& file_name : file_names) {
    imports::v1::GuessedTable& described = *response.add_tables();
    described.set_file_name(file_name);
    auto head = imports::ReadTableHead(folder, file_name);
    if (!head.ok()) {
      described.set_problem(std::string(head.status().message()));
      response.add_advice(absl::StrCat(file_name, " cannot be read: ", head.status().message()));
      continue;
    }
    guessed.push_back(imports::GuessTable(*head));
    Describe(guessed.back(), described);
    heads.push_back(*std::move(head));
  }
  if (const EmbeddedFile* shipped = imports::ShippedMappingOf(heads)) {
    response.set_shipped_mapping(
        absl::StrCat("mappings/", absl::StripSuffix(shipped->name, ".yaml")));
    response.set_mapping_text(std::string(shipped->content));
    response.set_recognised(true);
    response.add_advice("these are the tables of a mapping that ships: it was taken as it is");
    return response;
  }
  imports::MappingDraft draft = imports::DraftMapping(guessed, options);
  response.set_mapping_text(std::move(draft.text));
  response.set_recognised(draft.complete);
  for (std::string& advice : draft.advice) response.add_advice(std::move(advice));
  return response;
}

std::vector<imports::v1::ShippedMapping> DescribeShippedMappings() {
  std::vector<imports::v1::ShippedMapping> described;
  for (const EmbeddedFile& file : imports::ShippedMappings()) {
    imports::v1::ShippedMapping& shown = described.emplace_back();
    shown.set_name(absl::StrCat("mappings/", absl::StripSuffix(file.name, ".yaml")));
    shown.set_text(std::string(file.content));
    shown.set_description(DescriptionOf(file.content));
    const auto mapping = imports::ParseMapping(file.content, std::string(file.name));
    if (!mapping.ok()) continue;  // what ships is compiled by a test
    shown.set_title(mapping->spec->title());
    for (const imports::CompiledFile& wanted : mapping->files) {
      imports::v1::WantedFile& table = *shown.add_files();
      table.set_path(wanted.spec->path());
      table.set_layout(wanted.spec->layout());
      table.set_optional(wanted.spec->optional());
      for (const imports::CompiledColumn& column : wanted.columns) {
        if (column.of_file()) table.add_columns(column.name());
      }
    }
  }
  return described;
}

std::vector<imports::v1::MappingFault> FaultsOf(const absl::Status& refusal) {
  std::vector<imports::v1::MappingFault> faults;
  for (const absl::string_view line : absl::StrSplit(refusal.message(), '\n')) {
    imports::v1::MappingFault& fault = faults.emplace_back();
    // The place is followed by a blank, its numbers are not.
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(": ", 1));
    const std::vector<absl::string_view> place = absl::StrSplit(parts.first, ':');
    int at_line = 0;
    int at_column = 0;
    if (place.size() < 2 || !absl::SimpleAtoi(place[1], &at_line)) {
      fault.set_message(std::string(line));
      continue;
    }
    if (place.size() > 2 && !absl::SimpleAtoi(place[2], &at_column)) at_column = 0;
    fault.set_line(at_line);
    fault.set_column(at_column);
    const std::pair<absl::string_view, absl::string_view> said =
        absl::StrSplit(parts.second, absl::MaxSplits(": ", 1));
    const bool names_field = !said.second.empty() && !absl::StrContains(said.first, ' ');
    fault.set_field(names_field ? std::string(said.first) : "");
    fault.set_message(std::string(names_field ? said.second : parts.second));
  }
  return faults;
}

}  // namespace bellwether::gateway
