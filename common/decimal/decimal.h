// Decimal texts to scaled integers and back, exactly: no figure ever passes through floating point.
#ifndef BELLWETHER_COMMON_DECIMAL_DECIMAL_H_
#define BELLWETHER_COMMON_DECIMAL_DECIMAL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace bellwether {

inline constexpr int kScaleMax = 18;
// Figures of the API are integers in 10⁻⁶.
inline constexpr int kMicrosScale = 6;

// `text` · 10^scale, for texts of an optional sign, digits and at most one point with digits on
// both sides. Reasons: NOT_A_NUMBER, TOO_MANY_DECIMALS (the result would not be whole),
// OUT_OF_RANGE.
absl::StatusOr<int64_t> ParseDecimal(absl::string_view text, int scale);

// The shortest text that ParseDecimal reads as `value`: "0.2", "-12".
std::string FormatDecimal(int64_t value, int scale);
// value / 10^scale, rounded half away from zero to `decimals` ≤ scale: "83.25", "-0.10".
std::string FormatRounded(int64_t value, int scale, int decimals);
// The same with a sign before every figure but zero.
std::string FormatSigned(int64_t value, int scale, int decimals);
// All digits after the point, those before it in groups of three: "10 005 534.00".
std::string FormatGrouped(int64_t value, int scale);
// The same of a whole number: "10 005 534".
std::string FormatCount(int64_t value);

// `value` rounded to a multiple of `unit`; what lies in the middle goes away from zero, so that a
// figure and its opposite round alike. At the ends of the range, towards zero.
int64_t RoundHalfAway(int64_t value, int64_t unit);
// Rounds parts of a sum to multiples of `unit` so that they add up to `total`, itself a multiple of
// `unit`, by largest remainder; ties go to the earlier part. What is shown then adds up as shown.
std::vector<int64_t> RoundToSum(absl::Span<const int64_t> parts, int64_t total, int64_t unit);

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_DECIMAL_DECIMAL_H_
