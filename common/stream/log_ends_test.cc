#include "common/stream/log_ends.h"

#include <optional>

#include "common/bus/embedded_bus.h"
#include "common/stream/testing/records.h"
#include "common/stream/testing/sim_bus.h"
#include "common/testing/await.h"
#include "common/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace bellwether::stream::log_ends_test {
namespace {

using bellwether::testing::Await;
using testing::KeyOf;
using testing::RecordAt;

constexpr char kTopic[] = "journal";
constexpr absl::Duration kInterval = absl::Seconds(1);

class LogEndsTest : public ::testing::Test {
 protected:
  LogEndsTest() { bus_.CreateTopic(kTopic, 2); }

  void Append(int32_t partition) {
    bus_.Append(kTopic, partition, RecordAt(KeyOf(partition, 2), clock_.Now()));
  }

  testing::SimBus bus_;
  testing::SimClient client_{bus_};
  bellwether::testing::FakeClock clock_{absl::UnixEpoch()};
  LogEnds ends_{client_, kTopic, kInterval, clock_};
};

TEST_F(LogEndsTest, AreAskedForAtOnceAndThenOnceAnInterval) {
  Append(1);
  EXPECT_EQ(ends_.EndOf(1), std::nullopt);
  ends_.Step();
  EXPECT_EQ(ends_.EndOf(0), 0);
  EXPECT_EQ(ends_.EndOf(1), 1);
  EXPECT_EQ(ends_.EndOf(2), std::nullopt);
  Append(1);
  clock_.Advance(kInterval - absl::Microseconds(1));
  ends_.Step();
  EXPECT_EQ(ends_.EndOf(1), 1);
  clock_.Advance(absl::Microseconds(1));
  ends_.Step();
  EXPECT_EQ(ends_.EndOf(1), 2);
}

TEST_F(LogEndsTest, AreNotKnownWhileTheBusIsAway) {
  ends_.Step();
  EXPECT_TRUE(ends_.status().ok());
  client_.fault = [](absl::string_view) { return absl::UnavailableError("no broker"); };
  clock_.Advance(kInterval);
  ends_.Step();
  EXPECT_EQ(ends_.status().message(), "no broker");
  EXPECT_EQ(ends_.EndOf(0), std::nullopt);
  client_.fault = nullptr;
  clock_.Advance(kInterval);
  ends_.Step();
  EXPECT_TRUE(ends_.status().ok());
  EXPECT_EQ(ends_.EndOf(0), 0);
}

TEST(LogEndsThread, FollowsTheLogUntilItIsStopped) {
  const auto bus = bus::EmbeddedBus::Open("").value();
  ASSERT_TRUE(bus->EnsureTopic({kTopic, 1}).ok());
  LogEnds ends(*bus, kTopic, absl::Milliseconds(1), Clock::System());
  ends.Start();
  ASSERT_TRUE(Await([&] { return ends.EndOf(0) == 0; }));
  ASSERT_TRUE(bus->NewProducer().value()->Produce(kTopic, 0, {"k", {}, "v"}, {}).ok());
  EXPECT_TRUE(Await([&] { return ends.EndOf(0) == 1; }));
  ends.Stop();
  ends.Stop();
  ends.Start();
  EXPECT_TRUE(Await([&] { return ends.EndOf(0) == 1; }));
}

}  // namespace
}  // namespace bellwether::stream::log_ends_test
