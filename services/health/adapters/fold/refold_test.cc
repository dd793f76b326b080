// The re-fold against the live fold, over random journals with small history segments: crashes,
// duplicates, late facts, midnights and new models between.
#include "services/health/application/refold.h"

#include <random>

#include "gtest/gtest.h"
#include "services/health/testing/fold_rig.h"
#include "services/health/testing/models.h"

namespace bellwether::health::refold_test {
namespace {

const char* const kAccounts[] = {"acme", "bolt", "corp", "dyne", "elmo"};

events::v1::Fact RandomFact(std::mt19937_64& random) {
  events::v1::Fact fact;
  switch (random() % 5) {
    case 0:
      fact.mutable_order_placed()->mutable_amount()->set_base_amount_minor(
          static_cast<int64_t>(random() % 2'000));
      break;
    case 1:
      fact.mutable_case_first_responded()->set_response_seconds(
          static_cast<int64_t>(random() % 200'000));
      break;
    case 2:
      fact.mutable_survey_answered()->set_kind(events::v1::SURVEY_KIND_CSAT);
      fact.mutable_survey_answered()->set_score_micros(static_cast<int64_t>(random() % 100) *
                                                       kPoint);
      break;
    case 3:
      fact.mutable_revenue_growth_reported()->set_growth_micros(
          static_cast<int64_t>(random() % 200'000) - 50'000);
      break;
    default:
      fact.mutable_usage_reported()->set_logins(static_cast<int64_t>(random() % 9));
      break;
  }
  return fact;
}

struct RandomJournal {
  explicit RandomJournal(uint64_t seed) : random(seed) {}

  void Step(FoldRig& rig) {
    now += absl::Minutes(static_cast<int64_t>(random() % 500));
    const std::string account = kAccounts[random() % std::size(kAccounts)];
    switch (random() % 20) {
      case 0:
        rig.SendTick(now);
        break;
      case 1: {
        events::v1::AccountChanged changed;
        changed.set_account_id(account);
        changed.set_entity_version(static_cast<int64_t>(random() % 30));
        changed.set_tier(random() % 2 == 0 ? "core" : "potential");
        rig.SendAccount(changed, now);
        break;
      }
      case 2:
        if (random() % 4 == 0) {
          rig.SendActivation(SmallActivation(std::to_string(random() % 100)), now);
        }
        break;
      case 3:
        now += absl::Hours(24 * static_cast<int64_t>(random() % 20));
        break;
      default: {
        absl::Time time = now;
        if (random() % 5 == 0) time -= absl::Hours(static_cast<int64_t>(random() % 1'200));
        const uint64_t id = random() % 6 == 0 ? random() % (next_id + 1) : next_id++;
        rig.SendFact(account, absl::StrCat("f", id), time, RandomFact(random), now);
        break;
      }
    }
  }

  std::mt19937_64 random;
  absl::Time now = FoldRig::Noon();
  uint64_t next_id = 0;
};

void ExpectSame(const Account& live, const Account& refolded, const std::string& account) {
  EXPECT_EQ(live.day(), refolded.day()) << account;
  EXPECT_EQ(live.series(), refolded.series()) << account;
  EXPECT_EQ(live.seen(), refolded.seen()) << account;
  EXPECT_EQ(live.live(), refolded.live()) << account;
  EXPECT_EQ(live.emitted(), refolded.emitted()) << account;
  EXPECT_EQ(live.attributes(), refolded.attributes()) << account;
}

class RefoldTest : public ::testing::TestWithParam<uint64_t> {};

TEST_P(RefoldTest, EqualsTheLiveFoldThroughSealedSegmentsCrashesAndRestarts) {
  FoldRig rig(/*segment_offsets=*/16);
  RandomJournal journal(GetParam());
  if (GetParam() % 3 != 0) rig.SendActivation(SmallActivation(), absl::UnixEpoch());
  for (int i = 0; i < 300; ++i) {
    journal.Step(rig);
    if (journal.random() % 10 == 0) rig.Drain();
    if (journal.random() % 30 == 0) rig.Stop();
    if (journal.random() % 40 == 0) rig.Crash();
  }
  rig.Drain();
  for (const char* account : kAccounts) {
    const auto live = rig.Live(account);
    ASSERT_TRUE(live.has_value());
    const Refolded refolded = rig.RefoldNow(account);
    // An account without a timer stands in the day it was touched last.
    ExpectSame(live->account, refolded.account, account);
  }
  // The same after everything has been loaded from the store.
  rig.Stop();
  rig.Drain();
  for (const char* account : kAccounts) {
    const auto live = rig.Live(account);
    const Refolded refolded = rig.RefoldNow(account);
    EXPECT_EQ(live->account.series(), refolded.account.series());
    EXPECT_EQ(live->account.live(), refolded.account.live());
    EXPECT_EQ(live->account.emitted(), refolded.account.emitted());
  }
}

TEST_P(RefoldTest, AnswersAsOfAPastInstantWhatWasLiveThen) {
  FoldRig rig(/*segment_offsets=*/16);
  RandomJournal journal(GetParam() + 1'000);
  rig.SendActivation(SmallActivation(), absl::UnixEpoch());
  struct Then {
    absl::Time time;
    std::string account;
    std::vector<int64_t> live;
    Day day;
  };
  std::vector<Then> past;
  for (int i = 0; i < 200; ++i) {
    journal.Step(rig);
    if (journal.random() % 10 != 0) continue;
    rig.SendTick(journal.now);
    rig.Drain();
    const std::string account = kAccounts[journal.random() % std::size(kAccounts)];
    if (const auto view = rig.Live(account)) {
      past.push_back({journal.now, account, view->account.live(), view->account.day()});
      journal.now += absl::Seconds(1);
    }
  }
  ASSERT_FALSE(past.empty());
  for (const Then& then : past) {
    const Refolded refolded = rig.RefoldNow(then.account, {.until = then.time, .as_of = then.time});
    EXPECT_EQ(refolded.account.live(), then.live);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RefoldTest, ::testing::Range<uint64_t>(0, 12));

TEST(RefoldAsOf, CountsWhatWasLearntLaterForTheDayAskedAbout) {
  FoldRig rig;
  rig.SendActivation(SmallActivation(), absl::UnixEpoch());
  rig.SendOrder("acme", "o1", FoldRig::Noon(), 400);
  rig.SendTick(FoldRig::Noon(1));
  // Happened on day 0, known on day 200: too late to count live, known all the same.
  rig.SendOrder("acme", "o2", FoldRig::Noon() + absl::Minutes(1), 100, FoldRig::Noon(20));
  rig.SendOrder("acme", "o3", FoldRig::Noon(20), 1'000);
  rig.SendTick(FoldRig::Noon(150));
  rig.Drain();
  const auto value = [&](absl::Time as_of, absl::Time known_at) {
    const Refolded refolded = rig.RefoldNow("acme", {.until = known_at, .as_of = as_of});
    return ValueOf(
        *refolded.model,
        Evaluate(*refolded.model, refolded.account.series(), rig.calendar.LocalDayOf(as_of)),
        "orders.value_30d");
  };
  EXPECT_EQ(value(FoldRig::Noon(1), FoldRig::Noon(1)), 400 * kPoint);
  EXPECT_EQ(value(FoldRig::Noon(1), FoldRig::Noon(150)), 500 * kPoint);
}

TEST(RefoldObserver, SeesEveryStepOnce) {
  FoldRig rig;
  rig.SendActivation(SmallActivation(), absl::UnixEpoch());
  rig.SendOrder("acme", "o1", FoldRig::Noon(), 400);
  rig.SendOrder("acme", "o1", FoldRig::Noon(), 400);
  rig.SendOrder("acme", "o2", FoldRig::Noon(1), 100);
  rig.SendTick(FoldRig::Noon(2));
  rig.Drain();
  std::vector<std::string> steps;
  rig.RefoldNow("acme", {}, [&](const RefoldStep& step) {
    if (step.snapshot) {
      steps.push_back("closed");
    } else if (step.outcome) {
      steps.push_back(*step.outcome == FactOutcome::kDuplicate ? "duplicate" : "counted");
    }
  });
  EXPECT_EQ(steps,
            (std::vector<std::string>{"counted", "duplicate", "closed", "counted", "closed"}));
}

}  // namespace
}  // namespace bellwether::health::refold_test
