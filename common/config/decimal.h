// Exact conversions of the values people write in configuration. No floating point.
#ifndef BELLWETHER_COMMON_CONFIG_DECIMAL_H_
#define BELLWETHER_COMMON_CONFIG_DECIMAL_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace bellwether::config {

// "0.2" → 200000, "-12" → -12000000. INVALID_ARGUMENT for anything but a plain decimal number with
// at most six decimals whose value fits.
absl::StatusOr<int64_t> ParseMicros(absl::string_view text);
// The shortest decimal number that ParseMicros reads as `micros`.
std::string MicrosText(int64_t micros);

// "7d", "36h", "90s", "500ms", "1h30m": whole numbers with a unit each, largest first; "0" alone
// needs none. A leading "-" negates.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);
// What ParseDuration reads as `duration`; whole days as days.
std::string DurationText(absl::Duration duration);

}  // namespace bellwether::config

#endif  // BELLWETHER_COMMON_CONFIG_DECIMAL_H_
