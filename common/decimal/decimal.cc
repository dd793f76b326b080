#include "common/decimal/decimal.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether {
namespace {

int64_t PowerOfTen(int exponent) {
  int64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

std::string Grouped(absl::string_view digits) {
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped.push_back(' ');
    grouped.push_back(digits[i]);
  }
  return grouped;
}

// |value|, also of the least integer.
uint64_t Magnitude(int64_t value) {
  return value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
}

// Whole and fractional digits of a magnitude that is already rounded.
std::string Digits(uint64_t magnitude, int decimals, bool grouped) {
  const auto power = static_cast<uint64_t>(PowerOfTen(decimals));
  const std::string whole = absl::StrCat(magnitude / power);
  std::string text = grouped ? Grouped(whole) : whole;
  if (decimals > 0) {
    const std::string fraction = absl::StrCat(magnitude % power);
    absl::StrAppend(&text, ".", std::string(decimals - fraction.size(), '0'), fraction);
  }
  return text;
}

}  // namespace

absl::StatusOr<int64_t> ParseDecimal(absl::string_view text, int scale) {
  const auto not_a_number = [&] {
    return InvalidArgument("NOT_A_NUMBER", "", absl::StrCat("\"", text, "\" is not a number"));
  };
  absl::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
  const size_t point = rest.find('.');
  absl::string_view whole = rest.substr(0, point);
  absl::string_view fraction =
      point == absl::string_view::npos ? absl::string_view() : rest.substr(point + 1);
  const auto all_digits = [](absl::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), absl::ascii_isdigit);
  };
  if (!all_digits(whole) || (point != absl::string_view::npos && !all_digits(fraction))) {
    return not_a_number();
  }
  while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
  if (fraction.size() > static_cast<size_t>(scale)) {
    return InvalidArgument("TOO_MANY_DECIMALS", "",
                           absl::StrCat("\"", text, "\" has more than ", scale, " decimals"));
  }
  const std::string digits =
      absl::StrCat(whole, fraction, std::string(scale - fraction.size(), '0'));
  int64_t value = 0;
  for (const char digit : digits) {
    // Counted downwards: the least integer has no positive counterpart.
    if (__builtin_mul_overflow(value, int64_t{10}, &value) ||
        __builtin_sub_overflow(value, int64_t{digit - '0'}, &value)) {
      return InvalidArgument("OUT_OF_RANGE", "", absl::StrCat("\"", text, "\" is out of range"));
    }
  }
  if (negative) return value;
  if (value == std::numeric_limits<int64_t>::min()) {
    return InvalidArgument("OUT_OF_RANGE", "", absl::StrCat("\"", text, "\" is out of range"));
  }
  return -value;
}

int64_t RoundHalfAway(int64_t value, int64_t unit) {
  const int64_t rest = value % unit;
  const int64_t floor = value - rest;
  if (2 * Magnitude(rest) < static_cast<uint64_t>(unit)) return floor;
  int64_t rounded = 0;
  const bool outside = __builtin_add_overflow(floor, value < 0 ? -unit : unit, &rounded);
  return outside ? floor : rounded;
}

std::string FormatRounded(int64_t value, int scale, int decimals) {
  const int64_t unit = PowerOfTen(scale - decimals);
  const int64_t rounded = RoundHalfAway(value, unit) / unit;
  return absl::StrCat(rounded < 0 ? "-" : "", Digits(Magnitude(rounded), decimals, false));
}

std::string FormatDecimal(int64_t value, int scale) {
  std::string text = absl::StrCat(value < 0 ? "-" : "", Digits(Magnitude(value), scale, false));
  if (scale == 0) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string FormatSigned(int64_t value, int scale, int decimals) {
  const std::string text = FormatRounded(value, scale, decimals);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  return zero || text.front() == '-' ? text : absl::StrCat("+", text);
}

std::string FormatGrouped(int64_t value, int scale) {
  return absl::StrCat(value < 0 ? "-" : "", Digits(Magnitude(value), scale, true));
}

std::string FormatCount(int64_t value) { return FormatGrouped(value, 0); }

std::vector<int64_t> RoundToSum(absl::Span<const int64_t> parts, int64_t total, int64_t unit) {
  std::vector<int64_t> rounded;
  std::vector<int64_t> remainders;
  int64_t sum = 0;
  for (const int64_t part : parts) {
    const int64_t remainder = ((part % unit) + unit) % unit;
    rounded.push_back(part - remainder);
    remainders.push_back(remainder);
    sum += part - remainder;
  }
  if (rounded.empty()) return rounded;
  std::vector<size_t> order(parts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
  // The floors fall short of the total by at most one unit a part, unless the total is not theirs.
  for (size_t i = 0; sum < total; i = (i + 1) % order.size(), sum += unit)
    rounded[order[i]] += unit;
  for (size_t i = 0; sum > total; i = (i + 1) % order.size(), sum -= unit) {
    rounded[order[order.size() - 1 - i]] -= unit;
  }
  return rounded;
}

}  // namespace bellwether
