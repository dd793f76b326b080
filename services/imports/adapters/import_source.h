// Where an import comes from: a mapping and the folder of its tables.
#ifndef BELLWETHER_SERVICES_IMPORTS_ADAPTERS_IMPORT_SOURCE_H_
#define BELLWETHER_SERVICES_IMPORTS_ADAPTERS_IMPORT_SOURCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "services/imports/adapters/folder_tables.h"
#include "services/imports/application/mapping.h"

namespace bellwether::imports {

struct ImportSource {
  CompiledMapping mapping;
  FolderTables tables;
};

// `mapping` is a file, the name of a shipped one, or empty: then "mapping.yaml" of the folder, or
// the shipped one all of whose tables are there. NOT_FOUND / NO_MAPPING; INVALID_ARGUMENT with
// every problem of the mapping and its place in the file.
absl::StatusOr<ImportSource> ReadImportSource(const std::string& mapping,
                                              const std::string& folder);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_ADAPTERS_IMPORT_SOURCE_H_
