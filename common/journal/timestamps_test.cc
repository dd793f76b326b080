#include "common/journal/timestamps.h"

#include "gtest/gtest.h"

namespace bellwether::journal::timestamps_test {
namespace {

TEST(Rfc3339, WritesMicrosecondsInUtc) {
  EXPECT_EQ(FormatRfc3339(absl::UnixEpoch()), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatRfc3339(absl::FromUnixMicros(1'709'164'800'000'001)),
            "2024-02-29T00:00:00.000001Z");
  EXPECT_EQ(FormatRfc3339(absl::FromUnixMicros(-1)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatRfc3339(absl::UnixEpoch() + absl::Nanoseconds(999)),
            "1970-01-01T00:00:00.000000Z");
}

TEST(Rfc3339, ClampsWhatHasNoFourDigitYear) {
  EXPECT_EQ(FormatRfc3339(absl::InfinitePast()), "0001-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatRfc3339(absl::InfiniteFuture()), "9999-12-31T23:59:59.999999Z");
}

// abseil's own formatter and parser are the independent judge, over days that cover every month,
// leap years and both sides of the epoch.
TEST(Rfc3339, AgreesWithAbseilAcrossTheCenturies) {
  for (int64_t day = -719'162; day <= 2'932'896; day += 89) {
    const absl::Time time = absl::FromUnixMicros((day * 86'400 + day % 86'400) * 1'000'000 + 7);
    if (time < absl::FromUnixSeconds(-62'135'596'800)) continue;
    const std::string text = FormatRfc3339(time);
    ASSERT_EQ(text, absl::FormatTime("%E4Y-%m-%d%ET%H:%M:%E6SZ", time, absl::UTCTimeZone()));
    ASSERT_EQ(ParseRfc3339(text), time);
  }
}

TEST(Rfc3339, ReadsOffsetsFractionsAndLowerCase) {
  const absl::Time noon = absl::FromUnixSeconds(1'700'049'600);
  EXPECT_EQ(ParseRfc3339("2023-11-15T12:00:00Z"), noon);
  EXPECT_EQ(ParseRfc3339("2023-11-15t12:00:00z"), noon);
  EXPECT_EQ(ParseRfc3339("2023-11-15T20:00:00+08:00"), noon);
  EXPECT_EQ(ParseRfc3339("2023-11-15T06:30:00-05:30"), noon);
  EXPECT_EQ(ParseRfc3339("2023-11-15T12:00:00.5Z"), noon + absl::Milliseconds(500));
  EXPECT_EQ(ParseRfc3339("2023-11-15T12:00:00.123456999Z"), noon + absl::Microseconds(123'456));
}

TEST(Rfc3339, RefusesWhatIsNoInstant) {
  for (const char* text : {"",
                           "2023-11-15",
                           "2023-11-15T12:00:00",
                           "2023-11-15 12:00:00Z",
                           "2023-11-15T12:00Z",
                           "2023-02-29T00:00:00Z",
                           "2023-13-01T00:00:00Z",
                           "2023-00-01T00:00:00Z",
                           "2023-01-00T00:00:00Z",
                           "2023-01-32T00:00:00Z",
                           "2023-01-01T24:00:00Z",
                           "2023-01-01T00:60:00Z",
                           "2023-01-01T00:00:60Z",
                           "2023-01-01T00:00:00.Z",
                           "2023-01-01T00:00:00+24:00",
                           "2023-01-01T00:00:00+0800",
                           "2023-01-01T00:00:00Zx",
                           "+2023-01-01T00:00:00Z",
                           "0000-01-01T00:00:00Z",
                           "0001-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "20x3-01-01T00:00:00Z",
                           "1700000000"}) {
    EXPECT_EQ(ParseRfc3339(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseRfc3339(absl::string_view("2023-01-01T00:00:00\0", 20)), std::nullopt);
}

TEST(Timestamps, SurviveTheRoundTripToTheMicrosecond) {
  for (const int64_t micros : {int64_t{0}, int64_t{-1}, int64_t{1'700'000'000'123'456},
                               int64_t{-1'000'000}, int64_t{-1'000'001}}) {
    const auto timestamp = ToTimestamp(absl::FromUnixMicros(micros));
    EXPECT_GE(timestamp.nanos(), 0);
    EXPECT_EQ(FromTimestamp(timestamp), absl::FromUnixMicros(micros));
  }
}

TEST(Timestamps, RefuseWhatProtobufDoesNotAllow) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_nanos(1'000'000'000);
  EXPECT_EQ(FromTimestamp(timestamp), std::nullopt);
  timestamp.set_nanos(-1);
  EXPECT_EQ(FromTimestamp(timestamp), std::nullopt);
  timestamp.set_nanos(0);
  timestamp.set_seconds(253'402'300'800);
  EXPECT_EQ(FromTimestamp(timestamp), std::nullopt);
  timestamp.set_seconds(-62'135'596'801);
  EXPECT_EQ(FromTimestamp(timestamp), std::nullopt);
}

}  // namespace
}  // namespace bellwether::journal::timestamps_test
