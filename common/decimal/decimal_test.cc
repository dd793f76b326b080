#include "common/decimal/decimal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "common/base/status.h"

namespace bellwether::decimal_test {
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

TEST(ParseDecimal, IsExactWhereFloatingPointIsNot) {
  EXPECT_EQ(*ParseDecimal("0.2", kMicrosScale), 200'000);
  EXPECT_EQ(*ParseDecimal("0.000001", kMicrosScale), 1);
  EXPECT_EQ(*ParseDecimal("1.1", kMicrosScale), 1'100'000);
  EXPECT_EQ(*ParseDecimal("-0.35", kMicrosScale), -350'000);
  EXPECT_EQ(*ParseDecimal("4503599627.370497", kMicrosScale), 4'503'599'627'370'497);
  EXPECT_EQ(*ParseDecimal("9223372036854.775807", kMicrosScale),
            std::numeric_limits<int64_t>::max());
  EXPECT_EQ(*ParseDecimal("-9223372036854.775808", kMicrosScale),
            std::numeric_limits<int64_t>::min());
  EXPECT_EQ(ReasonOf(ParseDecimal("9223372036854.775808", kMicrosScale).status()), "OUT_OF_RANGE");
}

TEST(ParseDecimal, RefusesWhatIsNoExactNumber) {
  for (const char* text : {"", "-", ".", "1.", ".5", "1,000", "1e3", " 1", "0x1", "1.2.3", "--1",
                           "+-1", "nan", "1 ", "1,5", "+", "-."}) {
    EXPECT_EQ(ReasonOf(ParseDecimal(text, 2).status()), "NOT_A_NUMBER") << text;
  }
  EXPECT_EQ(ReasonOf(ParseDecimal("29.335", 2).status()), "TOO_MANY_DECIMALS");
  EXPECT_EQ(ReasonOf(ParseDecimal("9223372036854775808", 0).status()), "OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(ParseDecimal("-9223372036854775809", 0).status()), "OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(ParseDecimal("92233720368547758.08", 3).status()), "OUT_OF_RANGE");
}

TEST(FormatRounded, RoundsHalfAwayFromZero) {
  EXPECT_EQ(FormatRounded(83'245'000, 6, 2), "83.25");
  EXPECT_EQ(FormatRounded(-83'245'000, 6, 2), "-83.25");
  EXPECT_EQ(FormatRounded(83'244'999, 6, 2), "83.24");
  EXPECT_EQ(FormatRounded(-4'999, 6, 2), "0.00");
  EXPECT_EQ(FormatRounded(99'999'999, 6, 1), "100.0");
  EXPECT_EQ(FormatRounded(7, 0, 0), "7");
  EXPECT_EQ(FormatSigned(1'500'000, 6, 1), "+1.5");
  EXPECT_EQ(FormatSigned(0, 6, 1), "0.0");
}

TEST(FormatGrouped, SetsDigitsInThrees) {
  EXPECT_EQ(FormatGrouped(1'000'553'400, 2), "10 005 534.00");
  EXPECT_EQ(FormatGrouped(-5, 2), "-0.05");
  EXPECT_EQ(FormatGrouped(1234, 0), "1 234");
  EXPECT_EQ(FormatGrouped(std::numeric_limits<int64_t>::min(), 2), "-92 233 720 368 547 758.08");
}

TEST(FormatDecimal, WritesWhatParseReads) {
  for (const int64_t value :
       {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{200'000}, int64_t{80'000'000},
        std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}) {
    for (const int scale : {0, 2, kMicrosScale, kScaleMax}) {
      EXPECT_EQ(*ParseDecimal(FormatDecimal(value, scale), scale), value) << scale;
    }
  }
  EXPECT_EQ(FormatDecimal(200'000, kMicrosScale), "0.2");
  EXPECT_EQ(FormatDecimal(-1, kMicrosScale), "-0.000001");
  EXPECT_EQ(FormatDecimal(12'000'000, kMicrosScale), "12");
  EXPECT_EQ(FormatDecimal(100, 0), "100");
}

TEST(RoundHalfAway, RoundsAFigureAndItsOppositeAlike) {
  EXPECT_EQ(RoundHalfAway(1'005'000, 10'000), 1'010'000);
  EXPECT_EQ(RoundHalfAway(-1'005'000, 10'000), -1'010'000);
  EXPECT_EQ(RoundHalfAway(1'004'999, 10'000), 1'000'000);
  EXPECT_EQ(RoundHalfAway(7, 1), 7);
  EXPECT_EQ(RoundHalfAway(std::numeric_limits<int64_t>::min(), 1'000),
            std::numeric_limits<int64_t>::min() + 808);
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
}  // namespace bellwether::decimal_test
