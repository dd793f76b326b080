// The service levels of A10, which an account's tier is one of.
#ifndef BELLWETHER_COMMON_LEVELS_SERVICE_LEVEL_H_
#define BELLWETHER_COMMON_LEVELS_SERVICE_LEVEL_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace bellwether {

// Best first.
absl::Span<const absl::string_view> ServiceLevels();
bool IsServiceLevel(absl::string_view level);

// INVALID_ARGUMENT / TIER_UNKNOWN, naming those there are; an empty level is none and passes.
absl::Status CheckServiceLevel(absl::string_view field, absl::string_view level);

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_LEVELS_SERVICE_LEVEL_H_
