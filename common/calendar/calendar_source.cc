#include "common/calendar/calendar_source.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether {
namespace {

absl::Status SameZone(const DefinedCalendar& now, const DefinedCalendar& next) {
  if (now.calendar.time_zone() == next.calendar.time_zone()) return absl::OkStatus();
  return InvalidArgument(
      "TIME_ZONE_FIXED", "time_zone",
      absl::StrCat("days are those of ", now.calendar.time_zone().name(), ", not of ",
                   next.calendar.time_zone().name(), ": what is folded already is in them"));
}

}  // namespace

CalendarSource::CalendarSource(DefinedCalendar calendar)
    : CurrentValue(std::move(calendar), &SameZone) {}

}  // namespace bellwether
