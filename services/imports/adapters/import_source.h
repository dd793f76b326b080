// Where an import comes from: a mapping and the bytes of its tables.
#ifndef BELLWETHER_SERVICES_IMPORTS_ADAPTERS_IMPORT_SOURCE_H_
#define BELLWETHER_SERVICES_IMPORTS_ADAPTERS_IMPORT_SOURCE_H_

#include <cstddef>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "services/imports/application/mapping.h"

namespace bellwether::imports {

inline constexpr size_t kTableBytesMax = size_t{1} << 30;

struct ImportSource {
  CompiledMapping mapping;
  // By file_id.
  std::map<std::string, std::string> contents;
};

// `mapping` is a file, the name of a shipped one, or empty: then "mapping.yaml" of the folder, or
// the shipped one all of whose tables are there. NOT_FOUND / NO_MAPPING, FILE_NOT_FOUND;
// INVALID_ARGUMENT with every problem of the mapping.
absl::StatusOr<ImportSource> ReadImportSource(const std::string& mapping,
                                              const std::string& folder);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_ADAPTERS_IMPORT_SOURCE_H_
