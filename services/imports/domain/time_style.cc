#include "services/imports/domain/time_style.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "services/imports/domain/exact_number.h"

namespace bellwether::imports {
namespace {

constexpr int64_t kSecondsOfDay = 24 * 3600;
// The day that Lotus invented, 1900-02-29, and the days before it, which count from another day.
constexpr int64_t kExcelLeapSerial = 60;
constexpr int64_t kExcelSerialMax = 2'958'465;  // 9999-12-31

const std::vector<std::string>& DefaultFormats() {
  static const auto& formats =
      *new std::vector<std::string>{"%E4Y-%m-%d", absl::RFC3339_full, "%E4Y-%m-%d %H:%M:%E*S",
                                    "%E4Y-%m-%dT%H:%M:%E*S", "%E4Y-%m-%d %H:%M"};
  return formats;
}

bool HasAny(absl::string_view format, std::initializer_list<absl::string_view> parts) {
  for (const absl::string_view part : parts) {
    if (absl::StrContains(format, part)) return true;
  }
  return false;
}

bool SaysTimeOfDay(absl::string_view format) {
  return HasAny(format, {"%H", "%T", "%R", "%I", "%s", "%k", "%l", "%c", "%r", "%X"});
}
bool SaysOffset(absl::string_view format) {
  return HasAny(format, {"%z", "%Ez", "%E*z", "%:z", "%s"});
}

absl::StatusOr<ParsedTime> AtCivil(absl::CivilSecond civil, absl::Duration fraction,
                                   absl::TimeZone zone) {
  const absl::TimeZone::TimeInfo info = zone.At(civil);
  if (info.kind == absl::TimeZone::TimeInfo::SKIPPED) {
    return InvalidArgument("NO_SUCH_LOCAL_TIME", "",
                           absl::StrCat(absl::FormatCivilTime(civil), " does not exist in ",
                                        zone.name(), ": clocks were put forward"));
  }
  return ParsedTime{.time = info.pre + fraction,
                    .day = absl::CivilDay(civil),
                    .repeated = info.kind == absl::TimeZone::TimeInfo::REPEATED};
}

absl::StatusOr<std::optional<ParsedTime>> AsExcel(absl::string_view text, const TimeStyle& style,
                                                  bool from_1904) {
  const auto serial = ParseExact(text);
  if (!serial.ok()) return std::nullopt;
  ASSIGN_OR_RETURN(const ExactNumber whole, Rounded(*serial, 0, Rounding::kDown));
  if (serial->units < 0 || whole.units > kExcelSerialMax) return std::nullopt;
  auto days = static_cast<int64_t>(whole.units);
  absl::CivilDay day = from_1904 ? absl::CivilDay(1904, 1, 1) : absl::CivilDay(1899, 12, 30);
  if (!from_1904 && days <= kExcelLeapSerial) {
    if (days == kExcelLeapSerial || days == 0) return std::nullopt;
    ++days;
  }
  day += days;
  if (serial->scale == 0) {
    ASSIGN_OR_RETURN(ParsedTime parsed, AtTimeOfDay(day, style.seconds_of_day, style.zone));
    parsed.date_only = true;
    return parsed;
  }
  ASSIGN_OR_RETURN(const ExactNumber fraction, Sum(*serial, Negated(whole)));
  ASSIGN_OR_RETURN(const ExactNumber seconds, Product(fraction, ExactNumber::Of(kSecondsOfDay)));
  ASSIGN_OR_RETURN(const int64_t rounded, ToWhole(seconds, 0, Rounding::kHalfAway));
  ASSIGN_OR_RETURN(const ParsedTime parsed,
                   AtCivil(absl::CivilSecond(day) + rounded, absl::ZeroDuration(), style.zone));
  return parsed;
}

std::optional<ParsedTime> AsUnix(absl::string_view text, const TimeStyle& style, int scale) {
  const auto number = ParseExact(text);
  if (!number.ok()) return std::nullopt;
  const auto nanos = ToWhole(*number, 9 - scale, Rounding::kDown);
  if (!nanos.ok()) return std::nullopt;
  const absl::Time time = absl::FromUnixNanos(*nanos);
  return ParsedTime{.time = time, .day = absl::ToCivilDay(time, style.zone)};
}

// Nothing where the text is not written so.
absl::StatusOr<std::optional<ParsedTime>> As(absl::string_view text, absl::string_view format,
                                             const TimeStyle& style) {
  if (format == kExcelFormat) return AsExcel(text, style, /*from_1904=*/false);
  if (format == kExcel1904Format) return AsExcel(text, style, /*from_1904=*/true);
  if (format == kUnixFormat) return AsUnix(text, style, 0);
  if (format == kUnixMillisFormat) return AsUnix(text, style, 3);
  absl::Time time;
  std::string error;
  // Without an offset the local time is read as if it were universal: then nothing is moved.
  if (!absl::ParseTime(format, text, absl::UTCTimeZone(), &time, &error) ||
      time == absl::InfiniteFuture() || time == absl::InfinitePast()) {
    return std::nullopt;
  }
  if (SaysOffset(format)) {
    return ParsedTime{.time = time, .day = absl::ToCivilDay(time, style.zone)};
  }
  const absl::CivilSecond civil = absl::ToCivilSecond(time, absl::UTCTimeZone());
  if (!SaysTimeOfDay(format)) {
    ASSIGN_OR_RETURN(ParsedTime parsed,
                     AtTimeOfDay(absl::CivilDay(civil), style.seconds_of_day, style.zone));
    parsed.date_only = true;
    return parsed;
  }
  ASSIGN_OR_RETURN(const ParsedTime parsed,
                   AtCivil(civil, time - absl::FromCivil(civil, absl::UTCTimeZone()), style.zone));
  return parsed;
}

// "2026-03-01", the most frequent of all, without the cost of a general parser.
std::optional<absl::CivilDay> AsPlainDate(absl::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto number = [&](size_t begin, size_t length) {
    int value = 0;
    for (const char c : text.substr(begin, length)) {
      if (c < '0' || c > '9') return -1;
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  if (year < 1 || month < 1 || day < 1) return std::nullopt;
  const absl::CivilDay date(year, month, day);
  if (date.year() != year || date.month() != month || date.day() != day) return std::nullopt;
  return date;
}

}  // namespace

absl::Status CheckFormats(const std::vector<std::string>& formats) {
  for (const std::string& format : formats) {
    if (format == kExcelFormat || format == kExcel1904Format || format == kUnixFormat ||
        format == kUnixMillisFormat) {
      continue;
    }
    if (!absl::StrContains(format, "%")) {
      return InvalidArgument("BAD_TIME_FORMAT", "",
                             absl::StrCat("\"", format, "\" is no format of times"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ParsedTime> ParseTime(absl::string_view text, const TimeStyle& style) {
  const bool plain = style.formats.empty();
  if (plain) {
    if (const auto day = AsPlainDate(text)) {
      ASSIGN_OR_RETURN(ParsedTime parsed, AtTimeOfDay(*day, style.seconds_of_day, style.zone));
      parsed.date_only = true;
      return parsed;
    }
  }
  const std::vector<std::string>& formats = plain ? DefaultFormats() : style.formats;
  for (const std::string& format : formats) {
    ASSIGN_OR_RETURN(const std::optional<ParsedTime> parsed, As(text, format, style));
    if (parsed.has_value()) return *parsed;
  }
  return InvalidArgument(
      "NOT_A_TIME", "",
      plain ? absl::StrCat("\"", text,
                           "\" is not a time as 2026-03-01 or 2026-03-01 09:30:00; "
                           "time_formats names other forms")
            : absl::StrCat("\"", text, "\" is not a time as ", absl::StrJoin(formats, " or ")));
}

absl::StatusOr<int64_t> ParseTimeOfDay(absl::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%H:%M:%S", text, absl::UTCTimeZone(), &time, &error) &&
      !absl::ParseTime("%H:%M", text, absl::UTCTimeZone(), &time, &error)) {
    return InvalidArgument("NOT_A_TIME", "",
                           absl::StrCat("\"", text, "\" is not a time of day as 09:30"));
  }
  return absl::ToUnixSeconds(time) % kSecondsOfDay;
}

absl::StatusOr<ParsedTime> AtTimeOfDay(absl::CivilDay day, int64_t seconds_of_day,
                                       absl::TimeZone zone) {
  return AtCivil(absl::CivilSecond(day) + seconds_of_day, absl::ZeroDuration(), zone);
}

}  // namespace bellwether::imports
