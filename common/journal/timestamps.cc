#include "common/journal/timestamps.h"

#include <algorithm>
#include <cstdint>

namespace bellwether::journal {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kSecondsMin = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr int64_t kSecondsMax = 253'402'300'799;  // 9999-12-31T23:59:59Z

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back: the well-known
// arithmetic over eras of 400 years that begin in March.
constexpr int64_t DaysOf(int64_t year, int month, int day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
};

constexpr Date DateOf(int64_t days) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {static_cast<int>(year_of_era + era * 400 + (month <= 2)), month, day};
}

constexpr int DaysInMonth(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool ReadDigits(absl::string_view& text, int count, int& value) {
  if (text.size() < static_cast<size_t>(count)) return false;
  value = 0;
  for (int i = 0; i < count; ++i) {
    const unsigned digit = static_cast<unsigned char>(text[i]) - '0';
    if (digit > 9) return false;
    value = value * 10 + static_cast<int>(digit);
  }
  text.remove_prefix(count);
  return true;
}

bool ReadOneOf(absl::string_view& text, char a, char b) {
  if (text.empty() || (text[0] != a && text[0] != b)) return false;
  text.remove_prefix(1);
  return true;
}

// ".123456789": any number of digits, at least one; the first six count.
bool ReadFraction(absl::string_view& text, int64_t& micros) {
  micros = 0;
  if (text.empty() || text[0] != '.') return true;
  text.remove_prefix(1);
  size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (digits < 6) micros = micros * 10 + (text[digits] - '0');
  }
  if (digits == 0) return false;
  for (size_t i = digits; i < 6; ++i) micros *= 10;
  text.remove_prefix(digits);
  return true;
}

// "Z" or "±hh:mm", in seconds east of UTC.
bool ReadOffset(absl::string_view& text, int64_t& seconds) {
  seconds = 0;
  if (ReadOneOf(text, 'Z', 'z')) return true;
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
  const int64_t sign = text[0] == '+' ? 1 : -1;
  text.remove_prefix(1);
  int hours = 0, minutes = 0;
  if (!ReadDigits(text, 2, hours) || !ReadOneOf(text, ':', ':') || !ReadDigits(text, 2, minutes) ||
      hours > 23 || minutes > 59) {
    return false;
  }
  seconds = sign * (hours * 3'600 + minutes * 60);
  return true;
}

void WriteDigits(char* at, int count, int64_t value) {
  for (int i = count - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string FormatRfc3339(absl::Time time) {
  const int64_t micros = std::clamp(absl::ToUnixMicros(time), kSecondsMin * kMicrosPerSecond,
                                    kSecondsMax * kMicrosPerSecond + kMicrosPerSecond - 1);
  constexpr int64_t kMicrosPerDay = kSecondsPerDay * kMicrosPerSecond;
  const int64_t days = (micros >= 0 ? micros : micros - kMicrosPerDay + 1) / kMicrosPerDay;
  const int64_t in_day = micros - days * kMicrosPerDay;
  const Date date = DateOf(days);
  std::string text = "0000-00-00T00:00:00.000000Z";
  WriteDigits(&text[0], 4, date.year);
  WriteDigits(&text[5], 2, date.month);
  WriteDigits(&text[8], 2, date.day);
  WriteDigits(&text[11], 2, in_day / (3'600 * kMicrosPerSecond));
  WriteDigits(&text[14], 2, in_day / (60 * kMicrosPerSecond) % 60);
  WriteDigits(&text[17], 2, in_day / kMicrosPerSecond % 60);
  WriteDigits(&text[20], 6, in_day % kMicrosPerSecond);
  return text;
}

std::optional<absl::Time> ParseRfc3339(absl::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  int64_t micros = 0, offset_seconds = 0;
  const bool shaped =
      ReadDigits(text, 4, year) && ReadOneOf(text, '-', '-') && ReadDigits(text, 2, month) &&
      ReadOneOf(text, '-', '-') && ReadDigits(text, 2, day) && ReadOneOf(text, 'T', 't') &&
      ReadDigits(text, 2, hour) && ReadOneOf(text, ':', ':') && ReadDigits(text, 2, minute) &&
      ReadOneOf(text, ':', ':') && ReadDigits(text, 2, second) && ReadFraction(text, micros) &&
      ReadOffset(text, offset_seconds) && text.empty();
  if (!shaped) return std::nullopt;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > DaysInMonth(year, month) ||
      hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  const int64_t seconds = DaysOf(year, month, day) * kSecondsPerDay + hour * 3'600 + minute * 60 +
                          second - offset_seconds;
  if (seconds < kSecondsMin || seconds > kSecondsMax) return std::nullopt;
  return absl::FromUnixMicros(seconds * kMicrosPerSecond + micros);
}

std::optional<absl::Time> FromTimestamp(const google::protobuf::Timestamp& timestamp) {
  if (timestamp.seconds() < kSecondsMin || timestamp.seconds() > kSecondsMax ||
      timestamp.nanos() < 0 || timestamp.nanos() > 999'999'999) {
    return std::nullopt;
  }
  return absl::FromUnixMicros(timestamp.seconds() * kMicrosPerSecond + timestamp.nanos() / 1'000);
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  int64_t seconds = micros / kMicrosPerSecond;
  if (micros % kMicrosPerSecond < 0) --seconds;
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>((micros - seconds * kMicrosPerSecond) * 1'000));
  return timestamp;
}

}  // namespace bellwether::journal
