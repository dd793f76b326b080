#include "services/gateway/domain/feed_rhythm.h"

#include <vector>

#include "gtest/gtest.h"

namespace bellwether::gateway::feed_rhythm_test {
namespace {

constexpr absl::CivilDay kToday(2026, 12, 1);

absl::Time Noon(absl::CivilDay day) {
  return absl::FromCivil(absl::CivilHour(day) + 12, absl::UTCTimeZone());
}

// A feed with one fact at noon of each of these days, counted back from today.
FeedRecord Record(const std::vector<int>& days_ago) {
  FeedRecord record;
  for (const int ago : days_ago) {
    const absl::CivilDay day = kToday - ago;
    FeedRecord one{.first_received = Noon(day),
                   .last_received = Noon(day),
                   .last_fact = Noon(day),
                   .count = 1};
    one.days.insert(day);
    record.Merge(one);
  }
  return record;
}

FeedVerdict Judge(const FeedRecord& record, absl::Duration later = absl::ZeroDuration(),
                  std::optional<absl::Duration> declared = std::nullopt) {
  return JudgeFeed(record, declared, Noon(kToday) + later);
}

TEST(FeedRhythm, IsLearnedFromTheLongestGapOfTheLastFourWeeks) {  // X1
  const FeedVerdict verdict = Judge(Record({40, 27, 20, 18, 10}));
  EXPECT_EQ(verdict.rhythm, absl::Hours(24 * 8)) << "not the 13 days that end before";
  EXPECT_TRUE(verdict.learned);
}

TEST(FeedRhythm, NeedsThreeDaysWithFacts) {
  EXPECT_EQ(Judge(Record({5, 1})).state, FeedState::kNoRhythm);
  EXPECT_EQ(Judge(Record({29, 5, 1})).state, FeedState::kNoRhythm)
      << "28 days before the last is too long ago";
  EXPECT_EQ(Judge(Record({28, 27, 1})).rhythm, absl::Hours(24 * 26));
  EXPECT_FALSE(Judge(Record({5, 1})).silent_from.has_value());
}

TEST(FeedRhythm, OfALearnedOneTwoAreMissedBeforeTheFeedIsSilent) {
  const FeedRecord record = Record({4, 3, 2});
  EXPECT_EQ(Judge(record).state, FeedState::kOnTime) << "exactly two days ago";
  EXPECT_EQ(Judge(record).silent_from, Noon(kToday));
  EXPECT_EQ(Judge(record, absl::Microseconds(1)).state, FeedState::kSilent);
}

TEST(FeedRhythm, AFeedThatIsDeadStaysSilent) {
  std::vector<int> daily;
  for (int ago = 60; ago < 100; ++ago) daily.push_back(ago);
  const FeedVerdict dead = Judge(Record(daily));
  EXPECT_EQ(dead.state, FeedState::kSilent);
  EXPECT_EQ(dead.rhythm, absl::Hours(24));
  EXPECT_EQ(dead.silent_from, Noon(kToday - 58));
  const FeedRecord weekly = Record({35, 28, 21, 14});
  EXPECT_EQ(Judge(weekly).state, FeedState::kOnTime) << "exactly two weeks ago";
  EXPECT_EQ(Judge(weekly, absl::Microseconds(1)).state, FeedState::kSilent);
  EXPECT_EQ(Judge(weekly, absl::Hours(24 * 365)).state, FeedState::kSilent);
}

TEST(FeedRhythm, OfADeclaredOneOneIsMissed) {
  const FeedRecord record = Record({9, 8, 7, 0});
  const auto judge = [&](absl::Duration later) { return Judge(record, later, absl::Minutes(30)); };
  EXPECT_EQ(judge(absl::Minutes(30)).state, FeedState::kOnTime);
  EXPECT_EQ(judge(absl::Minutes(30) + absl::Microseconds(1)).state, FeedState::kSilent);
  EXPECT_FALSE(judge(absl::ZeroDuration()).learned);
}

TEST(FeedRhythm, WhatIsDeclaredAndNeverCameIsAwaited) {
  EXPECT_EQ(Judge({}, absl::Hours(1), absl::Minutes(1)).state, FeedState::kAwaited);
  EXPECT_FALSE(Judge({}, absl::Hours(1), absl::Minutes(1)).silent_from.has_value());
}

TEST(FeedRhythm, RecordsOfTwoProcessesAreOne) {
  FeedRecord record = Record({3, 2});
  record.Merge(Record({3, 0}));
  EXPECT_EQ(record.count, 4);
  EXPECT_EQ(record.first_received, Noon(kToday - 3));
  EXPECT_EQ(record.last_received, Noon(kToday));
  EXPECT_EQ(record.days.size(), 3u);
}

}  // namespace
}  // namespace bellwether::gateway::feed_rhythm_test
