#include "services/health/domain/daily_series.h"

#include <algorithm>
#include <map>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace bellwether::health::daily_series_test {
namespace {

using ::testing::ElementsAre;

std::vector<DailyEntry> EntriesOf(const DailySeries& series) {
  std::vector<DailyEntry> entries;
  series.ForEach([&](const DailyEntry& entry) { entries.push_back(entry); });
  return entries;
}

std::optional<DailySeries> RoundTrip(const DailySeries& series) {
  std::string bytes;
  series.AppendTo(bytes);
  PackedReader reader(bytes);
  auto parsed = DailySeries::Parse(reader, series.shape(), DailySeries::Form::kNewest);
  if (!reader.AtEnd()) return std::nullopt;
  return parsed;
}

TEST(DailySeries, SumsAndCountsTheFactsOfADay) {
  DailySeries series(SeriesShape::kSum);
  EXPECT_TRUE(series.Add(100, 5, 1));
  EXPECT_FALSE(series.Add(100, -2, 2));
  EXPECT_TRUE(series.Add(103, 7, 3));
  EXPECT_THAT(EntriesOf(series), ElementsAre(DailyEntry{100, 2, 3, 0}, DailyEntry{103, 1, 7, 0}));
}

TEST(DailySeries, WhatOnlyAddsToASumIsNoFactOfItsDay) {  // H1
  DailySeries series(SeriesShape::kSum);
  series.AddToSum(105, -8);
  series.Add(100, 5, 0);
  series.AddToSum(100, -2);
  series.AddToSum(110, -1);
  EXPECT_THAT(EntriesOf(series), ElementsAre(DailyEntry{100, 1, 3, 0}, DailyEntry{105, 0, -8, 0},
                                             DailyEntry{110, 0, -1, 0}));
  EXPECT_EQ(series.LatestUpTo(200)->day, 100) << "the latest fact is the order";
  EXPECT_EQ(RoundTrip(series), series);
  EXPECT_TRUE(series.Add(110, 4, 0)) << "the first fact of that day";
  EXPECT_EQ(series.LatestUpTo(200)->day, 110);
  series.TrimButLatest(110);
  EXPECT_EQ(series.oldest_day(), 100);

  DailySeries only(SeriesShape::kSum);
  only.AddToSum(100, -8);
  EXPECT_FALSE(only.empty());
  EXPECT_EQ(only.LatestUpTo(100), std::nullopt);
  EXPECT_EQ(RoundTrip(only), only);
  only.TrimButLatest(101);
  EXPECT_TRUE(only.empty());
}

TEST(DailySeries, ReadsWhatWasStoredWhenEachDayHadAFact) {
  std::string bytes;
  PutVarint(bytes, 100);  // the first day
  std::string packed;
  PutVarint(packed, 100);
  PutVarint(packed, 2);
  PutSigned(packed, 7);
  PutBytes(bytes, packed);
  PutVarint(bytes, 1);  // the count of the newest day
  PutVarint(bytes, 3);
  PutSigned(bytes, -4);
  PackedReader reader(bytes);
  const auto series =
      DailySeries::Parse(reader, SeriesShape::kSum, DailySeries::Form::kEachDayHasFacts);
  ASSERT_TRUE(series.has_value());
  EXPECT_THAT(EntriesOf(*series), ElementsAre(DailyEntry{100, 2, 7, 0}, DailyEntry{103, 1, -4, 0}));
}

TEST(DailySeries, PutsALateFactIntoItsDay) {
  DailySeries series(SeriesShape::kSum);
  series.Add(100, 1, 0);
  series.Add(110, 1, 0);
  series.Add(120, 1, 0);
  EXPECT_TRUE(series.Add(105, 4, 0));
  EXPECT_FALSE(series.Add(110, 4, 0));
  EXPECT_TRUE(series.Add(90, 9, 0));
  EXPECT_THAT(EntriesOf(series), ElementsAre(DailyEntry{90, 1, 9, 0}, DailyEntry{100, 1, 1, 0},
                                             DailyEntry{105, 1, 4, 0}, DailyEntry{110, 2, 5, 0},
                                             DailyEntry{120, 1, 1, 0}));
  EXPECT_EQ(series.oldest_day(), 90);
  EXPECT_EQ(series.first_day(), 90);
}

TEST(DailySeries, ALevelKeepsTheLatestFactOfTheDayWhateverTheOrderOfArrival) {
  const int64_t noon = 100 * kMicrosPerDay + kMicrosPerDay / 2;
  DailySeries series(SeriesShape::kLevel);
  series.Add(100, 8, noon + 1);
  series.Add(100, 3, noon);
  series.Add(100, 9, noon - 1);
  EXPECT_THAT(EntriesOf(series), ElementsAre(DailyEntry{100, 3, 8, noon + 1}));
  // Of two at one instant the greater counts, also if it comes first.
  series.Add(100, 7, noon + 1);
  EXPECT_EQ(series.newest().value, 8);
}

TEST(DailySeries, TheLatestEntryUpToADayIsInclusive) {
  DailySeries series(SeriesShape::kSum);
  EXPECT_EQ(series.LatestUpTo(1000), std::nullopt);
  series.Add(100, 1, 0);
  series.Add(110, 2, 0);
  EXPECT_EQ(series.LatestUpTo(99), std::nullopt);
  EXPECT_EQ(series.LatestUpTo(100)->value, 1);
  EXPECT_EQ(series.LatestUpTo(109)->value, 1);
  EXPECT_EQ(series.LatestUpTo(110)->value, 2);
}

TEST(DailySeries, TrimmingDropsEarlierDaysButRemembersThatThereWereFacts) {
  DailySeries series(SeriesShape::kSum);
  for (const Day day : {100, 110, 120}) series.Add(day, day, 0);
  series.Trim(100);
  EXPECT_EQ(EntriesOf(series).size(), 3u);
  series.Trim(101);
  EXPECT_THAT(EntriesOf(series),
              ElementsAre(DailyEntry{110, 1, 110, 0}, DailyEntry{120, 1, 120, 0}));
  EXPECT_EQ(series.oldest_day(), 110);
  series.Trim(120);
  EXPECT_EQ(EntriesOf(series).size(), 1u);
  EXPECT_EQ(series.oldest_day(), 120);
  series.Trim(121);
  EXPECT_TRUE(series.empty());
  EXPECT_EQ(series.first_day(), 100);
  EXPECT_EQ(RoundTrip(series), series);
}

TEST(DailySeries, SumsStopAtTheEndOfTheirRange) {
  DailySeries series(SeriesShape::kSum);
  series.Add(100, INT64_MAX, 0);
  series.Add(100, INT64_MAX, 0);
  EXPECT_EQ(series.newest().value, INT64_MAX);
}

struct Step {
  Day day;
  int64_t value;
  int64_t in_day;
};

rc::Gen<std::vector<Step>> Steps() {
  return rc::gen::container<std::vector<Step>>(
      rc::gen::map(rc::gen::tuple(rc::gen::inRange(1, 60), rc::gen::arbitrary<int32_t>(),
                                  rc::gen::inRange<int64_t>(0, 5)),
                   [](const std::tuple<int, int32_t, int64_t>& t) {
                     return Step{20'000 + std::get<0>(t), std::get<1>(t), std::get<2>(t)};
                   }));
}

RC_GTEST_PROP(DailySeriesProperty, EqualsAMapOfDaysInAnyOrderOfArrivalAndSurvivesStorage, ()) {
  const auto steps = *Steps();
  for (const SeriesShape shape : {SeriesShape::kSum, SeriesShape::kLevel}) {
    DailySeries series(shape);
    std::map<Day, DailyEntry> expected;
    for (const Step& step : steps) {
      const int64_t time = step.day * kMicrosPerDay + step.in_day;
      DailyEntry& entry = expected[step.day];
      RC_ASSERT(series.Add(step.day, step.value, time) == (entry.count == 0));
      entry.day = step.day;
      ++entry.count;
      if (shape == SeriesShape::kSum) {
        entry.value += step.value;
      } else if (entry.count == 1 ||
                 std::pair(time, step.value) > std::pair(entry.last_micros, entry.value)) {
        entry.value = step.value;
        entry.last_micros = time;
      }
    }
    const Day keep = 20'000 + *rc::gen::inRange(0, 65);
    for (const bool trimmed : {false, true}) {
      if (trimmed) {
        series.Trim(keep);
        std::erase_if(expected, [&](const auto& item) { return item.first < keep; });
      }
      std::vector<DailyEntry> entries;
      for (const auto& [day, entry] : expected) entries.push_back(entry);
      RC_ASSERT(EntriesOf(series) == entries);
      RC_ASSERT(series.empty() == expected.empty());
      if (steps.empty()) continue;
      RC_ASSERT(RoundTrip(series) == std::optional(series));
    }
  }
}

RC_GTEST_PROP(DailySeriesProperty, NeverReadsPastBrokenBytes, ()) {
  const auto steps = *Steps();
  RC_PRE(!steps.empty());
  DailySeries series(SeriesShape::kLevel);
  for (const Step& step : steps) series.Add(step.day, step.value, step.in_day);
  std::string bytes;
  series.AppendTo(bytes);
  const auto cut = *rc::gen::inRange<size_t>(0, bytes.size());
  PackedReader reader(absl::string_view(bytes).substr(0, cut));
  RC_ASSERT(
      !DailySeries::Parse(reader, SeriesShape::kLevel, DailySeries::Form::kNewest).has_value());
}

TEST(DailySeriesTrim, ButLatestKeepsWhatTheOldestDayKeptReads) {
  DailySeries series(SeriesShape::kLevel);
  for (const Day day : {10, 20, 30, 40}) series.Add(day, day, day * kMicrosPerDay);
  series.TrimButLatest(35);
  EXPECT_EQ(series.oldest_day(), 30);
  EXPECT_EQ(series.LatestUpTo(35)->day, 30);
  series.TrimButLatest(40);
  EXPECT_EQ(series.oldest_day(), 30);
  series.TrimButLatest(1'000);
  EXPECT_EQ(series.oldest_day(), 40);
  EXPECT_EQ(series.newest().day, 40);
  series.TrimButLatest(2'000);
  EXPECT_FALSE(series.empty());
}

}  // namespace
}  // namespace bellwether::health::daily_series_test
