#include <atomic>
#include <thread>

#include "common/bus/topics.h"
#include "common/testing/await.h"
#include "common/testing/fake_clock.h"
#include "common/testing/memory_bus.h"
#include "gtest/gtest.h"

namespace bellwether::testing::testing_test {
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

TEST(GatedBus, HoldsMessagesUntilReleased) {
  const auto inner = NewMemoryBus(2);
  GatedBus bus(*inner);
  auto producer = *bus.NewProducer();
  std::atomic<int> answered{0};
  const auto produce = [&](const char* value) {
    const absl::Status status = producer->Produce(
        bus::kJournalTopic, 1, {"k", {{"h", value}}, value},
        [&](absl::StatusOr<bus::Position> position) { answered += position.ok() ? 1 : 100; });
    EXPECT_TRUE(status.ok());
  };
  bus.Hold();
  produce("a");
  produce("b");
  EXPECT_EQ(bus.held(), 2u);
  EXPECT_FALSE(producer->Flush(absl::Milliseconds(1)).ok());
  EXPECT_TRUE(ReadAll(bus, bus::kJournalTopic).empty());
  bus.Release();
  EXPECT_TRUE(producer->Flush(kAwaitMax).ok());
  EXPECT_EQ(answered, 2);
  const auto records = ReadAll(bus, bus::kJournalTopic);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1].message.value, "b");
  EXPECT_EQ(records[1].HeaderOf("h"), "b");
  EXPECT_EQ(records[1].position.partition, 1);
}

TEST(GatedBus, FailsOnDemand) {
  const auto inner = NewMemoryBus(1);
  GatedBus bus(*inner);
  auto producer = *bus.NewProducer();
  absl::Status answer;
  const auto produce = [&] {
    EXPECT_TRUE(
        producer
            ->Produce(bus::kJournalTopic, 0, {},
                      [&](absl::StatusOr<bus::Position> position) { answer = position.status(); })
            .ok());
    EXPECT_TRUE(producer->Flush(kAwaitMax).ok());
  };
  bus.FailWith(absl::UnavailableError("down"));
  produce();
  EXPECT_EQ(answer, absl::UnavailableError("down"));
  bus.FailWith(absl::OkStatus());
  produce();
  EXPECT_TRUE(answer.ok());
  EXPECT_EQ(ReadAll(bus, bus::kJournalTopic).size(), 1u);
}

}  // namespace
}  // namespace bellwether::testing::testing_test
