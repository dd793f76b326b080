// The beginning of a table that no mapping describes yet.
#ifndef BELLWETHER_SERVICES_IMPORTS_ADAPTERS_TABLE_HEAD_H_
#define BELLWETHER_SERVICES_IMPORTS_ADAPTERS_TABLE_HEAD_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "services/imports/domain/table_guess.h"

namespace bellwether::imports {

inline constexpr size_t kHeadRowsMax = 1'000;
// Of its bytes, unpacked.
inline constexpr size_t kHeadBytesMax = 4 << 20;

// Names of columns and first rows of the file; rows that cannot be read, or are not as wide as the
// names, are left out. What the name ends in says the layout: .xlsx, .jsonl, else separated text.
// FAILED_PRECONDITION / NOT_A_TABLE, MISSING_HEADER, or why its header cannot be read; and what a
// file fails with.
absl::StatusOr<TableHead> ReadTableHead(const std::string& folder, const std::string& file_name);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_ADAPTERS_TABLE_HEAD_H_
