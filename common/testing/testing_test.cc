#include <atomic>
#include <thread>

#include "common/testing/await.h"
#include "common/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace bellwether::testing {
namespace {

TEST(FakeClock, StandsStillUntilAdvanced) {
  const absl::Time start = absl::FromUnixSeconds(1'700'000'000);
  FakeClock clock(start);
  EXPECT_EQ(clock.Now(), start);
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Hours(1));
  EXPECT_EQ(clock.Now(), start + absl::Hours(1));
  clock.Set(start);
  EXPECT_EQ(clock.Now(), start);
}

TEST(Await, ReturnsOnceTheConditionHolds) {
  std::atomic<bool> done{false};
  std::thread other([&] { done = true; });
  EXPECT_TRUE(Await([&] { return done.load(); }));
  other.join();
}

TEST(Await, GivesUpAtTheDeadline) {
  EXPECT_FALSE(Await([] { return false; }, absl::Milliseconds(5)));
}

}  // namespace
}  // namespace bellwether::testing
