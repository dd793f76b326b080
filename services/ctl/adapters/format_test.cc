#include "services/ctl/adapters/format.h"

#include <gtest/gtest.h>

#include "common/base/status.h"

namespace bellwether::ctl::format_test {
namespace {

const absl::TimeZone kShanghai = absl::FixedTimeZone(8 * 3600);
const absl::Time kNow = absl::FromUnixSeconds(1'795'285'392);  // 2026-11-21T18:23:12Z

TEST(Instants, NameTheirOffset) {
  EXPECT_EQ(Instant(kNow, kShanghai), "2026-11-22 02:23:12 +08:00");
  EXPECT_EQ(Instant(kNow, absl::UTCTimeZone()), "2026-11-21 18:23:12 +00:00");
  EXPECT_EQ(Instant(kNow, absl::FixedTimeZone(-(5 * 3600 + 1800))), "2026-11-21 12:53:12 -05:30");
}

// Reads `text` in Shanghai; whether the zone was needed for it.
struct When {
  explicit When(absl::string_view text)
      : time(ParseWhen(text, kNow, [this]() -> absl::StatusOr<absl::TimeZone> {
          asked = true;
          return kShanghai;
        })) {}
  bool asked = false;
  absl::StatusOr<absl::Time> time;
};

TEST(TimesOnTheCommandLine, ADateIsItsMidnightInTheZone) {
  const When day("2026-03-01");
  EXPECT_EQ(*day.time, absl::FromCivil(absl::CivilDay(2026, 3, 1), kShanghai));
  EXPECT_TRUE(day.asked);
  EXPECT_EQ(*When("2026-03-01 09:30").time,
            absl::FromCivil(absl::CivilMinute(2026, 3, 1, 9, 30), kShanghai));
}

TEST(TimesOnTheCommandLine, AnInstantAndASpanNeedNoZone) {
  const When instant("2026-03-01T09:30:00-05:00");
  EXPECT_EQ(*instant.time, absl::FromCivil(absl::CivilMinute(2026, 3, 1, 14, 30),  //
                                           absl::UTCTimeZone()));
  EXPECT_FALSE(instant.asked);
  const When ago("7d");
  EXPECT_EQ(*ago.time, kNow - absl::Hours(7 * 24));
  EXPECT_FALSE(ago.asked);
}

TEST(TimesOnTheCommandLine, WhatIsNoTimeIsRefusedBeforeTheZoneIsAsked) {
  for (const char* text : {"yesterday", "2026-02-30", "2026-03-01 25:00", ""}) {
    const When when(text);
    EXPECT_EQ(DetailOf(when.time.status())->reason, "NOT_A_TIME") << text;
    EXPECT_FALSE(when.asked) << text;
  }
}

TEST(TimesOnTheCommandLine, AZoneThatIsNotKnownIsNotGuessed) {
  const auto time = ParseWhen("2026-03-01", kNow, [] { return absl::UnavailableError("away"); });
  EXPECT_TRUE(absl::IsUnavailable(time.status()));
}

}  // namespace
}  // namespace bellwether::ctl::format_test
