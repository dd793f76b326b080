#include "services/alerts/domain/text.h"

#include "gtest/gtest.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::text_test {
namespace {

constexpr char kPattern[] = "{subject} {value} {threshold} {since}";

std::string Text(const Rule& rule, int64_t value, int64_t threshold) {
  return RenderText(kPattern, rule, {"Acme", value, threshold, absl::FromUnixSeconds(0)},
                    absl::FixedTimeZone(8 * 3600));
}

TEST(AlertText, ShowsPointsWithAtMostTwoPlaces) {
  EXPECT_EQ(Text(for_tests::R13(), 65'432'199, 70'000'000), "Acme 65.43 70 1970-01-01 08:00");
  EXPECT_EQ(Text(for_tests::R13(), -1'005'000, 0), "Acme -1.01 0 1970-01-01 08:00");
}

TEST(AlertText, NeverRoundsAValueToItsThreshold) {
  EXPECT_EQ(Text(for_tests::R13(), 79'999'999, 80'000'000), "Acme 79.999999 80 1970-01-01 08:00");
}

TEST(AlertText, ShowsAChangeAsAPercentageWithoutSign) {
  EXPECT_EQ(Text(for_tests::R39(), -150'000, -150'000), "Acme 15% 15% 1970-01-01 08:00");
  EXPECT_EQ(Text(for_tests::R39(), -333'333, -150'000), "Acme 33.33% 15% 1970-01-01 08:00");
}

TEST(AlertText, ShowsAnAbsenceInDays) {
  EXPECT_EQ(Text(for_tests::R02(), 0, absl::ToInt64Microseconds(absl::Hours(168))),
            "Acme 1970-01-01 08:00 7 1970-01-01 08:00");
}

}  // namespace
}  // namespace bellwether::alerts::text_test
