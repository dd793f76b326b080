// Decimal numbers held exactly: no figure of a table passes through floating point.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_EXACT_NUMBER_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_EXACT_NUMBER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace bellwether::imports {

// What becomes of digits past those that are kept.
enum class Rounding {
  kExact,     // there may be none: TOO_MANY_DECIMALS
  kHalfAway,  // the middle goes away from zero, as on invoices
  kHalfEven,  // the middle goes to the even digit
  kDown,      // towards zero
  kUp,        // away from zero
};

// units / 10^scale; no trailing zeros are kept, so that equal numbers are equal.
struct ExactNumber {
  __int128 units = 0;
  int scale = 0;

  static ExactNumber Of(int64_t whole) { return {whole, 0}; }
  bool operator==(const ExactNumber&) const = default;
};

// Digits of a number, before and after the point together.
inline constexpr int kExactDigitsMax = 30;

// "-12.50": an optional sign, digits, and at most one point with digits on both sides.
// NOT_A_NUMBER, OUT_OF_RANGE.
absl::StatusOr<ExactNumber> ParseExact(absl::string_view text);
// The shortest text that ParseExact reads as the number.
std::string FormatExact(const ExactNumber& number);

// OUT_OF_RANGE where the result has more than kExactDigitsMax digits.
absl::StatusOr<ExactNumber> Sum(const ExactNumber& a, const ExactNumber& b);
absl::StatusOr<ExactNumber> Product(const ExactNumber& a, const ExactNumber& b);
ExactNumber Negated(const ExactNumber& number);
bool Less(const ExactNumber& a, const ExactNumber& b);

// With at most `decimals` digits after the point. TOO_MANY_DECIMALS under kExact.
absl::StatusOr<ExactNumber> Rounded(const ExactNumber& number, int decimals, Rounding rounding);
// number · 10^scale as a whole number; a negative scale divides. TOO_MANY_DECIMALS, OUT_OF_RANGE.
absl::StatusOr<int64_t> ToWhole(const ExactNumber& number, int scale, Rounding rounding);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_EXACT_NUMBER_H_
