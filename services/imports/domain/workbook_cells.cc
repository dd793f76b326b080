#include "services/imports/domain/workbook_cells.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/imports/domain/exact_number.h"
#include "services/imports/domain/number_style.h"
#include "services/imports/domain/time_style.h"

namespace bellwether::imports {
namespace {

constexpr int kColumnsMax = 16'384;
constexpr int kDigitsShown = 15;
constexpr int64_t kSecondsInDay = 24 * 3600;

std::optional<ExactNumber> Parse(absl::string_view text) {
  const auto number = ParseNumber(text, {.exponent = true});
  if (!number.ok()) return std::nullopt;
  // Digits before those that are shown.
  int digits = 0;
  for (__int128 rest = number->units; rest != 0; rest /= 10) ++digits;
  if (digits <= kDigitsShown) return *number;
  const int decimals = number->scale - (digits - kDigitsShown);
  if (decimals < 0) return *number;
  const auto rounded = Rounded(*number, decimals, Rounding::kHalfAway);
  return rounded.ok() ? *rounded : *number;
}

std::string TimeOfDay(int64_t seconds) {
  return absl::FormatTime("%H:%M:%S", absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
}

}  // namespace

std::optional<int> ColumnOfReference(absl::string_view reference) {
  int column = 0;
  size_t letters = 0;
  for (; letters < reference.size() &&
         absl::ascii_isupper(static_cast<unsigned char>(reference[letters]));
       ++letters) {
    column = column * 26 + (reference[letters] - 'A' + 1);
    if (column > kColumnsMax) return std::nullopt;
  }
  if (letters == 0) return std::nullopt;
  return column - 1;
}

SerialKind KindOfBuiltInFormat(int number) {
  if ((number >= 14 && number <= 17) || (number >= 27 && number <= 31) ||
      (number >= 50 && number <= 58)) {
    return SerialKind::kDate;
  }
  if (number >= 18 && number <= 21) return SerialKind::kTimeOfDay;
  if (number == 22) return SerialKind::kDateAndTime;
  return SerialKind::kNumber;
}

SerialKind KindOfFormat(absl::string_view code) {
  bool date = false;
  bool time = false;
  bool months = false;  // or minutes: m stands for either
  for (size_t i = 0; i < code.size(); ++i) {
    const char c = absl::ascii_tolower(static_cast<unsigned char>(code[i]));
    if (c == ';') break;  // of positive numbers
    if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '"') {
      i = code.find('"', i + 1);
      if (i == absl::string_view::npos) break;
    } else if (c == '[') {
      const size_t end = code.find(']', i);
      if (end == absl::string_view::npos) break;
      // "[h]": a span of time, not a time of day.
      const char inside = absl::ascii_tolower(static_cast<unsigned char>(code[i + 1]));
      const bool elapsed = end == i + 2 || (end > i + 1 && code[i + 1] == code[end - 1]);
      if (elapsed && (inside == 'h' || inside == 'm' || inside == 's')) return SerialKind::kNumber;
      i = end;
    } else if (c == 'y' || c == 'd') {
      date = true;
    } else if (c == 'h' || c == 's') {
      time = true;
    } else if (c == 'm') {
      months = true;
    } else if (c == '0' || c == '#' || c == '?') {
      // Seconds have fractions, dates have no digits.
      if (!time) return SerialKind::kNumber;
    } else if (c == 'e' || c == 'g') {
      if (absl::StrContains(absl::AsciiStrToLower(code), "general")) return SerialKind::kNumber;
    }
  }
  if (months && !time) date = true;
  if (date && time) return SerialKind::kDateAndTime;
  return date ? SerialKind::kDate : time ? SerialKind::kTimeOfDay : SerialKind::kNumber;
}

std::optional<std::string> NumberAsShown(absl::string_view text) {
  const auto number = Parse(text);
  if (!number.has_value()) return std::nullopt;
  return FormatExact(*number);
}

std::optional<std::string> SerialAsShown(absl::string_view text, SerialKind kind, bool from_1904) {
  const auto number = Parse(text);
  if (!number.has_value() || kind == SerialKind::kNumber) return std::nullopt;
  if (kind == SerialKind::kTimeOfDay && number->units >= 0 && Less(*number, ExactNumber::Of(1))) {
    const auto seconds = Product(*number, ExactNumber::Of(kSecondsInDay));
    if (!seconds.ok()) return std::nullopt;
    const auto whole = ToWhole(*seconds, 0, Rounding::kHalfAway);
    if (!whole.ok()) return std::nullopt;
    return TimeOfDay(*whole % kSecondsInDay);
  }
  const TimeStyle style{.formats = {std::string(from_1904 ? kExcel1904Format : kExcelFormat)},
                        .seconds_of_day = 0};
  const auto time = ParseTime(FormatExact(*number), style);
  if (!time.ok()) return std::nullopt;
  const std::string day = absl::FormatCivilTime(time->day);
  if (time->date_only && kind == SerialKind::kDate) return day;
  return absl::FormatTime("%E4Y-%m-%d %H:%M:%S", time->time, absl::UTCTimeZone());
}

}  // namespace bellwether::imports
