// Spans of time as people write them in configuration, exactly.
#ifndef BELLWETHER_COMMON_CONFIG_DURATION_H_
#define BELLWETHER_COMMON_CONFIG_DURATION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace bellwether::config {

// "7d", "36h", "90s", "500ms", "1h30m": whole numbers with a unit each, largest first; "0" alone
// needs none. A leading "-" negates.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);
// What ParseDuration reads as `duration`; whole days as days.
std::string DurationText(absl::Duration duration);

}  // namespace bellwether::config

#endif  // BELLWETHER_COMMON_CONFIG_DURATION_H_
