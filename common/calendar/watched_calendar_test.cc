#include "common/calendar/watched_calendar.h"

#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace bellwether::watched_calendar_test {
namespace {

constexpr char kService[] = "test";

class WatchedCalendarTest : public ::testing::Test {
 protected:
  WatchedCalendarTest() { Write("time_zone: Asia/Shanghai\n"); }

  void Write(absl::string_view text) { std::ofstream(path_) << text; }
  // A change takes effect once it has come to rest.
  void Changed(absl::string_view text) {
    Write(text);
    watched_->Look();
    watched_->Look();
  }
  void Open() {
    auto opened = WatchedCalendar::Open(kService, path_, metrics_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    watched_ = *std::move(opened);
  }
  bool IsWorkday(int year, int month, int day) const {
    return watched_->source().Now()->calendar.IsWorkday(
        Calendar::DayOf(absl::CivilDay(year, month, day)));
  }
  bool Shows(absl::string_view series) {
    return absl::StrContains(metrics_.Expose(), absl::StrCat(series, "\n"));
  }

  const std::string path_ = absl::StrCat(
      ::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
  metrics::Registry metrics_;
  std::unique_ptr<WatchedCalendar> watched_;
};

TEST_F(WatchedCalendarTest, HolidaysThatAreAddedHoldWithoutARestart) {
  Open();
  const auto held = watched_->source().Now();
  EXPECT_TRUE(IsWorkday(2026, 10, 1));
  Changed(
      "time_zone: Asia/Shanghai\n"
      "holidays:\n"
      "  - {date: 2026-10-01, through: 2026-10-07}\n"
      "extra_workdays:\n"
      "  - {date: 2026-10-10}\n");
  EXPECT_FALSE(IsWorkday(2026, 10, 1));
  EXPECT_TRUE(IsWorkday(2026, 10, 10));
  EXPECT_TRUE(held->calendar.IsWorkday(Calendar::DayOf(absl::CivilDay(2026, 10, 1))))
      << "what is held stays as it is";
  EXPECT_TRUE(Shows(R"(bellwether_config_file_refused{file="calendar",service="test"} 0)"));
}

TEST_F(WatchedCalendarTest, AFaultyFileChangesNothingAndShows) {
  Open();
  Changed("holidays:\n  - {date: 2026-02-30}\n");
  EXPECT_TRUE(IsWorkday(2026, 10, 1));
  EXPECT_TRUE(Shows(R"(bellwether_config_file_refused{file="calendar",service="test"} 1)"));
  Changed("holidays:\n  - {date: 2026-10-01}\n");
  EXPECT_FALSE(IsWorkday(2026, 10, 1));
  EXPECT_TRUE(Shows(R"(bellwether_config_file_refused{file="calendar",service="test"} 0)"));
}

TEST_F(WatchedCalendarTest, KeepsTheZone) {
  Open();
  Changed("time_zone: Europe/Berlin\nholidays:\n  - {date: 2026-10-01}\n");
  EXPECT_EQ(watched_->source().Now()->calendar.time_zone().name(), "Asia/Shanghai");
  EXPECT_TRUE(IsWorkday(2026, 10, 1)) << "a change takes effect as a whole";
  EXPECT_TRUE(Shows(R"(bellwether_config_file_refused{file="calendar",service="test"} 1)"));
}

TEST_F(WatchedCalendarTest, WithoutAFileItIsTheDefaultForGood) {
  auto opened = WatchedCalendar::Open(kService, "", metrics_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ((*opened)->source().Now()->calendar.time_zone().name(), "Asia/Shanghai");
}

}  // namespace
}  // namespace bellwether::watched_calendar_test
