// The calendar's YAML file.
//
//   time_zone: Asia/Shanghai
//   workweek: [monday, tuesday, wednesday, thursday, friday]
//   business_begin: "09:00"
//   business_end: "18:00"
//   holidays:
//     - {date: 2026-10-01, through: 2026-10-07, title: National Day}
//   extra_workdays:
//     - {date: 2026-10-10, title: in exchange for 2026-10-07}
#ifndef BELLWETHER_COMMON_CALENDAR_CALENDAR_FILE_H_
#define BELLWETHER_COMMON_CALENDAR_CALENDAR_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/calendar/calendar.h"

namespace bellwether {

inline constexpr int32_t kSpecialDaysInARowMax = 31;

// INVALID_ARGUMENT / CONFIG_INVALID with every problem and its line (common/config/problems.h).
absl::StatusOr<Calendar> ReadCalendar(absl::string_view text, absl::string_view file);
// Of that file; of none: Asia/Shanghai, Monday to Friday, 9 to 18 h, no special days.
absl::StatusOr<Calendar> LoadCalendar(const std::string& path);

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_CALENDAR_CALENDAR_FILE_H_
