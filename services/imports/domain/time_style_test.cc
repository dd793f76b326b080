#include "services/imports/domain/time_style.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/base/status.h"

namespace bellwether::imports::time_style_test {
namespace {

using ::testing::HasSubstr;

absl::TimeZone Zone(const char* name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone));
  return zone;
}

std::string Read(absl::string_view text, const TimeStyle& style) {
  const auto parsed = ParseTime(text, style);
  if (!parsed.ok()) return DetailOf(parsed.status())->reason;
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", parsed->time, style.zone) +
         (parsed->date_only ? " day" : "") + (parsed->repeated ? " twice" : "");
}

TEST(TimeStyle, ReadsDatesAndTimesByDefault) {
  const TimeStyle style{.zone = Zone("Asia/Shanghai")};
  EXPECT_EQ(Read("2026-11-03", style), "2026-11-03 12:00:00 day");
  EXPECT_EQ(Read("2026-11-03 09:30:05", style), "2026-11-03 09:30:05");
  EXPECT_EQ(Read("2026-11-03T09:30:05", style), "2026-11-03 09:30:05");
  EXPECT_EQ(Read("2026-11-03T09:30:05Z", style), "2026-11-03 17:30:05");
  EXPECT_EQ(Read("2024-02-29", style), "2024-02-29 12:00:00 day");
  for (const char* text : {"2026-02-30", "2027-02-29", "2026-13-01", "26-11-03", "infinite-future",
                           "3.11.2026", "45964"}) {
    EXPECT_EQ(Read(text, style), "NOT_A_TIME") << text;
  }
}

TEST(TimeStyle, TriesSeveralFormatsInTheirOrder) {
  const TimeStyle style{.formats = {"%d.%m.%Y %H:%M", "%d.%m.%Y", "%E4Y%m%d"},
                        .zone = Zone("Europe/Berlin"),
                        .seconds_of_day = 0};
  EXPECT_EQ(Read("3.11.2026 08:05", style), "2026-11-03 08:05:00");
  EXPECT_EQ(Read("3.11.2026", style), "2026-11-03 00:00:00 day");
  EXPECT_EQ(Read("20261103", style), "2026-11-03 00:00:00 day");
  EXPECT_EQ(Read("2026-11-03", style), "NOT_A_TIME") << "only what is named";
  EXPECT_THAT(std::string(ParseTime("x", style).status().message()), HasSubstr("%E4Y%m%d"));
}

TEST(TimeStyle, ReportsLocalTimesThatClocksSkippedAndTakesTheFirstOfTwo) {
  const TimeStyle style{.formats = {"%Y-%m-%d %H:%M"}, .zone = Zone("Europe/Berlin")};
  EXPECT_EQ(Read("2026-03-29 02:30", style), "NO_SUCH_LOCAL_TIME");
  EXPECT_EQ(Read("2026-03-29 01:59", style), "2026-03-29 01:59:00");
  EXPECT_EQ(Read("2026-03-29 03:00", style), "2026-03-29 03:00:00");
  EXPECT_EQ(Read("2026-10-25 02:30", style), "2026-10-25 02:30:00 twice");
  const auto first = ParseTime("2026-10-25 02:30", style);
  EXPECT_EQ(absl::FormatTime("%H:%M", first->time, absl::UTCTimeZone()), "00:30");
  // An offset says which one is meant.
  const TimeStyle with_offset{.formats = {"%Y-%m-%d %H:%M %z"}, .zone = style.zone};
  EXPECT_EQ(Read("2026-10-25 02:30 +0100", with_offset), "2026-10-25 02:30:00");
  // A date at an hour that is skipped on that day.
  EXPECT_EQ(Read("2026-03-29", {.zone = style.zone, .seconds_of_day = 9000}), "NO_SUCH_LOCAL_TIME");
}

TEST(TimeStyle, ReadsSerialNumbersOfExcel) {
  const TimeStyle style{.formats = {"excel"}, .zone = Zone("Asia/Shanghai")};
  EXPECT_EQ(Read("46329", style), "2026-11-03 12:00:00 day");
  EXPECT_EQ(Read("46329.5", style), "2026-11-03 12:00:00");
  EXPECT_EQ(Read("46329.39583333333", style), "2026-11-03 09:30:00");
  EXPECT_EQ(Read("1", style), "1900-01-01 12:00:00 day");
  EXPECT_EQ(Read("59", style), "1900-02-28 12:00:00 day");
  EXPECT_EQ(Read("60", style), "NOT_A_TIME") << "1900-02-29 was no day";
  EXPECT_EQ(Read("61", style), "1900-03-01 12:00:00 day");
  EXPECT_EQ(Read("-1", style), "NOT_A_TIME");
  EXPECT_EQ(Read("2958466", style), "NOT_A_TIME") << "past 9999";
  EXPECT_EQ(Read("44867", {.formats = {"excel-1904"}, .zone = style.zone}),
            "2026-11-03 12:00:00 day");
}

TEST(TimeStyle, ReadsSecondsAndMillisecondsSince1970) {
  const TimeStyle seconds{.formats = {"unix"}};
  EXPECT_EQ(Read("1793698205", seconds), "2026-11-03 09:30:05");
  EXPECT_EQ(Read("1793698205000", {.formats = {"unix-ms"}}), "2026-11-03 09:30:05");
  EXPECT_EQ(Read("yesterday", seconds), "NOT_A_TIME");
}

TEST(TimeStyle, ReadsTimesOfDay) {
  EXPECT_EQ(*ParseTimeOfDay("09:30"), 34'200);
  EXPECT_EQ(*ParseTimeOfDay("23:59:59"), 86'399);
  for (const char* text : {"", "24:00", "9.30", "noon"}) EXPECT_FALSE(ParseTimeOfDay(text).ok());
}

TEST(TimeStyle, KnowsWhatIsNoFormat) {
  EXPECT_TRUE(CheckFormats({"%d.%m.%Y", "excel", "unix"}).ok());
  EXPECT_EQ(DetailOf(CheckFormats({"DD.MM.YYYY"}))->reason, "BAD_TIME_FORMAT");
}

}  // namespace
}  // namespace bellwether::imports::time_style_test
