#include "services/gateway/application/admission.h"

#include <atomic>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace bellwether::gateway::admission_test {
namespace {

TEST(Admission, LetsInUpToItsEvents) {
  Admission admission;
  for (int64_t i = 0; i < Admission::kEventsMax; ++i) ASSERT_TRUE(admission.TryEnter(1));
  EXPECT_FALSE(admission.TryEnter(1));
  admission.Leave(1);
  EXPECT_TRUE(admission.TryEnter(1));
}

TEST(Admission, LetsInUpToItsBytes) {
  Admission admission;
  ASSERT_TRUE(admission.TryEnter(Admission::kBytesMax - 10));
  EXPECT_FALSE(admission.TryEnter(11));
  EXPECT_TRUE(admission.TryEnter(10));
  EXPECT_FALSE(admission.TryEnter(1));
  admission.Leave(10);
  EXPECT_TRUE(admission.TryEnter(10));
}

TEST(Admission, LetsOneEventOfAnySizeIntoAnEmptyHouse) {
  Admission admission;
  EXPECT_TRUE(admission.TryEnter(Admission::kBytesMax + 1));
  EXPECT_FALSE(admission.TryEnter(1));
}

TEST(Admission, CallsWhoWaitsInTheirOrder) {
  Admission admission;
  ASSERT_TRUE(admission.TryEnter(Admission::kBytesMax));
  std::vector<int> called;
  ASSERT_FALSE(admission.TryEnter(1));
  for (const int waiter : {1, 2}) {
    admission.WhenRoom([&called, &admission, waiter] {
      called.push_back(waiter);
      EXPECT_TRUE(admission.TryEnter(1));
    });
  }
  EXPECT_TRUE(called.empty());
  admission.Leave(Admission::kBytesMax);
  EXPECT_EQ(called, (std::vector<int>{1, 2}));
}

TEST(Admission, CallsOneWaiterForEachThatLeaves) {
  Admission admission;
  for (int64_t i = 0; i < Admission::kEventsMax; ++i) ASSERT_TRUE(admission.TryEnter(1));
  int called = 0;
  for (int i = 0; i < 3; ++i) admission.WhenRoom([&] { ++called; });
  admission.Leave(1);
  EXPECT_EQ(called, 1);
  admission.Leave(1);
  EXPECT_EQ(called, 2);
}

// A waiter that has gone away uses no room; those behind it must not wait for ever.
TEST(Admission, CallsEverybodyWhenTheLastOneLeaves) {
  Admission admission;
  ASSERT_TRUE(admission.TryEnter(Admission::kBytesMax));
  int called = 0;
  for (int i = 0; i < 5; ++i) admission.WhenRoom([&] { ++called; });
  admission.Leave(Admission::kBytesMax);
  EXPECT_EQ(called, 5);
}

TEST(Admission, CallsAtOnceWhenNobodyIsInside) {
  Admission admission;
  bool called = false;
  admission.WhenRoom([&] { called = true; });
  EXPECT_TRUE(called);
}

TEST(Admission, BlocksForRoomAndGivesUpInTime) {
  Admission admission;
  ASSERT_TRUE(admission.TryEnter(Admission::kBytesMax));
  EXPECT_FALSE(admission.Enter(1, absl::Milliseconds(1)));
  std::thread leaver([&] { admission.Leave(Admission::kBytesMax); });
  EXPECT_TRUE(admission.Enter(1, absl::Seconds(30)));
  leaver.join();
  EXPECT_EQ(admission.events(), 1);
}

}  // namespace
}  // namespace bellwether::gateway::admission_test
