#include "common/timers/clock_follower.h"

#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/stream/testing/sim_bus.h"
#include "common/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace bellwether::timers::clock_follower_test {
namespace {

using journal::ClockRound;
using stream::testing::SimBus;
using stream::testing::SimClient;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

class ClockFollowerTest : public ::testing::Test {
 protected:
  ClockFollowerTest() { bus_.CreateTopic(bus::kClockTopic, 1); }

  void Tick(const ClockRound& round) {
    bus_.Append(bus::kClockTopic, 0, journal::EncodeClockRound(round));
  }

  SimBus bus_;
  SimClient client_{bus_};
  bellwether::testing::FakeClock wall_{kStart};
  ClockFollower follower_{client_, wall_};
};

TEST_F(ClockFollowerTest, KnowsNothingBeforeTheFirstRound) {
  ASSERT_TRUE(follower_.Follow(absl::ZeroDuration()).ok());
  EXPECT_EQ(follower_.latest(), std::nullopt);
  wall_.Advance(absl::Seconds(5));
  EXPECT_EQ(follower_.silence(), absl::Seconds(5));
}

TEST_F(ClockFollowerTest, BeginsAtTheNewestRoundAndFollows) {
  Tick({.time = kStart - absl::Seconds(3)});
  Tick({.time = kStart - absl::Seconds(2)});
  ASSERT_TRUE(follower_.Follow(absl::ZeroDuration()).ok());
  EXPECT_EQ(follower_.latest()->time, kStart - absl::Seconds(2));
  Tick({.time = kStart, .past_until = kStart - absl::Hours(1)});
  wall_.Advance(absl::Seconds(1));
  ASSERT_TRUE(follower_.Follow(absl::ZeroDuration()).ok());
  EXPECT_EQ(follower_.latest(),
            (ClockRound{.time = kStart, .past_until = kStart - absl::Hours(1)}));
  EXPECT_EQ(follower_.silence(), absl::ZeroDuration());
}

TEST_F(ClockFollowerTest, ARoundThatLayThereBeforeTheStartBreaksNoSilence) {
  Tick({.time = kStart - absl::Minutes(10)});
  ASSERT_TRUE(follower_.Follow(absl::ZeroDuration()).ok());
  EXPECT_EQ(follower_.silence(), absl::Minutes(10));
}

TEST_F(ClockFollowerTest, TimeNeverFallsBack) {
  Tick({.time = kStart});
  Tick({.time = kStart + absl::Seconds(2)});
  ASSERT_TRUE(follower_.Follow(absl::ZeroDuration()).ok());
  Tick({.time = kStart + absl::Seconds(1)});
  ASSERT_TRUE(follower_.Follow(absl::ZeroDuration()).ok());
  EXPECT_EQ(follower_.latest()->time, kStart + absl::Seconds(2));
}

TEST_F(ClockFollowerTest, GoesOnWhereTheLogWasTrimmedOrTheBusAway) {
  Tick({.time = kStart});
  ASSERT_TRUE(follower_.Follow(absl::ZeroDuration()).ok());
  for (int i = 1; i <= 4; ++i) Tick({.time = kStart + absl::Seconds(i)});
  client_.fault = [](absl::string_view) { return absl::UnavailableError("no broker"); };
  EXPECT_FALSE(follower_.Follow(absl::ZeroDuration()).ok());
  EXPECT_EQ(follower_.latest()->time, kStart);
  client_.fault = nullptr;
  bus_.Trim(bus::kClockTopic, 0, 3);
  ASSERT_TRUE(follower_.Follow(absl::ZeroDuration()).ok());
  EXPECT_EQ(follower_.latest()->time, kStart + absl::Seconds(4));
}

TEST_F(ClockFollowerTest, PassesOverWhatItCannotRead) {
  bus_.Append(bus::kClockTopic, 0, {"key", {}, "garbage"});
  Tick({.time = kStart});
  ASSERT_TRUE(follower_.Follow(absl::ZeroDuration()).ok());
  EXPECT_EQ(follower_.latest()->time, kStart);
}

}  // namespace
}  // namespace bellwether::timers::clock_follower_test
