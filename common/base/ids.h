// Identifiers made by us.
#ifndef BELLWETHER_COMMON_BASE_IDS_H_
#define BELLWETHER_COMMON_BASE_IDS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace bellwether {

// A random version-4 UUID, lower case.
std::string NewUuid();

// True for ids that may be part of a resource name or a partition key: 1–64 characters of
// [A-Za-z0-9._-].
bool IsValidId(absl::string_view id);

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_BASE_IDS_H_
