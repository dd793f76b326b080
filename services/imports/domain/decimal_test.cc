#include "services/imports/domain/decimal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "common/base/status.h"

namespace bellwether::imports::decimal_test {
namespace {

using ::testing::ElementsAre;

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : "";
}

TEST(ParseDecimal, IsExact) {
  EXPECT_EQ(*ParseDecimal("29.33", 2), 2933);
  EXPECT_EQ(*ParseDecimal("-0.1", 2), -10);
  EXPECT_EQ(*ParseDecimal("+7", 0), 7);
  EXPECT_EQ(*ParseDecimal("1100.04", 8), 110'004'000'000);  // millions of dollars in cents
  EXPECT_EQ(*ParseDecimal("2.5000", 1), 25);                // zeros add no digits
  EXPECT_EQ(*ParseDecimal("9223372036854775807", 0), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(*ParseDecimal("-9223372036854775808", 0), std::numeric_limits<int64_t>::min());
}

TEST(ParseDecimal, RefusesWhatIsNoExactNumber) {
  for (const char* text : {"", "-", ".", "1.", ".5", "1,000", "1e3", " 1", "0x1", "1.2.3", "--1"}) {
    EXPECT_EQ(ReasonOf(ParseDecimal(text, 2).status()), "NOT_A_NUMBER") << text;
  }
  EXPECT_EQ(ReasonOf(ParseDecimal("29.335", 2).status()), "TOO_MANY_DECIMALS");
  EXPECT_EQ(ReasonOf(ParseDecimal("9223372036854775808", 0).status()), "OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(ParseDecimal("-9223372036854775809", 0).status()), "OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(ParseDecimal("92233720368547758.08", 3).status()), "OUT_OF_RANGE");
}

TEST(FormatScaled, RoundsHalfAwayFromZero) {
  EXPECT_EQ(FormatScaled(83'245'000, 6, 2), "83.25");
  EXPECT_EQ(FormatScaled(-83'245'000, 6, 2), "-83.25");
  EXPECT_EQ(FormatScaled(83'244'999, 6, 2), "83.24");
  EXPECT_EQ(FormatScaled(-4'999, 6, 2), "0.00");
  EXPECT_EQ(FormatScaled(99'999'999, 6, 1), "100.0");
  EXPECT_EQ(FormatScaled(7, 0, 0), "7");
  EXPECT_EQ(FormatSigned(1'500'000, 6, 1), "+1.5");
  EXPECT_EQ(FormatSigned(0, 6, 1), "0.0");
}

TEST(FormatMoney, KnowsTheMinorUnit) {
  EXPECT_EQ(FormatMoney(1'000'553'400, "USD"), "10 005 534.00 USD");
  EXPECT_EQ(FormatMoney(-5, "CNY"), "-0.05 CNY");
  EXPECT_EQ(FormatMoney(1234, "JPY"), "1 234 JPY");
  EXPECT_EQ(FormatMoney(1234, "KWD"), "1.234 KWD");
  EXPECT_EQ(FormatMoney(std::numeric_limits<int64_t>::min(), "CNY"),
            "-92 233 720 368 547 758.08 CNY");
}

TEST(RoundToSum, WhatIsShownAddsUpAsShown) {
  // 1/3 each: one of them has to carry the odd hundredth.
  EXPECT_THAT(RoundToSum({333'333, 333'333, 333'334}, 1'000'000, 10'000),
              ElementsAre(330'000, 330'000, 340'000));
  EXPECT_THAT(RoundToSum({-1'234'567, 234'567}, -1'000'000, 10'000),
              ElementsAre(-1'240'000 + 10'000, 230'000));
  EXPECT_THAT(RoundToSum({}, 0, 10'000), ElementsAre());
}

}  // namespace
}  // namespace bellwether::imports::decimal_test
