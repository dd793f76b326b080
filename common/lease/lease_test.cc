#include "common/lease/lease.h"

#include <memory>

#include "common/base/status.h"
#include "common/store/testing/test_database.h"
#include "common/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace bellwether::lease::lease_test {
namespace {

constexpr absl::Duration kDuration = absl::Seconds(10);

class LeaseTest : public ::testing::Test {
 protected:
  LeaseTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  absl::Status CheckIn(const Lease& lease) {
    auto transaction = store_->Begin();
    return transaction.ok() ? lease.Check(**transaction) : transaction.status();
  }

  std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  bellwether::testing::FakeClock clock_{absl::FromUnixSeconds(1'700'000'000)};
  Lease one_{*store_, clock_, {"work", "one", kDuration}};
  Lease two_{*store_, clock_, {"work", "two", kDuration}};
};

TEST_F(LeaseTest, IsHeldByOneAtATime) {
  EXPECT_TRUE(*one_.Hold());
  EXPECT_FALSE(*two_.Hold());
  EXPECT_TRUE(one_.held());
  EXPECT_FALSE(two_.held());
}

TEST_F(LeaseTest, OtherNamesAreOtherLeases) {
  Lease other(*store_, clock_, {"other work", "two", kDuration});
  EXPECT_TRUE(*one_.Hold());
  EXPECT_TRUE(*other.Hold());
}

TEST_F(LeaseTest, GoesToAnotherAtItsExpiryAndNotBefore) {
  ASSERT_TRUE(*one_.Hold());
  clock_.Advance(kDuration - absl::Microseconds(1));
  EXPECT_TRUE(one_.held());
  EXPECT_FALSE(*two_.Hold());
  clock_.Advance(absl::Microseconds(1));
  EXPECT_FALSE(one_.held());
  EXPECT_TRUE(*two_.Hold());
  EXPECT_FALSE(*one_.Hold());
}

TEST_F(LeaseTest, StaysWithAHolderWhoRenews) {
  ASSERT_TRUE(*one_.Hold());
  const int64_t token = one_.token();
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(kDuration / 2);
    EXPECT_TRUE(*one_.Hold());
    EXPECT_FALSE(*two_.Hold());
  }
  EXPECT_EQ(one_.token(), token);
}

TEST_F(LeaseTest, TokensRiseWithEveryChangeOfHolder) {
  ASSERT_TRUE(*one_.Hold());
  const int64_t first = one_.token();
  clock_.Advance(kDuration);
  ASSERT_TRUE(*two_.Hold());
  EXPECT_GT(two_.token(), first);
  const int64_t second = two_.token();
  clock_.Advance(kDuration);
  ASSERT_TRUE(*one_.Hold());
  EXPECT_GT(one_.token(), second);
}

TEST_F(LeaseTest, AnOvertakenHolderFailsItsCheck) {
  ASSERT_TRUE(*one_.Hold());
  EXPECT_TRUE(CheckIn(one_).ok());
  clock_.Advance(kDuration);
  EXPECT_TRUE(CheckIn(one_).ok()) << "expired but nobody took over";
  ASSERT_TRUE(*two_.Hold());
  const absl::Status lost = CheckIn(one_);
  EXPECT_TRUE(absl::IsAborted(lost));
  EXPECT_EQ(DetailOf(lost)->reason, "LEASE_LOST");
  EXPECT_TRUE(CheckIn(two_).ok());
}

TEST_F(LeaseTest, ARestartedOwnerOfTheSameNameDoesNotSatisfyAnOlderToken) {
  ASSERT_TRUE(*one_.Hold());
  clock_.Advance(kDuration);
  ASSERT_TRUE(*two_.Hold());
  clock_.Advance(kDuration);
  Lease restarted(*store_, clock_, {"work", "one", kDuration});
  ASSERT_TRUE(*restarted.Hold());
  EXPECT_TRUE(absl::IsAborted(CheckIn(one_)));
}

TEST_F(LeaseTest, ReleasedItIsFreeAtOnce) {
  ASSERT_TRUE(*one_.Hold());
  ASSERT_TRUE(one_.Release().ok());
  EXPECT_FALSE(one_.held());
  EXPECT_TRUE(absl::IsAborted(CheckIn(one_)));
  EXPECT_TRUE(*two_.Hold());
  EXPECT_TRUE(one_.Release().ok());
  EXPECT_TRUE(CheckIn(two_).ok()) << "a late release takes nothing from the new holder";
}

TEST_F(LeaseTest, ALoneProcessEndsTheLeasesOfItsPredecessors) {
  ASSERT_TRUE(*one_.Hold());
  ASSERT_TRUE(EndAll(*store_).ok());
  EXPECT_TRUE(*two_.Hold());
  EXPECT_TRUE(absl::IsAborted(CheckIn(one_))) << "had it not died, it would find out";
  EXPECT_TRUE(CheckIn(two_).ok());
}

}  // namespace
}  // namespace bellwether::lease::lease_test
