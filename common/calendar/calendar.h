// Local days, workdays and business hours.
//
// A Calendar is an immutable value: no clock, no I/O, safe from every thread, usable in domain
// code. A local day is a number: days since 1970-01-01 in the calendar's time zone. Days are
// contiguous spans of time that cover it without overlap, also where clocks change: a day has 23,
// 24 or 25 hours, and LocalDayOf never falls as time goes on.
#ifndef BELLWETHER_COMMON_CALENDAR_CALENDAR_H_
#define BELLWETHER_COMMON_CALENDAR_CALENDAR_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace bellwether {

// Business time never reaches further than this from where it starts.
inline constexpr int32_t kBusinessSpanDaysMax = 3'660;

struct CalendarOptions {
  std::string time_zone = "Asia/Shanghai";
  // Monday first.
  std::array<bool, 7> workweek = {true, true, true, true, true, false, false};
  absl::Duration business_begin = absl::Hours(9);  // local time of day
  absl::Duration business_end = absl::Hours(18);
  std::vector<absl::CivilDay> holidays;        // no workdays, whatever the weekday
  std::vector<absl::CivilDay> extra_workdays;  // workdays, whatever the weekday
};

class Calendar {
 public:
  // INVALID_ARGUMENT for an unknown time zone, a week without workdays, business hours that are
  // empty or leave the day, a day that is both holiday and extra workday.
  static absl::StatusOr<Calendar> Create(const CalendarOptions& options);

  // The local day `time` lies in. A few nanoseconds for times of 1970–2100.
  int32_t LocalDayOf(absl::Time time) const {
    const int64_t seconds = absl::ToUnixSeconds(time);
    const Span& newest = spans_.back();
    if (seconds < newest.from || seconds >= kTabulatedUntil) return SlowDayOf(seconds);
    return DayOfSeconds(seconds + newest.offset);
  }
  // The first instant of the day; StartOfDay(day + 1) is its end.
  absl::Time StartOfDay(int32_t day) const;
  // The first instant of the next local day: strictly later than `time`.
  absl::Time NextMidnight(absl::Time time) const { return StartOfDay(LocalDayOf(time) + 1); }

  static int32_t DayOf(absl::CivilDay day) {
    return static_cast<int32_t>(day - absl::CivilDay(1970, 1, 1));
  }
  static absl::CivilDay CivilDayOf(int32_t day) { return absl::CivilDay(1970, 1, 1) + day; }
  static absl::Weekday WeekdayOf(int32_t day) { return absl::GetWeekday(CivilDayOf(day)); }

  bool IsWorkday(int32_t day) const;
  // Workdays after `from` up to and including `to`; negative when `to` is earlier: from Friday to
  // the next Monday it is 1.
  int32_t WorkdaysBetween(int32_t from, int32_t to) const;
  // The `count`-th workday after `day` (before it, for a negative count); `day` itself for zero.
  // Clamped to kBusinessSpanDaysMax days.
  int32_t AddWorkdays(int32_t day, int32_t count) const;

  // Begin is in, end is out.
  bool IsBusinessTime(absl::Time time) const;
  // The instant at which `duration` of business time has passed since `start`. Zero gives the first
  // business instant at or after `start`. Clamped to kBusinessSpanDaysMax days after `start`.
  absl::Time AddBusinessTime(absl::Time start, absl::Duration duration) const;
  // Business time from `begin` to `end`; negative when `end` is earlier. Counts no further than
  // kBusinessSpanDaysMax days.
  absl::Duration BusinessTimeBetween(absl::Time begin, absl::Time end) const;
  // Length of one business day: "5 workdays" as a clock is AddBusinessTime(start, 5 · this).
  absl::Duration BusinessDayLength() const { return business_end_ - business_begin_; }

  const absl::TimeZone& time_zone() const { return zone_; }

 private:
  // From `from` on (seconds since the epoch) local time is ahead of UTC by `offset` seconds.
  struct Span {
    int64_t from;
    int64_t offset;
  };
  struct BusinessHours {
    absl::Time begin;
    absl::Time end;
  };

  static constexpr int64_t kDaySeconds = 86'400;
  static constexpr int64_t kTabulatedUntil = 4'102'444'800;  // 2100-01-01

  Calendar(const CalendarOptions& options, absl::TimeZone zone);

  void TabulateOffsets();
  int32_t SlowDayOf(int64_t seconds) const;
  static int32_t DayOfSeconds(int64_t local_seconds) {
    const int64_t day = local_seconds / kDaySeconds;
    return static_cast<int32_t>(local_seconds % kDaySeconds < 0 ? day - 1 : day);
  }
  bool InWorkweek(int32_t day) const {
    // 1970-01-01 was a Thursday: index 3 of a week that begins on Monday.
    return workweek_[((day + 3) % 7 + 7) % 7];
  }
  BusinessHours BusinessHoursOf(int32_t day) const;

  absl::TimeZone zone_;
  std::vector<Span> spans_;  // sorted by `from`, never empty
  std::array<bool, 7> workweek_;
  absl::Duration business_begin_;
  absl::Duration business_end_;
  // Where a day differs from its week, sorted: days of the workweek that are none, and the reverse.
  std::vector<int32_t> closed_;
  std::vector<int32_t> opened_;
};

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_CALENDAR_CALENDAR_H_
