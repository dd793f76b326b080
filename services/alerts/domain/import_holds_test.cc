#include "services/alerts/domain/import_holds.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::import_holds_test {
namespace {

using for_tests::kStart;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Released = ImportHolds::Released;

constexpr absl::Duration kWaitMax = absl::Minutes(15);
constexpr absl::Duration kTick = absl::Microseconds(1);

class ImportHoldsTest : public ::testing::Test {
 protected:
  // As after a restart.
  ImportHolds Reloaded() {
    const ImportHolds::Changes changes = holds_.TakeChanges();
    ImportHolds loaded(kWaitMax);
    for (const auto& [run, lease_end] : changes.lease_ends) {
      if (lease_end.has_value()) loaded.LoadRun(run, *lease_end);
    }
    for (const auto& [account, hold] : changes.holds) {
      if (hold.has_value()) loaded.LoadHold(account, *hold);
    }
    return loaded;
  }

  ImportHolds holds_{kWaitMax};
};

TEST_F(ImportHoldsTest, AnAccountIsHeldFromTheFirstFactOfARunUntilTheRunEnds) {
  EXPECT_TRUE(holds_.idle());
  holds_.Extend("r1", kStart + absl::Minutes(2));
  EXPECT_FALSE(holds_.IsHeld("acme")) << "nothing has touched it";
  EXPECT_TRUE(holds_.Touch("bell", "r1", kStart + absl::Seconds(2)));
  EXPECT_TRUE(holds_.Touch("acme", "r1", kStart + absl::Seconds(3)));
  EXPECT_TRUE(holds_.Touch("acme", "r1", kStart + absl::Seconds(4)));
  EXPECT_TRUE(holds_.IsHeld("acme"));
  EXPECT_THAT(holds_.End("r1"), ElementsAre(Released{"acme", kStart + absl::Seconds(3)},
                                            Released{"bell", kStart + absl::Seconds(2)}))
      << "in order of their ids, each since its first fact";
  EXPECT_TRUE(holds_.idle());
  EXPECT_THAT(holds_.End("r1"), IsEmpty()) << "a run ends once";
}

TEST_F(ImportHoldsTest, ARunThatNeverBeganHoldsNothing) {
  EXPECT_FALSE(holds_.Touch("acme", "r1", kStart));
  holds_.Extend("r2", kStart + absl::Minutes(2));
  EXPECT_FALSE(holds_.Touch("acme", "r1", kStart));
  EXPECT_FALSE(holds_.IsHeld("acme"));
}

TEST_F(ImportHoldsTest, ALeaseIsOverAtExactlyItsEnd) {
  const absl::Time end = kStart + absl::Minutes(2);
  holds_.Extend("r1", end);
  EXPECT_TRUE(holds_.Touch("acme", "r1", end - kTick));
  EXPECT_THAT(holds_.Expire(end - kTick), IsEmpty());
  EXPECT_FALSE(holds_.Touch("bell", "r1", end)) << "also before a watermark says so";
  EXPECT_THAT(holds_.Expire(end), ElementsAre(Released{"acme", end - kTick}));
  EXPECT_EQ(holds_.leases_expired(), 1);
  EXPECT_TRUE(holds_.idle());
}

TEST_F(ImportHoldsTest, ARenewalNeverShortensALeaseAndRevivesOneThatRanOut) {
  const absl::Time end = kStart + absl::Minutes(2);
  holds_.Extend("r1", end);
  holds_.Extend("r1", end - absl::Minutes(1));
  EXPECT_TRUE(holds_.Touch("acme", "r1", end - kTick));
  EXPECT_THAT(holds_.Expire(end), SizeIs(1));
  holds_.Extend("r1", end + absl::Minutes(2));
  EXPECT_TRUE(holds_.Touch("acme", "r1", end + kTick));
  EXPECT_THAT(holds_.End("r1"), ElementsAre(Released{"acme", end + kTick}));
}

TEST_F(ImportHoldsTest, AnAccountOfTwoRunsIsHeldUntilBothAreOver) {
  holds_.Extend("r1", kStart + absl::Minutes(2));
  holds_.Extend("r2", kStart + absl::Minutes(4));
  holds_.Touch("acme", "r1", kStart);
  holds_.Touch("acme", "r2", kStart + absl::Seconds(1));
  holds_.Touch("bell", "r1", kStart);
  EXPECT_THAT(holds_.End("r1"), ElementsAre(Released{"bell", kStart}));
  EXPECT_TRUE(holds_.IsHeld("acme"));
  EXPECT_THAT(holds_.Expire(kStart + absl::Minutes(4)), ElementsAre(Released{"acme", kStart}));
}

TEST_F(ImportHoldsTest, NewsWaitsForExactlyItsTimeAndTheNextFactOfTheRunHoldsAnew) {
  holds_.Extend("r1", kStart + absl::Hours(2));
  holds_.NoteNews("acme", kStart);
  EXPECT_FALSE(holds_.IsHeld("acme")) << "news of an account that is not held is judged at once";
  holds_.Touch("acme", "r1", kStart);
  holds_.Touch("bell", "r1", kStart);
  const absl::Time news = kStart + absl::Minutes(10);
  holds_.NoteNews("acme", news);
  holds_.NoteNews("acme", news + absl::Minutes(14));  // the first one counts
  EXPECT_THAT(holds_.Expire(news + kWaitMax - kTick), IsEmpty());
  EXPECT_THAT(holds_.Expire(news + kWaitMax), ElementsAre(Released{"acme", kStart}));
  EXPECT_EQ(holds_.leases_expired(), 0);
  EXPECT_TRUE(holds_.IsHeld("bell"));
  const absl::Time again = news + kWaitMax + absl::Seconds(1);
  EXPECT_TRUE(holds_.Touch("acme", "r1", again));
  EXPECT_THAT(holds_.Expire(again + kWaitMax), IsEmpty()) << "no news has come since";
  EXPECT_THAT(holds_.End("r1"), ElementsAre(Released{"acme", again}, Released{"bell", kStart}));
}

TEST_F(ImportHoldsTest, WhatWasStoredGoesOn) {
  holds_.Extend("r1", kStart + absl::Hours(1));
  holds_.Extend("r2", kStart + absl::Hours(1));
  holds_.Touch("acme", "r1", kStart);
  holds_.Touch("acme", "r2", kStart);
  holds_.Touch("bell", "r2", kStart + absl::Seconds(1));
  holds_.NoteNews("bell", kStart + absl::Seconds(2));
  ImportHolds loaded = Reloaded();
  EXPECT_THAT(loaded.TakeChanges().holds, IsEmpty());
  EXPECT_THAT(loaded.End("r1"), IsEmpty());
  EXPECT_THAT(loaded.Expire(kStart + absl::Seconds(2) + kWaitMax),
              ElementsAre(Released{"bell", kStart + absl::Seconds(1)}));
  EXPECT_THAT(loaded.End("r2"), ElementsAre(Released{"acme", kStart}));
}

TEST_F(ImportHoldsTest, WhatIsOverIsToBeDeletedOnce) {
  holds_.Extend("r1", kStart + absl::Hours(1));
  holds_.Touch("acme", "r1", kStart);
  EXPECT_THAT(holds_.TakeChanges().holds, SizeIs(1));
  holds_.End("r1");
  const ImportHolds::Changes over = holds_.TakeChanges();
  EXPECT_EQ(over.lease_ends.at("r1"), std::nullopt);
  EXPECT_EQ(over.holds.at("acme"), std::nullopt);
  EXPECT_THAT(holds_.TakeChanges().lease_ends, IsEmpty());
}

}  // namespace
}  // namespace bellwether::alerts::import_holds_test
