#include "common/calendar/calendar_file.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::calendar_file_test {
namespace {

absl::StatusOr<Calendar> ReadCalendar(absl::string_view text, absl::string_view file) {
  std::optional<Calendar> calendar;
  const absl::Status taken = TakeCalendar(text, file, [&](DefinedCalendar defined) {
    calendar = std::move(defined.calendar);
    return absl::OkStatus();
  });
  if (!taken.ok()) return taken;
  return *std::move(calendar);
}

using ::testing::HasSubstr;

std::string ProblemsOf(absl::string_view text) {
  return std::string(ReadCalendar(text, "calendar.yaml").status().message());
}

int32_t Day(int year, int month, int day) {
  return Calendar::DayOf(absl::CivilDay(year, month, day));
}

TEST(CalendarFile, GivesHolidaysInARowAndDaysThatMakeUpForThem) {
  const absl::StatusOr<Calendar> calendar = ReadCalendar(R"(
time_zone: Asia/Shanghai
business_begin: "08:30"
business_end: "24:00"
holidays:
  - {date: 2026-10-01, through: 2026-10-07, title: National Day}
extra_workdays:
  - {date: 2026-10-10}
)",
                                                         "calendar.yaml");
  ASSERT_TRUE(calendar.ok()) << calendar.status();
  EXPECT_TRUE(calendar->IsWorkday(Day(2026, 9, 30)));
  EXPECT_FALSE(calendar->IsWorkday(Day(2026, 10, 1)));
  EXPECT_FALSE(calendar->IsWorkday(Day(2026, 10, 7)));
  EXPECT_TRUE(calendar->IsWorkday(Day(2026, 10, 8)));
  EXPECT_TRUE(calendar->IsWorkday(Day(2026, 10, 10)));
  EXPECT_EQ(calendar->BusinessDayLength(), absl::Hours(15) + absl::Minutes(30));
}

TEST(CalendarFile, KeepsDefaultsForWhatItLeavesOut) {
  const absl::StatusOr<Calendar> calendar = ReadCalendar("workweek: [sunday]", "calendar.yaml");
  ASSERT_TRUE(calendar.ok()) << calendar.status();
  EXPECT_EQ(calendar->time_zone().name(), "Asia/Shanghai");
  EXPECT_EQ(calendar->BusinessDayLength(), absl::Hours(9));
  EXPECT_TRUE(calendar->IsWorkday(Day(2026, 11, 22)));
  EXPECT_FALSE(calendar->IsWorkday(Day(2026, 11, 23)));
}

TEST(CalendarFile, ReportsEveryProblemWithItsLine) {
  const std::string text = ProblemsOf(R"(business_begin: "9:00"
business_end: "24:01"
workweek: [moonday]
holidays:
  - {date: 2026-02-30}
  - {date: 2026-10-07, through: 2026-10-01}
  - {date: 2026-10-01, through: 2026-11-01}
)");
  EXPECT_THAT(text, HasSubstr("calendar.yaml:1:1: business_begin: \"9:00\" is not a time of day"));
  EXPECT_THAT(text, HasSubstr("calendar.yaml:2:1: business_end: "));
  EXPECT_THAT(text, HasSubstr("calendar.yaml:3:12: workweek[0]: \"moonday\" is none of monday, "));
  EXPECT_THAT(text, HasSubstr("calendar.yaml:5:6: holidays[0].date: \"2026-02-30\" is not a day"));
  EXPECT_THAT(text, HasSubstr("calendar.yaml:6:24: holidays[1].through: "));
  EXPECT_THAT(text, HasSubstr("calendar.yaml:7:24: holidays[2].through: "));
}

TEST(CalendarFile, NamesTheLineOfWhatTheCalendarItselfRefuses) {
  EXPECT_THAT(ProblemsOf("workweek: [monday]\ntime_zone: Mars/Olympus\n"),
              HasSubstr("calendar.yaml:2:1: time_zone: unknown time zone"));
}

}  // namespace
}  // namespace bellwether::calendar_file_test
