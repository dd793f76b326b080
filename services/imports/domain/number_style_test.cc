#include "services/imports/domain/number_style.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/status.h"

namespace bellwether::imports::number_style_test {
namespace {

std::string Read(absl::string_view text, const NumberStyle& style) {
  const auto number = ParseNumber(text, style);
  return number.ok() ? FormatExact(*number) : DetailOf(number.status())->reason;
}

TEST(NumberStyle, TakesOnlyPlainFiguresByDefault) {
  for (const char* text :
       {"(33.52)", "¥1.23", "1,234.56", "1 234.56", "1e3", "１２", "33.52-", "−5"}) {
    EXPECT_EQ(Read(text, {}), "NOT_A_NUMBER") << text;
  }
  EXPECT_EQ(Read("-33.52", {}), "-33.52");
}

TEST(NumberStyle, ReadsDecimalCommasAndGroups) {
  const NumberStyle german{.decimal_mark = ',', .group_mark = "."};
  EXPECT_EQ(Read("1.234.567,89", german), "1234567.89");
  EXPECT_EQ(Read("-12,5", german), "-12.5");
  EXPECT_EQ(Read("999", german), "999");
  const NumberStyle french{.decimal_mark = ',', .group_mark = " "};
  EXPECT_EQ(Read("1\xE2\x80\xAF"
                 "234,5",
                 french),
            "1234.5")
      << "a narrow no-break blank";
  EXPECT_EQ(Read("1\xC2\xA0"
                 "234",
                 french),
            "1234")
      << "a no-break blank";
  const NumberStyle swiss{.group_mark = "'"};
  EXPECT_EQ(Read("1'234'567.5", swiss), "1234567.5");
  EXPECT_EQ(Read("1\xE2\x80\x99"
                 "234",
                 swiss),
            "1234")
      << "a typographic apostrophe";
}

TEST(NumberStyle, RefusesGroupsThatAreNotOfThreeDigits) {
  const NumberStyle english{.group_mark = ","};
  for (const char* text : {"1,23", "12,34.5", "1234,567", ",123", "1,,234", "1,234,", "1.234,5"}) {
    EXPECT_EQ(Read(text, english), "NOT_A_NUMBER") << text;
  }
  EXPECT_EQ(Read("123,456", english), "123456");
  EXPECT_EQ(Read("0,001", english), "1");
}

TEST(NumberStyle, TakesMarksBeforeAndAfter) {
  const NumberStyle style{.group_mark = ",", .marks = {"US$", "$", "EUR"}};
  EXPECT_EQ(Read("$1,234.50", style), "1234.5");
  EXPECT_EQ(Read("-$5", style), "-5");
  EXPECT_EQ(Read("US$ -5", style), "-5");
  EXPECT_EQ(Read("12 EUR", style), "12");
  EXPECT_EQ(Read("£5", style), "NOT_A_NUMBER");
  EXPECT_EQ(Read("$", style), "NOT_A_NUMBER");
  EXPECT_EQ(Read("--5", style), "NOT_A_NUMBER");
}

TEST(NumberStyle, ReadsAccountingSigns) {
  const NumberStyle style{.group_mark = ",", .marks = {"$"}, .accounting = true};
  EXPECT_EQ(Read("(33.52)", style), "-33.52");
  EXPECT_EQ(Read("($1,234.00)", style), "-1234");
  EXPECT_EQ(Read("33.52-", style), "-33.52");
  EXPECT_EQ(Read("\xE2\x88\x92"
                 "5",
                 style),
            "-5");
  EXPECT_EQ(Read("(5", style), "NOT_A_NUMBER");
  EXPECT_EQ(Read("(-5)", style), "NOT_A_NUMBER") << "twice negative is not meant";
  EXPECT_EQ(Read("5)", style), "NOT_A_NUMBER");
}

TEST(NumberStyle, ReadsExponentsExactly) {
  const NumberStyle style{.exponent = true};
  EXPECT_EQ(Read("1.2E+10", style), "12000000000");
  EXPECT_EQ(Read("-25e-4", style), "-0.0025");
  EXPECT_EQ(Read("1e", style), "NOT_A_NUMBER");
  EXPECT_EQ(Read("1e41", style), "NOT_A_NUMBER");
  EXPECT_EQ(Read("9e30", style), "OUT_OF_RANGE");
}

}  // namespace
}  // namespace bellwether::imports::number_style_test
