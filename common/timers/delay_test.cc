#include "common/timers/delay.h"

#include "gtest/gtest.h"

namespace bellwether::timers::delay_test {
namespace {

TEST(Delay, CountsAllTimeOrBusinessTimeOnly) {
  const Calendar calendar = *Calendar::Create({});  // 09:00–18:00, Monday to Friday
  const absl::Time friday_17 =
      absl::FromCivil(absl::CivilHour(2026, 11, 27, 17), calendar.time_zone());
  const absl::Time saturday_17 = friday_17 + absl::Hours(24);
  const absl::Time monday_10 = friday_17 + absl::Hours(24 * 3 - 7);
  EXPECT_EQ(DueAfter(calendar, friday_17, {absl::Hours(24)}), saturday_17);
  EXPECT_EQ(DueAfter(calendar, friday_17, {absl::Hours(2), /*business=*/true}), monday_10);
}

}  // namespace
}  // namespace bellwether::timers::delay_test
