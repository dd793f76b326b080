#include "services/imports/domain/exact_number.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::imports::exact_number_test {
namespace {

ExactNumber Number(absl::string_view text) {
  const auto number = ParseExact(text);
  EXPECT_TRUE(number.ok()) << number.status();
  return number.ok() ? *number : ExactNumber();
}

std::string Reason(const absl::Status& status) {
  return status.ok() ? "OK" : DetailOf(status)->reason;
}

TEST(ExactNumber, EqualNumbersAreEqualHoweverTheyAreWritten) {
  EXPECT_EQ(Number("10.0"), Number("10.00"));
  EXPECT_EQ(Number("+007"), Number("7"));
  EXPECT_EQ(Number("-0"), Number("0.000"));
  EXPECT_EQ(FormatExact(Number("-0012.3400")), "-12.34");
  EXPECT_EQ(FormatExact(Number("0.050")), "0.05");
  EXPECT_EQ(FormatExact(Number("100")), "100");
}

TEST(ExactNumber, RefusesWhatIsNoNumberOrHasTooManyDigits) {
  for (const char* text : {"", "-", ".5", "5.", "1.2.3", "1e3", " 1", "1 ", "0x1", "--1", "１２"}) {
    EXPECT_EQ(Reason(ParseExact(text).status()), "NOT_A_NUMBER") << text;
  }
  EXPECT_EQ(Reason(ParseExact(std::string(kExactDigitsMax, '9')).status()), "OK");
  EXPECT_EQ(Reason(ParseExact(std::string(kExactDigitsMax + 1, '9')).status()), "OUT_OF_RANGE");
  EXPECT_EQ(FormatExact(Number(absl::StrCat(std::string(200, '0'), "1"))), "1");
}

TEST(ExactNumber, CalculatesExactly) {
  EXPECT_EQ(FormatExact(*Sum(Number("0.1"), Number("0.2"))), "0.3");
  EXPECT_EQ(FormatExact(*Product(Number("-1.25"), Number("0.008"))), "-0.01");
  EXPECT_EQ(FormatExact(*Sum(Number("5"), Negated(Number("5.00")))), "0");
  const ExactNumber most = Number(std::string(kExactDigitsMax, '9'));
  EXPECT_EQ(Reason(Sum(most, Number("1")).status()), "OUT_OF_RANGE");
  EXPECT_EQ(Reason(Product(most, most).status()), "OUT_OF_RANGE");
  EXPECT_TRUE(Less(Number("-1"), Number("0.5")));
  EXPECT_FALSE(Less(Number("1.50"), Number("1.5")));
  EXPECT_TRUE(Less(Number("0.000000000000000000000000000001"), most));
  EXPECT_FALSE(Less(most, Number("0.000000000000000000000000000001")));
}

TEST(ExactNumber, RoundsByTheRuleThatIsNamed) {
  struct Case {
    const char* text;
    Rounding rounding;
    const char* rounded;
  };
  for (const Case& c : {Case{"2.5", Rounding::kHalfAway, "3"},
                        {"-2.5", Rounding::kHalfAway, "-3"},
                        {"2.5", Rounding::kHalfEven, "2"},
                        {"3.5", Rounding::kHalfEven, "4"},
                        {"-2.5", Rounding::kHalfEven, "-2"},
                        {"2.9", Rounding::kDown, "2"},
                        {"-2.9", Rounding::kDown, "-2"},
                        {"2.1", Rounding::kUp, "3"},
                        {"-2.1", Rounding::kUp, "-3"},
                        {"2.49", Rounding::kHalfAway, "2"},
                        {"2.0", Rounding::kExact, "2"}}) {
    const auto rounded = Rounded(Number(c.text), 0, c.rounding);
    ASSERT_TRUE(rounded.ok()) << c.text;
    EXPECT_EQ(FormatExact(*rounded), c.rounded) << c.text;
  }
  EXPECT_EQ(Reason(Rounded(Number("2.005"), 2, Rounding::kExact).status()), "TOO_MANY_DECIMALS");
  EXPECT_EQ(FormatExact(*Rounded(Number("2.005"), 2, Rounding::kHalfAway)), "2.01");
}

TEST(ExactNumber, BecomesTheWholeNumberOfAField) {
  EXPECT_EQ(*ToWhole(Number("12.34"), 2, Rounding::kExact), 1234);
  EXPECT_EQ(*ToWhole(Number("1200"), -2, Rounding::kExact), 12);
  EXPECT_EQ(Reason(ToWhole(Number("12.345"), 2, Rounding::kExact).status()), "TOO_MANY_DECIMALS");
  EXPECT_EQ(Reason(ToWhole(Number("12.5"), 0, Rounding::kExact).status()), "TOO_MANY_DECIMALS");
  const int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(*ToWhole(Number(absl::StrCat(most)), 0, Rounding::kExact), most);
  EXPECT_EQ(Reason(ToWhole(Number("9223372036854775808"), 0, Rounding::kExact).status()),
            "OUT_OF_RANGE");
  EXPECT_EQ(*ToWhole(Number("-9223372036854775808"), 0, Rounding::kExact),
            std::numeric_limits<int64_t>::min());
}

}  // namespace
}  // namespace bellwether::imports::exact_number_test
