#include "services/imports/adapters/import_source.h"

#include <filesystem>
#include <fstream>
#include <optional>
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
absl::StatusOr<imports::v1::Mapping> ReadMapping(const std::string& path, absl::string_view name) {
  ASSIGN_OR_RETURN(config::Document<imports::v1::Mapping> document,
                   config::LoadShipped<imports::v1::Mapping>(path, name, ShippedMappings()));
  return std::move(document.message);
}

absl::StatusOr<imports::v1::Mapping> FindMapping(const std::string& folder) {
  const std::string own = PathIn(folder, kOwnMapping);
  if (IsThere(own)) return ReadMapping(own, "");
  for (const EmbeddedFile& shipped : ShippedMappings()) {
    ASSIGN_OR_RETURN(imports::v1::Mapping mapping, ReadMapping("", shipped.name));
    bool complete = true;
    for (const auto& file : mapping.files()) {
      complete = complete && IsThere(PathIn(folder, file.path()));
    }
    if (complete) return mapping;
  }
  return Error(
      absl::StatusCode::kNotFound, {"NO_MAPPING", "", ""},
      absl::StrCat(folder, " holds neither ", kOwnMapping, " nor all tables of a shipped mapping"));
}

absl::StatusOr<imports::v1::Mapping> LoadMapping(const std::string& name,
                                                 const std::string& folder) {
  if (name.empty()) return FindMapping(folder);
  for (const EmbeddedFile& shipped : ShippedMappings()) {
    if (shipped.name == absl::StrCat(name, ".yaml")) return ReadMapping("", shipped.name);
  }
  return ReadMapping(name, "");
}

absl::StatusOr<std::string> ReadTable(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) {
    return Error(absl::StatusCode::kNotFound, {"FILE_NOT_FOUND", path, ""},
                 absl::StrCat("cannot read ", path));
  }
  const auto size = static_cast<size_t>(file.tellg());
  if (size > kTableBytesMax) {
    return InvalidArgument("FILE_TOO_LARGE", path,
                           absl::StrCat(path, " has more than ", kTableBytesMax, " bytes"));
  }
  std::string text(size, '\0');
  file.seekg(0);
  if (!file.read(text.data(), static_cast<std::streamsize>(size))) {
    return Error(absl::StatusCode::kUnknown, {"READ_FAILED", path, ""},
                 absl::StrCat("cannot read ", path));
  }
  return text;
}

}  // namespace

absl::StatusOr<ImportSource> ReadImportSource(const std::string& mapping,
                                              const std::string& folder) {
  ASSIGN_OR_RETURN(const imports::v1::Mapping spec, LoadMapping(mapping, folder));
  ImportSource source;
  ASSIGN_OR_RETURN(source.mapping, Compile(spec));
  for (const CompiledFile& file : source.mapping.files) {
    ASSIGN_OR_RETURN(source.contents[file.spec->file_id()],
                     ReadTable(PathIn(folder, file.spec->path())));
  }
  return source;
}

}  // namespace bellwether::imports
