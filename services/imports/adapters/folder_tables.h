// The tables of a mapping as files of a folder.
#ifndef BELLWETHER_SERVICES_IMPORTS_ADAPTERS_FOLDER_TABLES_H_
#define BELLWETHER_SERVICES_IMPORTS_ADAPTERS_FOLDER_TABLES_H_

#include <cstdint>
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
  // An encoding that is not declared is recognised by so many bytes of a file.
  explicit FolderTables(std::string folder, int64_t recognise_bytes_max = INT64_MAX)
      : folder_(std::move(folder)), recognise_bytes_max_(recognise_bytes_max) {}

  absl::StatusOr<std::vector<std::string>> PathsOf(const CompiledFile& file) const override;
  // FAILED_PRECONDITION / NOT_A_TABLE for a file that is no text, or no workbook where one is said.
  absl::StatusOr<std::unique_ptr<OpenedTable>> Open(const CompiledFile& file,
                                                    const std::string& path) const override;

 private:
  const std::string folder_;
  const int64_t recognise_bytes_max_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_ADAPTERS_FOLDER_TABLES_H_
