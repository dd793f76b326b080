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

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "bellwether/type/v1/calendar.pb.h"
#include "common/calendar/calendar.h"

namespace bellwether {

inline constexpr int32_t kSpecialDaysInARowMax = 31;

// A calendar and what its file says, with what it leaves out.
struct DefinedCalendar {
  Calendar calendar;
  type::v1::CalendarDefinition definition;
};

// Gives `take` the calendar; an empty mapping, {}, is that of Asia/Shanghai, Monday to Friday, 9 to
// 18 h, no special days. INVALID_ARGUMENT / CONFIG_INVALID with every problem and its line
// (common/config/problems.h); so comes back what `take` has against it.
absl::Status TakeCalendar(absl::string_view text, absl::string_view file,
                          absl::FunctionRef<absl::Status(DefinedCalendar)> take);

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_CALENDAR_CALENDAR_FILE_H_
