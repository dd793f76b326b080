// When a scheme classifies, and which schemes are none.
#include "common/base/status.h"
#include "common/scheme/scheme.h"
#include "gtest/gtest.h"

namespace bellwether::scheme::scheme_schedule_test {
namespace {

class ScheduleTest : public ::testing::Test {
 protected:
  absl::Time At(int year, int month, int day, int hour = 0) const {
    return absl::FromCivil(absl::CivilHour(year, month, day, hour), calendar_.time_zone());
  }
  absl::Time Next(const Schedule& schedule, absl::Time after) const {
    return NextInstant(schedule, calendar_, after);
  }
  static constexpr absl::Duration kLeast = absl::Microseconds(1);

  const Calendar calendar_ = *Calendar::Create({});
};

TEST_F(ScheduleTest, NightlyIsEveryLocalMidnight) {
  const Schedule nightly{Cadence::kNightly};
  EXPECT_EQ(Next(nightly, At(2026, 12, 1, 13)), At(2026, 12, 2));
  EXPECT_EQ(Next(nightly, At(2026, 12, 2)), At(2026, 12, 3)) << "strictly later";
}

TEST_F(ScheduleTest, WeeklyIsThatHourOfThatDay) {
  const Schedule friday{Cadence::kWeekly, /*weekday=*/5, /*hour=*/18};
  EXPECT_EQ(Next(friday, At(2026, 12, 1)), At(2026, 12, 4, 18));
  EXPECT_EQ(Next(friday, At(2026, 12, 4, 18) - kLeast), At(2026, 12, 4, 18));
  EXPECT_EQ(Next(friday, At(2026, 12, 4, 18)), At(2026, 12, 11, 18));
  const Schedule sunday{Cadence::kWeekly, /*weekday=*/7, /*hour=*/0};
  EXPECT_EQ(Next(sunday, At(2026, 12, 4)), At(2026, 12, 6));
}

TEST_F(ScheduleTest, QuarterlyIsTheFirstMidnightOfAQuarter) {
  const Schedule quarterly{Cadence::kQuarterly};
  EXPECT_EQ(Next(quarterly, At(2026, 12, 31, 23)), At(2027, 1, 1));
  EXPECT_EQ(Next(quarterly, At(2027, 1, 1)), At(2027, 4, 1));
  EXPECT_EQ(Next(quarterly, At(2027, 3, 31)), At(2027, 4, 1));
  EXPECT_EQ(Next(quarterly, At(2027, 5, 17)), At(2027, 7, 1));
}

TEST_F(ScheduleTest, OnDemandIsNever) {
  EXPECT_EQ(Next({Cadence::kOnDemand}, At(2026, 12, 1)), absl::InfiniteFuture());
}

v1::Scheme Valid() {
  v1::Scheme scheme;
  scheme.set_scheme_id("grade");
  scheme.set_rule("A2");
  scheme.set_subject_type("account");
  scheme.add_classes()->set_name("A");
  scheme.add_classes()->set_name("B");
  scheme.mutable_schedule()->set_cadence(v1::CADENCE_WEEKLY);
  scheme.mutable_schedule()->set_weekday(5);
  scheme.mutable_schedule()->set_hour(18);
  return scheme;
}

std::string FieldOf(const v1::Scheme& scheme) {
  const auto read = FromProto(scheme);
  return read.ok() ? "" : DetailOf(read.status())->field;
}

TEST(SchemeFile, IsReadOrNamesTheFieldAtFault) {
  EXPECT_EQ(FieldOf(Valid()), "");
  v1::Scheme scheme = Valid();
  scheme.set_scheme_id("no id");
  EXPECT_EQ(FieldOf(scheme), "scheme_id");
  scheme = Valid();
  scheme.clear_classes();
  EXPECT_EQ(FieldOf(scheme), "classes");
  scheme = Valid();
  scheme.add_classes()->set_name("A");
  EXPECT_EQ(FieldOf(scheme), absl::StrCat("classes[", scheme.classes_size() - 1, "].name"));
  scheme = Valid();
  scheme.set_otherwise("C");
  EXPECT_EQ(FieldOf(scheme), "otherwise");
  scheme = Valid();
  scheme.mutable_schedule()->set_weekday(8);
  EXPECT_EQ(FieldOf(scheme), "schedule.weekday");
  scheme = Valid();
  scheme.mutable_schedule()->set_hour(24);
  EXPECT_EQ(FieldOf(scheme), "schedule.hour");
  scheme = Valid();
  scheme.clear_schedule();
  EXPECT_EQ(FieldOf(scheme), "schedule.cadence");
}

}  // namespace
}  // namespace bellwether::scheme::scheme_schedule_test
