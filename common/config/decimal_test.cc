#include "common/config/decimal.h"

#include <limits>

#include "gtest/gtest.h"

namespace bellwether::config::decimal_test {
namespace {

TEST(ParseMicros, IsExactWhereFloatingPointIsNot) {
  EXPECT_EQ(*ParseMicros("0.2"), 200'000);
  EXPECT_EQ(*ParseMicros("0.000001"), 1);
  EXPECT_EQ(*ParseMicros("1.1"), 1'100'000);
  EXPECT_EQ(*ParseMicros("-0.35"), -350'000);
  EXPECT_EQ(*ParseMicros("80"), 80'000'000);
  EXPECT_EQ(*ParseMicros("4503599627.370497"), 4'503'599'627'370'497);
}

TEST(ParseMicros, ReachesTheEndsOfItsRangeAndNoFurther) {
  EXPECT_EQ(*ParseMicros("9223372036854.775807"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(*ParseMicros("-9223372036854.775808"), std::numeric_limits<int64_t>::min());
  EXPECT_FALSE(ParseMicros("9223372036854.775808").ok());
}

TEST(ParseMicros, RefusesWhatIsNoPlainDecimal) {
  for (const char* text : {"", "-", ".5", "5.", "1e3", "0x10", "+1", " 1", "1 ", "1,5", "--1",
                           "nan", "0.0000001", "1.2.3"}) {
    EXPECT_FALSE(ParseMicros(text).ok()) << text;
  }
}

TEST(MicrosText, WritesWhatParseReads) {
  for (const int64_t micros :
       {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{200'000}, int64_t{80'000'000},
        std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}) {
    EXPECT_EQ(*ParseMicros(MicrosText(micros)), micros);
  }
  EXPECT_EQ(MicrosText(200'000), "0.2");
  EXPECT_EQ(MicrosText(-1), "-0.000001");
}

TEST(ParseDuration, ReadsUnitsFromLargestToSmallest) {
  EXPECT_EQ(*ParseDuration("7d"), absl::Hours(168));
  EXPECT_EQ(*ParseDuration("36h"), absl::Hours(36));
  EXPECT_EQ(*ParseDuration("1h30m"), absl::Minutes(90));
  EXPECT_EQ(*ParseDuration("90s"), absl::Seconds(90));
  EXPECT_EQ(*ParseDuration("500ms"), absl::Milliseconds(500));
  EXPECT_EQ(*ParseDuration("-2m"), absl::Minutes(-2));
  EXPECT_EQ(*ParseDuration("0"), absl::ZeroDuration());
}

TEST(ParseDuration, RefusesWhatIsNone) {
  for (const char* text : {"", "-", "7", "d", "7 d", "1.5h", "7w", "30m1h", "1h1h", "1h-2m",
                           "99999999999999999999s", "106751991167300641d"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

TEST(DurationText, WritesWhatParseReads) {
  for (const char* text : {"7d", "1d12h", "1h30m", "500ms", "-2m", "0s"}) {
    EXPECT_EQ(DurationText(*ParseDuration(text)), text);
  }
}

}  // namespace
}  // namespace bellwether::config::decimal_test
