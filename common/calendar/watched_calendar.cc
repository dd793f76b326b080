#include "common/calendar/watched_calendar.h"

#include <utility>

#include "absl/memory/memory.h"
#include "common/base/status.h"

namespace bellwether {

absl::StatusOr<std::unique_ptr<WatchedCalendar>> WatchedCalendar::Open(absl::string_view service,
                                                                       const std::string& path,
                                                                       metrics::Registry& metrics) {
  ASSIGN_OR_RETURN(auto first, First(path, &TakeCalendar, "{}"));
  return absl::WrapUnique(new WatchedCalendar({std::string(service), "calendar"}, path,
                                              std::move(first), &TakeCalendar, metrics));
}

}  // namespace bellwether
