#include "common/calendar/calendar.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::calendar_test {
namespace {

Calendar MakeCalendar(CalendarOptions options = {}) {
  absl::StatusOr<Calendar> calendar = Calendar::Create(options);
  EXPECT_TRUE(calendar.ok()) << calendar.status();
  return *calendar;
}

Calendar InZone(const char* zone) {
  CalendarOptions options;
  options.time_zone = zone;
  return MakeCalendar(options);
}

absl::Time Utc(const char* text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, absl::StrCat(text, "Z"), &time, &error)) << error;
  return time;
}

absl::Time Local(const Calendar& calendar, const char* text) {
  absl::CivilSecond civil;
  EXPECT_TRUE(absl::ParseLenientCivilTime(text, &civil)) << text;
  return absl::FromCivil(civil, calendar.time_zone());
}

int32_t Day(int year, int month, int day) {
  return Calendar::DayOf(absl::CivilDay(year, month, day));
}

TEST(LocalDay, BeginsAtSixteenUtcInShanghai) {
  const Calendar calendar = MakeCalendar();
  EXPECT_EQ(calendar.LocalDayOf(Utc("2026-11-21T15:59:59.999999999")), Day(2026, 11, 21));
  EXPECT_EQ(calendar.LocalDayOf(Utc("2026-11-21T16:00:00")), Day(2026, 11, 22));
  EXPECT_EQ(calendar.StartOfDay(Day(2026, 11, 22)), Utc("2026-11-21T16:00:00"));
}

TEST(LocalDay, IsZeroOnTheFirstOfJanuary1970AndNegativeBefore) {
  const Calendar calendar = InZone("UTC");
  EXPECT_EQ(calendar.LocalDayOf(absl::UnixEpoch()), 0);
  EXPECT_EQ(calendar.LocalDayOf(absl::UnixEpoch() - absl::Nanoseconds(1)), -1);
  EXPECT_EQ(calendar.LocalDayOf(absl::UnixEpoch() - absl::Hours(24)), -1);
}

TEST(LocalDay, GivesInfiniteTimesADayOfTheirOwn) {
  const Calendar calendar = MakeCalendar();
  EXPECT_GT(calendar.LocalDayOf(absl::InfiniteFuture()), Day(9999, 12, 31));
  EXPECT_LT(calendar.LocalDayOf(absl::InfinitePast()), Day(1, 1, 1));
}

TEST(LocalDay, HasTwentyThreeHoursWhereClocksGoForward) {
  const Calendar berlin = InZone("Europe/Berlin");
  const int32_t day = Day(2026, 3, 29);
  EXPECT_EQ(berlin.StartOfDay(day + 1) - berlin.StartOfDay(day), absl::Hours(23));
  EXPECT_EQ(berlin.NextMidnight(Utc("2026-03-29T12:00:00")), Utc("2026-03-29T22:00:00"));
}

TEST(LocalDay, HasTwentyFiveHoursWhereClocksGoBack) {
  const Calendar berlin = InZone("Europe/Berlin");
  const int32_t day = Day(2026, 10, 25);
  EXPECT_EQ(berlin.StartOfDay(day + 1) - berlin.StartOfDay(day), absl::Hours(25));
}

TEST(LocalDay, BeginsWithTheChangeWhereMidnightIsSkipped) {
  // Clocks in Beirut go from 00:00 to 01:00.
  const Calendar beirut = InZone("Asia/Beirut");
  const int32_t day = Day(2021, 3, 28);
  EXPECT_EQ(beirut.StartOfDay(day), Utc("2021-03-27T22:00:00"));
  EXPECT_EQ(beirut.LocalDayOf(Utc("2021-03-27T22:00:00")), day);
  EXPECT_EQ(beirut.LocalDayOf(Utc("2021-03-27T21:59:59")), day - 1);
}

TEST(LocalDay, NextMidnightIsLaterThanAMidnight) {
  const Calendar calendar = MakeCalendar();
  const absl::Time midnight = calendar.StartOfDay(Day(2026, 5, 1));
  EXPECT_EQ(calendar.NextMidnight(midnight), midnight + absl::Hours(24));
}

