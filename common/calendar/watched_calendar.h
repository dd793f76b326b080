// The deployment's calendar, kept as its file has it.
#ifndef BELLWETHER_COMMON_CALENDAR_WATCHED_CALENDAR_H_
#define BELLWETHER_COMMON_CALENDAR_WATCHED_CALENDAR_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/calendar/calendar_source.h"
#include "common/config/watched_value.h"
#include "common/metrics/metrics.h"

namespace bellwether {

class WatchedCalendar : public config::WatchedValue<CalendarSource> {
 public:
  // The file at `path`; without one Asia/Shanghai, Monday to Friday, 9 to 18 h, no special days.
  // INVALID_ARGUMENT with every problem of the file.
  static absl::StatusOr<std::unique_ptr<WatchedCalendar>> Open(absl::string_view service,
                                                               const std::string& path,
                                                               metrics::Registry& metrics);

 private:
  using WatchedValue::WatchedValue;
};

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_CALENDAR_WATCHED_CALENDAR_H_
