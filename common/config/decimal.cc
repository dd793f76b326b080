#include "common/config/decimal.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace bellwether::config {
namespace {

constexpr int kDecimalsMax = 6;
constexpr int64_t kMicros = 1'000'000;

struct Unit {
  absl::string_view name;
  absl::Duration length;
};

constexpr Unit kUnits[] = {
    {"d", absl::Hours(24)},       {"h", absl::Hours(1)},         {"m", absl::Minutes(1)},
    {"s", absl::Seconds(1)},      {"ms", absl::Milliseconds(1)}, {"us", absl::Microseconds(1)},
    {"ns", absl::Nanoseconds(1)},
};

bool IsDigits(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c); });
}

}  // namespace

absl::StatusOr<int64_t> ParseMicros(absl::string_view text) {
  const auto refuse = [&](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" ", why));
  };
  absl::string_view rest = text;
  const bool negative = absl::ConsumePrefix(&rest, "-");
  const size_t point = rest.find('.');
  const absl::string_view whole = rest.substr(0, point);
  const absl::string_view decimals =
      point == absl::string_view::npos ? "0" : rest.substr(point + 1);
  if (!IsDigits(whole) || !IsDigits(decimals)) return refuse("is not a decimal number");
  if (decimals.size() > kDecimalsMax) return refuse("has more than six decimals");
  // The digits without the point are the number itself: no arithmetic that could round.
  const std::string digits = absl::StrCat(negative ? "-" : "", whole, decimals,
                                          std::string(kDecimalsMax - decimals.size(), '0'));
  int64_t micros = 0;
  if (!absl::SimpleAtoi(digits, &micros)) return refuse("is out of range");
  return micros;
}

std::string MicrosText(int64_t micros) {
  // The magnitude of the smallest integer has no positive counterpart.
  const uint64_t magnitude =
      micros < 0 ? 0 - static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
  std::string text = absl::StrCat(micros < 0 ? "-" : "", magnitude / kMicros);
  if (magnitude % kMicros != 0) {
    absl::StrAppend(&text, ".", absl::Dec(magnitude % kMicros, absl::kZeroPad6));
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text;
}

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text) {
  const auto refuse = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is not a duration such as 7d, 36h, 1h30m, 90s or 500ms"));
  };
  absl::string_view rest = text;
  const bool negative = absl::ConsumePrefix(&rest, "-");
  if (rest == "0") return absl::ZeroDuration();
  if (rest.empty()) return refuse();
  absl::Duration sum;
  const Unit* next = std::begin(kUnits);
  while (!rest.empty()) {
    const auto digits_end = std::find_if_not(rest.begin(), rest.end(), absl::ascii_isdigit);
    const absl::string_view digits = rest.substr(0, digits_end - rest.begin());
    rest.remove_prefix(digits.size());
    const auto name_end = std::find_if(rest.begin(), rest.end(), absl::ascii_isdigit);
    const absl::string_view name = rest.substr(0, name_end - rest.begin());
    rest.remove_prefix(name.size());
    int64_t count = 0;
    const Unit* unit =
        std::find_if(next, std::end(kUnits), [&](const Unit& u) { return u.name == name; });
    if (!absl::SimpleAtoi(digits, &count) || unit == std::end(kUnits)) return refuse();
    sum += count * unit->length;
    next = unit + 1;
  }
  // absl saturates to infinity instead of overflowing.
  if (sum == absl::InfiniteDuration()) return refuse();
  return negative ? -sum : sum;
}

std::string DurationText(absl::Duration duration) {
  if (duration == absl::ZeroDuration()) return "0s";
  std::string text = duration < absl::ZeroDuration() ? "-" : "";
  absl::Duration rest = absl::AbsDuration(duration);
  for (const Unit& unit : kUnits) {
    const int64_t count = absl::IDivDuration(rest, unit.length, &rest);
    if (count != 0) absl::StrAppend(&text, count, unit.name);
  }
  return text;
}

}  // namespace bellwether::config
