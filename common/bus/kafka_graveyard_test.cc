#include "common/bus/kafka_graveyard.h"

#include <atomic>

#include "absl/strings/match.h"
#include "absl/synchronization/notification.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/testing/await.h"
#include "gtest/gtest.h"

namespace bellwether::bus::kafka_graveyard_test {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

TEST(KafkaGraveyard, OneThatNeverEndsDoesNotHoldUpTheOthers) {
  absl::Notification release, ended;
  KafkaGraveyard graveyard;
  graveyard.Bury([&] { release.WaitForNotification(); });
  graveyard.Bury([&] { ended.Notify(); });
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(kPatience));
  EXPECT_FALSE(graveyard.AwaitEmpty(absl::ZeroDuration()));
  release.Notify();
  EXPECT_TRUE(graveyard.AwaitEmpty(kPatience));
}

TEST(KafkaGraveyard, HasRoomAgainOnceOneHasEnded) {
  absl::Notification release_first, release_others;
  KafkaGraveyard graveyard;
  graveyard.Bury([&] { release_first.WaitForNotification(); });
  for (size_t i = 1; i < KafkaGraveyard::kMembersMax; ++i) {
    EXPECT_TRUE(graveyard.CheckRoom().ok()) << i;
    graveyard.Bury([&] { release_others.WaitForNotification(); });
  }
  const absl::Status full = graveyard.CheckRoom();
  EXPECT_TRUE(absl::IsUnavailable(full)) << full;
  EXPECT_EQ(DetailOf(full)->reason, "GROUP_MEMBERS_DO_NOT_END");
  release_first.Notify();
  EXPECT_TRUE(testing::Await([&] { return graveyard.CheckRoom().ok(); }));
  release_others.Notify();
}

TEST(KafkaGraveyard, TellsOnceOfEachThatExceedsItsTime) {
  std::atomic<int> told{0};
  const LogCapture capture([&](absl::string_view line) {
    told += absl::StrContains(line, "kafka group member does not end");
  });
  absl::Notification release;
  {
    KafkaGraveyard graveyard(absl::ZeroDuration());
    for (int i = 0; i < 2; ++i) graveyard.Bury([&] { release.WaitForNotification(); });
    EXPECT_TRUE(testing::Await([&] { return told == 2; }));
    release.Notify();
  }
  EXPECT_EQ(told, 2);
}

}  // namespace
}  // namespace bellwether::bus::kafka_graveyard_test
