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

TEST(Amounts, HaveTheDigitsOfTheirCurrency) {
  type::v1::Money money;
  money.set_amount_minor(2'140);
  EXPECT_EQ(Money(money, 2), "21.40") << "in the reporting currency";
  EXPECT_EQ(Money(money, 0), "2 140");
  money.set_currency_code("JPY");
  EXPECT_EQ(Money(money, 2), "2 140 JPY");
  money.set_currency_code("KWD");
  EXPECT_EQ(Money(money, 2), "2.140 KWD");
  constexpr auto kMoney = health::v1::METRIC_UNIT_MONEY;
  EXPECT_EQ(MetricFigure(2'140'000'000, kMoney, 0), "2 140");
  EXPECT_EQ(MetricFigure(2'140'000'000, kMoney, 2), "21.40");
  EXPECT_EQ(MetricFigure(-2'140'000'000, kMoney, 3), "-2.140");
}

// Reads `text` in Shanghai; whether the zone was needed for it.
struct When {
  explicit When(absl::string_view text, WholeDay day = WholeDay::kItsBegin)
      : time(ParseWhen(text, day, kNow, [this]() -> absl::StatusOr<absl::TimeZone> {
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

TEST(TimesOnTheCommandLine, OfWhatIsAskedForAsItStoodADateIsItsEnd) {
  const absl::Time next_midnight = absl::FromCivil(absl::CivilDay(2026, 3, 2), kShanghai);
  EXPECT_EQ(*When("2026-03-01", WholeDay::kItsEnd).time, next_midnight - absl::Microseconds(1));
  const std::string today = absl::FormatTime("%Y-%m-%d", kNow, kShanghai);
  EXPECT_EQ(*When(today, WholeDay::kItsEnd).time, kNow) << "the day is not over";
  EXPECT_EQ(*When("2026-03-01 09:30", WholeDay::kItsEnd).time, *When("2026-03-01 09:30").time);
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
  const auto time = ParseWhen("2026-03-01", WholeDay::kItsBegin, kNow,
                              [] { return absl::UnavailableError("away"); });
  EXPECT_TRUE(absl::IsUnavailable(time.status()));
}

}  // namespace
}  // namespace bellwether::ctl::format_test
