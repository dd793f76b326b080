#include "services/health/domain/open_cases.h"

#include <algorithm>
#include <tuple>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::health::open_cases_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Day kDay = 20'000;
constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kNine = kDay * kMicrosPerDay + int64_t{9} * 3'600 * kSecond;

CaseMoment Step(CaseStep step, uint64_t id = 7, bool given = false) { return {step, id, given}; }

struct Fact {
  CaseMoment moment;
  Day day;
  int64_t time_micros;
};

std::vector<CaseDuration> TakeAll(OpenCases& cases, const std::vector<Fact>& facts) {
  std::vector<CaseDuration> durations;
  for (const Fact& fact : facts) {
    for (const auto& each : cases.Take(fact.moment, fact.day, fact.time_micros, kDay + 100)) {
      durations.push_back(each);
    }
  }
  std::sort(durations.begin(), durations.end(),
            [](const auto& a, const auto& b) { return a.time_micros < b.time_micros; });
  return durations;
}

TEST(OpenCases, GiveDurationsWhicheverFactComesFirst) {  // H1
  std::vector<Fact> facts = {
      {Step(CaseStep::kOpened), kDay, kNine},
      {Step(CaseStep::kResponded), kDay, kNine + 600 * kSecond},
      {Step(CaseStep::kResolved), kDay + 1, kNine + 90'000 * kSecond},
  };
  const auto by_time = [](const Fact& a, const Fact& b) { return a.time_micros < b.time_micros; };
  do {
    OpenCases cases;
    EXPECT_THAT(
        TakeAll(cases, facts),
        ElementsAre(CaseDuration{CaseStep::kResponded, 600, kDay, kNine + 600 * kSecond},
                    CaseDuration{CaseStep::kResolved, 90'000, kDay + 1, kNine + 90'000 * kSecond}));
    EXPECT_TRUE(cases.empty()) << "nothing is left to come";
  } while (std::next_permutation(facts.begin(), facts.end(), by_time));
}

TEST(OpenCases, WhatTheSourceGivesIsNotDerivedAgain) {
  OpenCases cases;
  EXPECT_THAT(TakeAll(cases, {{Step(CaseStep::kResponded, 7, true), kDay, kNine + kSecond}}),
              IsEmpty());
  EXPECT_TRUE(cases.empty()) << "it needs no opening";
  EXPECT_THAT(TakeAll(cases, {{Step(CaseStep::kOpened), kDay, kNine},
                              {Step(CaseStep::kResponded, 7, true), kDay, kNine + kSecond},
                              {Step(CaseStep::kResolved), kDay, kNine + 2 * kSecond}}),
              ElementsAre(CaseDuration{CaseStep::kResolved, 2, kDay, kNine + 2 * kSecond}));
  EXPECT_TRUE(cases.empty());
}

TEST(OpenCases, WithoutAnOpeningOrBeforeItADurationIsUnknown) {
  OpenCases cases;
  EXPECT_THAT(TakeAll(cases, {{Step(CaseStep::kResolved), kDay, kNine - kSecond}}), IsEmpty());
  EXPECT_FALSE(cases.empty()) << "the opening may still come";
  EXPECT_THAT(TakeAll(cases, {{Step(CaseStep::kOpened), kDay, kNine}}), IsEmpty());
  EXPECT_THAT(TakeAll(cases, {{Step(CaseStep::kOpened, 8), kDay, kNine},
                              {Step(CaseStep::kResolved, 8), kDay, kNine}}),
              ElementsAre(CaseDuration{CaseStep::kResolved, 0, kDay, kNine}))
      << "at once is known";
}

TEST(OpenCases, AreForgottenWhenTheyCountNoMore) {
  OpenCases cases;
  cases.Take(Step(CaseStep::kOpened), kDay, kNine, kDay + 10);
  cases.Take(Step(CaseStep::kResponded), kDay, kNine, kDay + 20);
  cases.Forget(kDay + 19);
  EXPECT_FALSE(cases.empty());
  cases.Forget(kDay + 20);
  EXPECT_TRUE(cases.empty());
}

TEST(OpenCases, AreStoredWhole) {
  OpenCases cases;
  cases.Take(Step(CaseStep::kOpened, 1), kDay, kNine, kDay + 10);
  cases.Take(Step(CaseStep::kResponded, 2), kDay, kNine, kDay + 10);
  cases.Take(Step(CaseStep::kOpened, 3), kDay, kNine, kDay + 10);
  cases.Take(Step(CaseStep::kResolved, 3, true), kDay, kNine, kDay + 10);
  std::string bytes;
  cases.AppendTo(bytes);
  PackedReader reader(bytes);
  EXPECT_EQ(OpenCases::Parse(reader), cases);
  EXPECT_TRUE(reader.AtEnd());
  for (size_t cut = 1; cut < bytes.size(); ++cut) {
    PackedReader shorter(absl::string_view(bytes).substr(0, cut));
    EXPECT_FALSE(OpenCases::Parse(shorter).has_value()) << cut;
  }
}

}  // namespace
}  // namespace bellwether::health::open_cases_test
