// When something is due that has so long to be done.
#ifndef BELLWETHER_COMMON_TIMERS_DELAY_H_
#define BELLWETHER_COMMON_TIMERS_DELAY_H_

#include "absl/time/time.h"
#include "common/calendar/calendar.h"

namespace bellwether::timers {

struct Delay {
  absl::Duration length;
  bool business = false;  // only business hours of the calendar count; otherwise all time does
};

inline absl::Time DueAfter(const Calendar& calendar, absl::Time start, const Delay& delay) {
  return delay.business ? calendar.AddBusinessTime(start, delay.length) : start + delay.length;
}

}  // namespace bellwether::timers

#endif  // BELLWETHER_COMMON_TIMERS_DELAY_H_
