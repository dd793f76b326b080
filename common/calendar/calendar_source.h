// The calendar as it is now.
#ifndef BELLWETHER_COMMON_CALENDAR_CALENDAR_SOURCE_H_
#define BELLWETHER_COMMON_CALENDAR_CALENDAR_SOURCE_H_

#include "common/base/current_value.h"
#include "common/calendar/calendar_file.h"

namespace bellwether {

// Thread-safe. Replace: INVALID_ARGUMENT / TIME_ZONE_FIXED for a calendar of another zone, since
// what was folded before is in the local days of the first one.
class CalendarSource : public CurrentValue<DefinedCalendar> {
 public:
  explicit CalendarSource(DefinedCalendar calendar);
};

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_CALENDAR_CALENDAR_SOURCE_H_
