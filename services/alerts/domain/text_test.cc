#include "services/alerts/domain/text.h"

#include "gtest/gtest.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::text_test {
namespace {

constexpr char kPattern[] = "{subject} {value} {threshold} {since}";

std::string Text(const Rule& rule, int64_t value, int64_t threshold, int money_digits = 2) {
  return RenderText(kPattern, rule, {"Acme", value, threshold, absl::FromUnixSeconds(0)},
                    {absl::FixedTimeZone(8 * 3600), money_digits});
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

Rule RuleOfMoney() {
  Threshold condition;
  condition.value = "orders.value_90d";
  condition.direction = Direction::kBelow;
  condition.levels = {{.level = Level::kYellow, .fire_micros = 214'000 * kMicros}};
  Rule rule = for_tests::RuleOf("R45", condition);
  rule.loss = {"orders.value_90d", "orders.value_90d_before"};
  return rule;
}

TEST(AlertText, ShowsMoneyInUnitsOfTheReportingCurrency) {  // c03
  const int64_t value = 213'999 * kMicros;
  const int64_t threshold = 214'000 * kMicros;
  EXPECT_EQ(Text(RuleOfMoney(), value, threshold, 2), "Acme 2139.99 2140 1970-01-01 08:00");
  EXPECT_EQ(Text(RuleOfMoney(), value, threshold, 0), "Acme 213999 214000 1970-01-01 08:00")
      << "a yen has no hundredths";
  EXPECT_EQ(Text(RuleOfMoney(), value, threshold, 3), "Acme 213.999 214 1970-01-01 08:00")
      << "and a dinar has a thousand parts";
  Rule points = RuleOfMoney();
  points.loss = {};
  EXPECT_EQ(Text(points, value, threshold, 2), "Acme 213999 214000 1970-01-01 08:00");
}

TEST(AlertText, ShowsLateMoneyInUnitsOfTheReportingCurrency) {  // c03
  const absl::CivilDay day(2026, 11, 20);
  const RestatedValue value{"orders.value_90d", day, day, 521'000 * kMicros, 591'050 * kMicros};
  Rule rule = for_tests::R39();
  rule.loss = {"orders.value_90d", "orders.value_90d_before"};
  const auto shown = [&](int money_digits) {
    return RenderRestated(value, day, rule, {absl::UTCTimeZone(), money_digits});
  };
  EXPECT_EQ(shown(2), "2026-11-20: orders.value_90d was 5210, is 5910.5");
  EXPECT_EQ(shown(0), "2026-11-20: orders.value_90d was 521000, is 591050");
  EXPECT_EQ(shown(3), "2026-11-20: orders.value_90d was 521, is 591.05");
}

}  // namespace
}  // namespace bellwether::alerts::text_test
