// How the times of a column are written.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_TIME_STYLE_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_TIME_STYLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace bellwether::imports {

// Named formats beside those of strptime.
inline constexpr absl::string_view kExcelFormat = "excel";           // days since 1899-12-30
inline constexpr absl::string_view kExcel1904Format = "excel-1904";  // days since 1904-01-01
inline constexpr absl::string_view kUnixFormat = "unix";             // seconds since 1970
inline constexpr absl::string_view kUnixMillisFormat = "unix-ms";

struct TimeStyle {
  // Tried in this order; empty means a date as 2026-03-01, alone, with a time of day, or as RFC
  // 3339.
  std::vector<std::string> formats = {};
  // Of times that say no offset.
  absl::TimeZone zone = absl::UTCTimeZone();
  // Given to a date that says no time.
  int64_t seconds_of_day = 12 * 3600;
};

struct ParsedTime {
  absl::Time time;
  // The cell says a day and no time of it.
  bool date_only = false;
  absl::CivilDay day;
  // That local time came twice; `time` is the first.
  bool repeated = false;
};

// OK when every format is one ParseTime knows. INVALID_ARGUMENT / BAD_TIME_FORMAT.
absl::Status CheckFormats(const std::vector<std::string>& formats);

// INVALID_ARGUMENT / NOT_A_TIME, naming the formats that were tried; NO_SUCH_LOCAL_TIME for a time
// that clocks skipped.
absl::StatusOr<ParsedTime> ParseTime(absl::string_view text, const TimeStyle& style);

// "HH:MM" or "HH:MM:SS" as seconds of a day. NOT_A_TIME.
absl::StatusOr<int64_t> ParseTimeOfDay(absl::string_view text);
// The instant of that local time of that day. NO_SUCH_LOCAL_TIME.
absl::StatusOr<ParsedTime> AtTimeOfDay(absl::CivilDay day, int64_t seconds_of_day,
                                       absl::TimeZone zone);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_TIME_STYLE_H_
