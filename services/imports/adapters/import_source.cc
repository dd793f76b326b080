#include "services/imports/adapters/import_source.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/config/document.h"
#include "services/imports/domain/cell_text.h"
#include "services/imports/shipped_mappings.h"

namespace bellwether::imports {
namespace {

constexpr char kOwnMapping[] = "mapping.yaml";

std::string PathIn(const std::string& folder, const std::string& file) {
  return absl::StrCat(absl::StripSuffix(folder, "/"), "/", file);
}

bool IsThere(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

// The file at `path`, else the mapping that ships under that name.
absl::StatusOr<CompiledMapping> ReadMapping(const std::string& path, absl::string_view name) {
  ASSIGN_OR_RETURN(const config::Document<imports::v1::Mapping> document,
                   config::LoadShipped<imports::v1::Mapping>(path, name, ShippedMappings()));
  return Compile(document.message,
                 [&](absl::string_view field) { return document.lines.PlaceOf(field); });
}

bool HoldsAllTables(const CompiledMapping& mapping, const FolderTables& tables) {
  return std::all_of(mapping.files.begin(), mapping.files.end(), [&](const CompiledFile& file) {
    const auto paths = tables.PathsOf(file);
    return paths.ok() && (!paths->empty() || file.spec->optional());
  });
}

bool HoldsColumns(const CompiledFile& file, const TableHead& head) {
  if (!file.spec->header()) return false;  // any table would do
  return std::all_of(file.columns.begin(), file.columns.end(), [&](const CompiledColumn& column) {
    return !column.of_file() ||
           std::any_of(head.names.begin(), head.names.end(),
                       [&](const std::string& name) { return Clean(name).text == column.name(); });
  });
}

bool HoldsAllTables(const CompiledMapping& mapping, absl::Span<const TableHead> heads) {
  return std::all_of(mapping.files.begin(), mapping.files.end(), [&](const CompiledFile& file) {
    bool any = false;
    for (const TableHead& head : heads) {
      if (fnmatch(file.spec->path().c_str(), head.file_name.c_str(), FNM_PERIOD) != 0) continue;
      if (!HoldsColumns(file, head)) return false;
      any = true;
    }
    return any || file.spec->optional();
  });
}

absl::StatusOr<CompiledMapping> FindMapping(const std::string& folder) {
  const std::string own = PathIn(folder, kOwnMapping);
  if (IsThere(own)) return ReadMapping(own, "");
  for (const EmbeddedFile& shipped : ShippedMappings()) {
    ASSIGN_OR_RETURN(CompiledMapping mapping, ReadMapping("", shipped.name));
    if (HoldsAllTables(mapping, FolderTables(folder))) return mapping;
  }
  return Error(
      absl::StatusCode::kNotFound, {"NO_MAPPING", "", ""},
      absl::StrCat(folder, " holds neither ", kOwnMapping, " nor all tables of a shipped mapping"));
}

absl::StatusOr<CompiledMapping> LoadMapping(const std::string& name, const std::string& folder) {
  if (name.empty()) return FindMapping(folder);
  for (const EmbeddedFile& shipped : ShippedMappings()) {
    if (shipped.name == absl::StrCat(name, ".yaml")) return ReadMapping("", shipped.name);
  }
  return ReadMapping(name, "");
}

}  // namespace

absl::StatusOr<CompiledMapping> ParseMapping(absl::string_view text, const std::string& file) {
  ASSIGN_OR_RETURN(const auto document, config::ParseDocument<imports::v1::Mapping>(text, file));
  return Compile(document.message,
                 [&](absl::string_view field) { return document.lines.PlaceOf(field); });
}

const EmbeddedFile* ShippedMappingOf(absl::Span<const TableHead> heads) {
  for (const EmbeddedFile& shipped : ShippedMappings()) {
    const auto mapping = ReadMapping("", shipped.name);
    if (mapping.ok() && !heads.empty() && HoldsAllTables(*mapping, heads)) return &shipped;
  }
  return nullptr;
}

absl::StatusOr<ImportSource> ReadImportSource(const std::string& mapping,
                                              const std::string& folder) {
  ASSIGN_OR_RETURN(CompiledMapping compiled, LoadMapping(mapping, folder));
  return ImportSource{std::move(compiled), FolderTables(folder)};
}

}  // namespace bellwether::imports
