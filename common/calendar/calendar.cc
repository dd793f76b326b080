#include "common/calendar/calendar.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether {
namespace {

absl::Status Refuse(absl::string_view field, absl::string_view message) {
  return InvalidArgument("CALENDAR_INVALID", field, message);
}

}  // namespace

absl::StatusOr<Calendar> Calendar::Create(const CalendarOptions& options) {
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(options.time_zone, &zone)) {
    return Refuse("time_zone", absl::StrCat("unknown time zone \"", options.time_zone, "\""));
  }
  if (std::none_of(options.workweek.begin(), options.workweek.end(), [](bool on) { return on; })) {
    return Refuse("workweek", "a week needs at least one workday");
  }
  if (options.business_begin < absl::ZeroDuration() || options.business_end > absl::Hours(24) ||
      options.business_begin >= options.business_end) {
    return Refuse("business_end", "business hours must begin before they end, within one day");
  }
  for (const absl::CivilDay day : options.extra_workdays) {
    if (absl::c_linear_search(options.holidays, day)) {
      return Refuse("extra_workdays", absl::StrCat(absl::FormatCivilTime(day),
                                                   " is both a holiday and an extra workday"));
    }
  }
  return Calendar(options, zone);
}

Calendar::Calendar(const CalendarOptions& options, absl::TimeZone zone)
    : zone_(zone),
      workweek_(options.workweek),
      business_begin_(options.business_begin),
      business_end_(options.business_end) {
  for (const absl::CivilDay day : options.holidays) {
    if (InWorkweek(DayOf(day))) closed_.push_back(DayOf(day));
  }
  for (const absl::CivilDay day : options.extra_workdays) {
    if (!InWorkweek(DayOf(day))) opened_.push_back(DayOf(day));
  }
  for (std::vector<int32_t>* days : {&closed_, &opened_}) {
    std::sort(days->begin(), days->end());
    days->erase(std::unique(days->begin(), days->end()), days->end());
  }
  TabulateOffsets();
}

void Calendar::TabulateOffsets() {
  spans_.push_back({0, zone_.At(absl::UnixEpoch()).offset});
  absl::Time time = absl::UnixEpoch();
  const absl::Time until = absl::FromUnixSeconds(kTabulatedUntil);
  absl::TimeZone::CivilTransition transition;
  while (zone_.NextTransition(time, &transition)) {
    const absl::TimeZone::TimeInfo change = zone_.At(transition.to);
    time = change.kind == absl::TimeZone::TimeInfo::REPEATED ? change.trans : change.pre;
    if (time >= until) break;
    const int64_t from = absl::ToUnixSeconds(time);
    const int64_t before = spans_.back().offset;
    const int64_t after = zone_.At(time).offset;
    // Clocks set back from after midnight to before it would take the day back too. But the day has
    // begun: the old offset stays until the clock passes midnight again.
    const int32_t begun = DayOfSeconds(from - 1 + before);
    const bool day_would_fall = DayOfSeconds(from + after) < begun;
    spans_.push_back({day_would_fall ? begun * kDaySeconds - after : from, after});
  }
}

int32_t Calendar::SlowDayOf(int64_t seconds) const {
  // Infinite times get a day too; one that no real time has.
  constexpr int64_t kFarthest = kDaySeconds * 1'000'000'000;
  seconds = std::clamp(seconds, -kFarthest, kFarthest);
  if (seconds < spans_.front().from || seconds >= kTabulatedUntil) {
    return DayOfSeconds(seconds + zone_.At(absl::FromUnixSeconds(seconds)).offset);
  }
  const auto after =
      std::upper_bound(spans_.begin(), spans_.end(), seconds,
                       [](int64_t value, const Span& span) { return value < span.from; });
  return DayOfSeconds(seconds + std::prev(after)->offset);
}

absl::Time Calendar::StartOfDay(int32_t day) const {
  const absl::TimeZone::TimeInfo info = zone_.At(absl::CivilSecond(CivilDayOf(day)));
  // A midnight that was skipped: the day begins with the change. One that came twice: at the first.
  return info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.pre;
}

bool Calendar::IsWorkday(int32_t day) const {
  const std::vector<int32_t>& exceptions = InWorkweek(day) ? closed_ : opened_;
  const bool excepted = std::binary_search(exceptions.begin(), exceptions.end(), day);
  return InWorkweek(day) != excepted;
}

int32_t Calendar::WorkdaysBetween(int32_t from, int32_t to) const {
  if (to < from) return -WorkdaysBetween(to, from);
  const int32_t weeks = (to - from) / 7;
  int32_t count =
      weeks * static_cast<int32_t>(std::count(workweek_.begin(), workweek_.end(), true));
  for (int32_t day = from + weeks * 7 + 1; day <= to; ++day) count += InWorkweek(day) ? 1 : 0;
  const auto within = [&](const std::vector<int32_t>& days) {
    return static_cast<int32_t>(std::upper_bound(days.begin(), days.end(), to) -
                                std::upper_bound(days.begin(), days.end(), from));
  };
  return count - within(closed_) + within(opened_);
}

int32_t Calendar::AddWorkdays(int32_t day, int32_t count) const {
  const int32_t step = count < 0 ? -1 : 1;
  const int32_t last = day + step * kBusinessSpanDaysMax;
  while (count != 0 && day != last) {
    day += step;
    if (IsWorkday(day)) count -= step;
  }
  return day;
}

Calendar::BusinessHours Calendar::BusinessHoursOf(int32_t day) const {
  const auto at = [&](absl::Duration time_of_day) {
    // Wall time, not time elapsed since midnight: business begins at nine on a day of 23 hours too.
    return absl::FromCivil(absl::CivilSecond(CivilDayOf(day)) + absl::ToInt64Seconds(time_of_day),
                           zone_);
  };
  return {at(business_begin_), at(business_end_)};
}

bool Calendar::IsBusinessTime(absl::Time time) const {
  const int32_t day = LocalDayOf(time);
  if (!IsWorkday(day)) return false;
  const BusinessHours hours = BusinessHoursOf(day);
  return hours.begin <= time && time < hours.end;
}

absl::Time Calendar::AddBusinessTime(absl::Time start, absl::Duration duration) const {
  absl::Duration left = std::max(duration, absl::ZeroDuration());
  const int32_t first = LocalDayOf(start);
  for (int32_t day = first; day < first + kBusinessSpanDaysMax; ++day) {
    if (!IsWorkday(day)) continue;
    const BusinessHours hours = BusinessHoursOf(day);
    const absl::Time from = std::max(start, hours.begin);
    if (from >= hours.end) continue;
    // The whole of a day's time ends with that day, not with the next one's first instant.
    if (left <= hours.end - from) return from + left;
    left -= hours.end - from;
  }
  return StartOfDay(first + kBusinessSpanDaysMax);
}

absl::Duration Calendar::BusinessTimeBetween(absl::Time begin, absl::Time end) const {
  if (end < begin) return -BusinessTimeBetween(end, begin);
  absl::Duration sum;
  const int32_t last = std::min(LocalDayOf(end), LocalDayOf(begin) + kBusinessSpanDaysMax);
  for (int32_t day = LocalDayOf(begin); day <= last; ++day) {
    if (!IsWorkday(day)) continue;
    const BusinessHours hours = BusinessHoursOf(day);
    sum += std::max(absl::ZeroDuration(), std::min(end, hours.end) - std::max(begin, hours.begin));
  }
  return sum;
}

}  // namespace bellwether
