#include "services/imports/domain/exact_number.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::imports {
namespace {

__int128 Power(int exponent) {
  __int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

__int128 UnitsMax() { return Power(kExactDigitsMax) - 1; }

absl::Status OutOfRange() {
  return InvalidArgument("OUT_OF_RANGE", "",
                         absl::StrCat("a number has at most ", kExactDigitsMax, " digits"));
}

absl::StatusOr<ExactNumber> Checked(__int128 units, int scale) {
  while (scale > 0 && units % 10 == 0) {
    units /= 10;
    --scale;
  }
  if (units > UnitsMax() || units < -UnitsMax() || scale > kExactDigitsMax) return OutOfRange();
  return ExactNumber{units, scale};
}

// number = units / 10^scale, with `scale` no smaller than its own. False: too many digits.
bool Widen(const ExactNumber& number, int scale, __int128& units) {
  const int more = scale - number.scale;
  if (more > kExactDigitsMax) return number.units == 0;
  return !__builtin_mul_overflow(number.units, Power(more), &units);
}

bool AwayFromZero(__int128 quotient, __int128 rest, __int128 divisor, Rounding rounding) {
  const __int128 twice = (rest < 0 ? -rest : rest) * 2;
  switch (rounding) {
    case Rounding::kHalfAway:
      return twice >= divisor;
    case Rounding::kHalfEven:
      return twice > divisor || (twice == divisor && quotient % 2 != 0);
    case Rounding::kUp:
      return rest != 0;
    case Rounding::kExact:
    case Rounding::kDown:
      return false;
  }
  return false;
}

}  // namespace

absl::StatusOr<ExactNumber> ParseExact(absl::string_view text) {
  absl::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
  __int128 units = 0;
  int digits = 0;  // leading zeros do not count
  int scale = -1;  // until a point was seen
  bool well_formed = !rest.empty() &&
                     absl::ascii_isdigit(static_cast<unsigned char>(rest.back())) &&
                     absl::ascii_isdigit(static_cast<unsigned char>(rest.front()));
  for (const char c : rest) {
    if (c == '.' && scale < 0) {
      scale = 0;
      continue;
    }
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) well_formed = false;
    if (!well_formed) break;
    if (digits > 0 || c != '0') ++digits;
    if (scale >= 0) ++scale;
    if (digits > kExactDigitsMax || scale > kExactDigitsMax) {
      return InvalidArgument("OUT_OF_RANGE", "", absl::StrCat("\"", text, "\" is out of range"));
    }
    units = units * 10 + (c - '0');
  }
  if (!well_formed) {
    return InvalidArgument("NOT_A_NUMBER", "", absl::StrCat("\"", text, "\" is not a number"));
  }
  return Checked(negative ? -units : units, std::max(scale, 0));
}

std::string FormatExact(const ExactNumber& number) {
  __int128 units = number.units < 0 ? -number.units : number.units;
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(units % 10)));
    units /= 10;
  } while (units > 0);
  while (static_cast<int>(digits.size()) <= number.scale) digits.push_back('0');
  if (number.units < 0) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  if (number.scale > 0) digits.insert(digits.size() - static_cast<size_t>(number.scale), ".");
  return digits;
}

absl::StatusOr<ExactNumber> Sum(const ExactNumber& a, const ExactNumber& b) {
  const int scale = std::max(a.scale, b.scale);
  __int128 left = 0;
  __int128 right = 0;
  __int128 sum = 0;
  if (!Widen(a, scale, left) || !Widen(b, scale, right) ||
      __builtin_add_overflow(left, right, &sum)) {
    return OutOfRange();
  }
  return Checked(sum, scale);
}

absl::StatusOr<ExactNumber> Product(const ExactNumber& a, const ExactNumber& b) {
  __int128 product = 0;
  if (__builtin_mul_overflow(a.units, b.units, &product)) return OutOfRange();
  return Checked(product, a.scale + b.scale);
}

ExactNumber Negated(const ExactNumber& number) { return {-number.units, number.scale}; }

bool Less(const ExactNumber& a, const ExactNumber& b) {
  const int scale = std::max(a.scale, b.scale);
  __int128 left = 0;
  __int128 right = 0;
  // What does not fit when widened is the greater in magnitude: its digits stand further left.
  if (!Widen(a, scale, left)) return a.units < 0;
  if (!Widen(b, scale, right)) return b.units > 0;
  return left < right;
}

absl::StatusOr<ExactNumber> Rounded(const ExactNumber& number, int decimals, Rounding rounding) {
  if (number.scale <= decimals) return number;
  const __int128 divisor = Power(number.scale - decimals);
  __int128 quotient = number.units / divisor;
  const __int128 rest = number.units % divisor;
  if (rest != 0 && rounding == Rounding::kExact) {
    return InvalidArgument(
        "TOO_MANY_DECIMALS", "",
        decimals == 0
            ? absl::StrCat("\"", FormatExact(number), "\" is not a whole number")
            : absl::StrCat("\"", FormatExact(number), "\" has more than ", decimals, " decimals"));
  }
  if (AwayFromZero(quotient, rest, divisor, rounding)) quotient += number.units < 0 ? -1 : 1;
  return Checked(quotient, decimals);
}

absl::StatusOr<int64_t> ToWhole(const ExactNumber& number, int scale, Rounding rounding) {
  ExactNumber scaled = number;
  scaled.scale -= scale;
  if (scaled.scale < 0) {
    __int128 units = 0;
    if (-scaled.scale > kExactDigitsMax ||
        __builtin_mul_overflow(scaled.units, Power(-scaled.scale), &units)) {
      return InvalidArgument("OUT_OF_RANGE", "",
                             absl::StrCat("\"", FormatExact(number), "\" is out of range"));
    }
    scaled = {units, 0};
  }
  auto whole = Rounded(scaled, 0, rounding);
  if (!whole.ok() && scale > 0) {
    return InvalidArgument(
        "TOO_MANY_DECIMALS", "",
        absl::StrCat("\"", FormatExact(number), "\" has more than ", scale, " decimals"));
  }
  if (!whole.ok()) return whole.status();
  if (whole->units > std::numeric_limits<int64_t>::max() ||
      whole->units < std::numeric_limits<int64_t>::min()) {
    return InvalidArgument("OUT_OF_RANGE", "",
                           absl::StrCat("\"", FormatExact(number), "\" is out of range"));
  }
  return static_cast<int64_t>(whole->units);
}

}  // namespace bellwether::imports
