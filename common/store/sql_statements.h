// Taking a migration file apart.
#ifndef BELLWETHER_COMMON_STORE_SQL_STATEMENTS_H_
#define BELLWETHER_COMMON_STORE_SQL_STATEMENTS_H_

#include <vector>

#include "absl/strings/string_view.h"

namespace bellwether::store {

// The statements of `sql`, without their semicolons. Semicolons in quotes and in comments end
// nothing. Statements with bodies (triggers, functions) are outside the common subset.
std::vector<absl::string_view> SplitStatements(absl::string_view sql);

}  // namespace bellwether::store

#endif  // BELLWETHER_COMMON_STORE_SQL_STATEMENTS_H_
