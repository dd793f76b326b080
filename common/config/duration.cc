#include "common/config/duration.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace bellwether::config {
namespace {

struct Unit {
  absl::string_view name;
  absl::Duration length;
};

constexpr Unit kUnits[] = {
    {"d", absl::Hours(24)},       {"h", absl::Hours(1)},         {"m", absl::Minutes(1)},
    {"s", absl::Seconds(1)},      {"ms", absl::Milliseconds(1)}, {"us", absl::Microseconds(1)},
    {"ns", absl::Nanoseconds(1)},
};

}  // namespace

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
