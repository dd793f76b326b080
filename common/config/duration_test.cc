#include "common/config/duration.h"

#include "gtest/gtest.h"

namespace bellwether::config::duration_test {
namespace {

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
}  // namespace bellwether::config::duration_test