// Every instant near every change of clocks of these zones: days cover time without gap or overlap.
TEST(LocalDay, AgreesWithStartOfDayAndNeverFallsAroundEveryChangeOfClocks) {
  // St John's set clocks back at 00:01, Samoa skipped a day, Casablanca and Cairo change often,
  // Azores set back to midnight itself.
  for (const char* zone :
       {"Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Africa/Casablanca",
        "Africa/Cairo", "America/Sao_Paulo", "Atlantic/Azores", "America/Havana",
        "Australia/Lord_Howe", "Pacific/Kwajalein", "America/Scoresbysund"}) {
    const Calendar calendar = InZone(zone);
    absl::Time change = absl::UnixEpoch();
    absl::TimeZone::CivilTransition transition;
    const absl::Time last = absl::FromUnixSeconds(2'100'000'000);
    while (calendar.time_zone().NextTransition(change, &transition)) {
      const auto info = calendar.time_zone().At(transition.to);
      change = info.kind == absl::TimeZone::TimeInfo::REPEATED ? info.trans : info.pre;
      if (change > last) break;
      int32_t previous = calendar.LocalDayOf(change - absl::Hours(30));
      for (absl::Time time = change - absl::Hours(30); time < change + absl::Hours(30);
           time += absl::Minutes(1)) {
        for (const absl::Time at : {time - absl::Nanoseconds(1), time}) {
          const int32_t day = calendar.LocalDayOf(at);
          ASSERT_GE(day, previous) << zone << " " << at;
          ASSERT_LE(calendar.StartOfDay(day), at) << zone << " " << at;
          ASSERT_LT(at, calendar.StartOfDay(day + 1)) << zone << " " << at;
          previous = day;
        }
      }
    }
  }
}

TEST(LocalDay, AgreesWithTheTimeZoneOnEveryHourOfTheRange) {
  for (const char* zone : {"Asia/Shanghai", "America/New_York", "Asia/Kathmandu"}) {
    const Calendar calendar = InZone(zone);
    for (absl::Time time = Utc("1965-01-01T00:30:00"); time < Utc("2105-01-01T00:00:00");
         time += absl::Hours(5)) {
      ASSERT_EQ(calendar.LocalDayOf(time),
                Calendar::DayOf(absl::ToCivilDay(time, calendar.time_zone())))
          << zone << " " << time;
    }
  }
}

TEST(Workdays, AreMondayToFridayWithoutHolidaysAndWithExtraDays) {
  CalendarOptions options;
  options.holidays = {absl::CivilDay(2026, 10, 1)};         // Thursday
  options.extra_workdays = {absl::CivilDay(2026, 10, 10)};  // Saturday
  const Calendar calendar = MakeCalendar(options);
  EXPECT_TRUE(calendar.IsWorkday(Day(2026, 9, 30)));
  EXPECT_FALSE(calendar.IsWorkday(Day(2026, 10, 1)));
  EXPECT_TRUE(calendar.IsWorkday(Day(2026, 10, 10)));
  EXPECT_FALSE(calendar.IsWorkday(Day(2026, 10, 11)));
  EXPECT_TRUE(calendar.IsWorkday(Day(1969, 12, 29)));  // a Monday before the epoch
  EXPECT_FALSE(calendar.IsWorkday(Day(1969, 12, 28)));
}

TEST(Workdays, BetweenCountTheEndAndNotTheBegin) {
  const Calendar calendar = MakeCalendar();
  const int32_t friday = Day(2026, 11, 20);
  EXPECT_EQ(calendar.WorkdaysBetween(friday, friday), 0);
  EXPECT_EQ(calendar.WorkdaysBetween(friday, friday + 2), 0);
  EXPECT_EQ(calendar.WorkdaysBetween(friday, friday + 3), 1);
  EXPECT_EQ(calendar.WorkdaysBetween(friday + 3, friday), -1);
}

TEST(Workdays, BetweenAgreesWithCountingOneByOne) {
  CalendarOptions options;
  options.holidays = {absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 1, 3),
                      absl::CivilDay(2026, 1, 1)};
  options.extra_workdays = {absl::CivilDay(2026, 1, 4), absl::CivilDay(2026, 1, 5)};
  const Calendar calendar = MakeCalendar(options);
  for (int32_t from = Day(2025, 12, 20); from < Day(2026, 1, 20); ++from) {
    int32_t counted = 0;
    for (int32_t to = from + 1; to < from + 40; ++to) {
      counted += calendar.IsWorkday(to) ? 1 : 0;
      ASSERT_EQ(calendar.WorkdaysBetween(from, to), counted);
    }
  }
}

TEST(Workdays, AddSkipsTheWeekendInBothDirections) {
  const Calendar calendar = MakeCalendar();
  const int32_t friday = Day(2026, 11, 20);
  EXPECT_EQ(calendar.AddWorkdays(friday, 0), friday);
  EXPECT_EQ(calendar.AddWorkdays(friday, 1), friday + 3);
  EXPECT_EQ(calendar.AddWorkdays(friday + 3, -1), friday);
  EXPECT_EQ(calendar.AddWorkdays(friday + 1, 5), friday + 7);
}

