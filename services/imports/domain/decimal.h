// Decimal texts to scaled integers and back, exactly: no figure ever passes through floating point.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_DECIMAL_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_DECIMAL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace bellwether::imports {

inline constexpr int kScaleMax = 18;

// `text` · 10^scale, for texts of an optional sign, digits and at most one point with digits on
// both sides. Reasons: NOT_A_NUMBER, TOO_MANY_DECIMALS (the result would not be whole),
// OUT_OF_RANGE.
absl::StatusOr<int64_t> ParseDecimal(absl::string_view text, int scale);

// value / 10^scale, rounded half away from zero to `decimals` ≤ scale: "83.25", "-0.10".
std::string FormatScaled(int64_t value, int scale, int decimals);
// The same with a sign before every figure but zero.
std::string FormatSigned(int64_t value, int scale, int decimals);
// Minor units of a currency in major ones: 2 140 with 0 digits is "2 140".
std::string FormatAmount(int64_t amount_minor, int minor_digits);
// The same with the code, whose digits are those of ISO 4217: "10 005 534.00 USD".
std::string FormatMoney(int64_t amount_minor, absl::string_view currency_code);
// Digits in groups of three: "10 005 534".
std::string FormatCount(int64_t value);

// Rounds parts of a sum to multiples of `unit` so that they add up to `total`, itself a multiple of
// `unit`, by largest remainder; ties go to the earlier part. What is shown then adds up as shown.
std::vector<int64_t> RoundToSum(absl::Span<const int64_t> parts, int64_t total, int64_t unit);
// `value` rounded half away from zero to a multiple of `unit`.
int64_t RoundTo(int64_t value, int64_t unit);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_DECIMAL_H_
