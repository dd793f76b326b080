// Names of resources as the API writes them (AIP-122): "accounts/acme".
#ifndef BELLWETHER_COMMON_BASE_RESOURCE_NAME_H_
#define BELLWETHER_COMMON_BASE_RESOURCE_NAME_H_

#include <string>

#include "absl/strings/string_view.h"

namespace bellwether {

// "accounts" + "acme" or "accounts/acme" → "accounts/acme".
std::string ResourceName(absl::string_view collection, absl::string_view text);
// "accounts/acme" → "acme".
std::string ResourceId(absl::string_view name);

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_BASE_RESOURCE_NAME_H_