TEST(BusinessTime, BeginsAtNineAndEndsAtEighteen) {
  const Calendar calendar = MakeCalendar();
  EXPECT_FALSE(calendar.IsBusinessTime(Local(calendar, "2026-11-20T08:59:59")));
  EXPECT_TRUE(calendar.IsBusinessTime(Local(calendar, "2026-11-20T09:00:00")));
  EXPECT_TRUE(calendar.IsBusinessTime(Local(calendar, "2026-11-20T17:59:59")));
  EXPECT_FALSE(calendar.IsBusinessTime(Local(calendar, "2026-11-20T18:00:00")));
  EXPECT_FALSE(calendar.IsBusinessTime(Local(calendar, "2026-11-21T12:00:00")));
}

TEST(BusinessTime, RunsOverTheWeekend) {
  const Calendar calendar = MakeCalendar();
  EXPECT_EQ(calendar.AddBusinessTime(Local(calendar, "2026-11-20T17:00:00"), absl::Hours(2)),
            Local(calendar, "2026-11-23T10:00:00"));
}

TEST(BusinessTime, EndsWithTheDayThatItFills) {
  const Calendar calendar = MakeCalendar();
  EXPECT_EQ(calendar.AddBusinessTime(Local(calendar, "2026-11-20T09:00:00"), absl::Hours(9)),
            Local(calendar, "2026-11-20T18:00:00"));
  EXPECT_EQ(calendar.AddBusinessTime(Local(calendar, "2026-11-20T15:00:00"), absl::Hours(9)),
            Local(calendar, "2026-11-23T15:00:00"));
}

TEST(BusinessTime, StartsWithTheNextBusinessInstant) {
  const Calendar calendar = MakeCalendar();
  EXPECT_EQ(calendar.AddBusinessTime(Local(calendar, "2026-11-21T03:00:00"), absl::ZeroDuration()),
            Local(calendar, "2026-11-23T09:00:00"));
  EXPECT_EQ(calendar.AddBusinessTime(Local(calendar, "2026-11-20T18:00:00"), absl::ZeroDuration()),
            Local(calendar, "2026-11-23T09:00:00"));
}

TEST(BusinessTime, IsClampedWhereItWouldNeverEnd) {
  const Calendar calendar = MakeCalendar();
  const absl::Time start = Local(calendar, "2026-11-20T09:00:00");
  EXPECT_EQ(calendar.AddBusinessTime(start, absl::InfiniteDuration()),
            calendar.StartOfDay(Day(2026, 11, 20) + kBusinessSpanDaysMax));
}

TEST(BusinessTime, BetweenUndoesAdd) {
  const Calendar calendar = MakeCalendar();
  const absl::Time start = Local(calendar, "2026-11-19T10:30:00");
  for (absl::Duration length; length < absl::Hours(60); length += absl::Minutes(7)) {
    EXPECT_EQ(calendar.BusinessTimeBetween(start, calendar.AddBusinessTime(start, length)), length);
  }
  EXPECT_EQ(calendar.BusinessTimeBetween(start + absl::Hours(1), start), -absl::Hours(1));
}

TEST(BusinessTime, BeginsAtNineOnADayWhereClocksChange) {
  CalendarOptions options;
  options.time_zone = "Europe/Berlin";
  options.workweek = {true, true, true, true, true, true, true};
  const Calendar berlin = MakeCalendar(options);
  EXPECT_TRUE(berlin.IsBusinessTime(Utc("2026-03-29T07:00:00")));
  EXPECT_FALSE(berlin.IsBusinessTime(Utc("2026-03-29T06:59:59")));
}

TEST(Calendar, RefusesOptionsThatMakeNoSense) {
  const auto reason_field = [](const CalendarOptions& options) -> std::string {
    const auto detail = DetailOf(Calendar::Create(options).status());
    return detail.has_value() ? detail->field : "accepted";
  };
  CalendarOptions options;
  EXPECT_EQ(reason_field(options), "accepted");
  options.time_zone = "Mars/Olympus";
  EXPECT_EQ(reason_field(options), "time_zone");
  options = {};
  options.workweek = {};
  EXPECT_EQ(reason_field(options), "workweek");
  options = {};
  options.business_end = options.business_begin;
  EXPECT_EQ(reason_field(options), "business_end");
  options = {};
  options.holidays = {absl::CivilDay(2026, 1, 1)};
  options.extra_workdays = options.holidays;
  EXPECT_EQ(reason_field(options), "extra_workdays");
}

}  // namespace
}  // namespace bellwether::calendar_test
