// Where an import comes from: a mapping and the folder of its tables.
#ifndef BELLWETHER_SERVICES_IMPORTS_ADAPTERS_IMPORT_SOURCE_H_
#define BELLWETHER_SERVICES_IMPORTS_ADAPTERS_IMPORT_SOURCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/embedded_file.h"
#include "services/imports/adapters/folder_tables.h"
#include "services/imports/application/mapping.h"
#include "services/imports/domain/table_guess.h"

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

// A mapping given as text; `file` is only named. INVALID_ARGUMENT / CONFIG_INVALID or BAD_MAPPING
// with every problem on a line of its own: "file:line:column: field: what is wrong".
absl::StatusOr<CompiledMapping> ParseMapping(absl::string_view text, const std::string& file);

// The shipped mapping all of whose tables these are: files by the mapping's paths, with its
// columns. Null where there is none.
const EmbeddedFile* ShippedMappingOf(absl::Span<const TableHead> heads);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_ADAPTERS_IMPORT_SOURCE_H_
