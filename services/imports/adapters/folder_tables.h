// The tables of a mapping as files of a folder.
#ifndef BELLWETHER_SERVICES_IMPORTS_ADAPTERS_FOLDER_TABLES_H_
#define BELLWETHER_SERVICES_IMPORTS_ADAPTERS_FOLDER_TABLES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/imports/application/tables.h"

namespace bellwether::imports {

// Files that one path of a mapping may match.
inline constexpr size_t kFilesOfPatternMax = 1'000;

// Immutable.
class FolderTables : public Tables {
 public:
  explicit FolderTables(std::string folder) : folder_(std::move(folder)) {}

  absl::StatusOr<std::vector<std::string>> PathsOf(const CompiledFile& file) const override;
  // FAILED_PRECONDITION / NOT_A_TABLE for a file that is no text, or no workbook where one is said.
  absl::StatusOr<std::unique_ptr<OpenedTable>> Open(const CompiledFile& file,
                                                    const std::string& path) const override;

 private:
  const std::string folder_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_ADAPTERS_FOLDER_TABLES_H_
