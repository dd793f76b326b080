#include "services/imports/adapters/import_source.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/config/document.h"
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

absl::StatusOr<ImportSource> ReadImportSource(const std::string& mapping,
                                              const std::string& folder) {
  ASSIGN_OR_RETURN(CompiledMapping compiled, LoadMapping(mapping, folder));
  return ImportSource{std::move(compiled), FolderTables(folder)};
}

}  // namespace bellwether::imports
