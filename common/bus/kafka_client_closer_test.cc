#include "common/bus/kafka_client_closer.h"

#include <atomic>

#include "absl/strings/match.h"
#include "absl/synchronization/notification.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/testing/await.h"
#include "gtest/gtest.h"

namespace bellwether::bus::kafka_client_closer_test {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

TEST(KafkaClientCloser, OneThatNeverEndsDoesNotHoldUpTheOthers) {
  absl::Notification release, ended;
  KafkaClientCloser closer;
  closer.Close([&] { release.WaitForNotification(); });
  closer.Close([&] { ended.Notify(); });
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(kPatience));
  EXPECT_FALSE(closer.AwaitEmpty(absl::ZeroDuration()));
  release.Notify();
  EXPECT_TRUE(closer.AwaitEmpty(kPatience));
}

TEST(KafkaClientCloser, HasRoomAgainOnceOneHasEnded) {
  absl::Notification release_first, release_others;
  KafkaClientCloser closer;
  closer.Close([&] { release_first.WaitForNotification(); });
  for (size_t i = 1; i < KafkaClientCloser::kMembersMax; ++i) {
    EXPECT_TRUE(closer.CheckRoom().ok()) << i;
    closer.Close([&] { release_others.WaitForNotification(); });
  }
  const absl::Status full = closer.CheckRoom();
  EXPECT_TRUE(absl::IsUnavailable(full)) << full;
  EXPECT_EQ(DetailOf(full)->reason, "GROUP_MEMBERS_DO_NOT_END");
  release_first.Notify();
  EXPECT_TRUE(testing::Await([&] { return closer.CheckRoom().ok(); }));
  release_others.Notify();
}

TEST(KafkaClientCloser, LogsOnceEachThatExceedsItsTime) {
  std::atomic<int> logged{0};
  const LogCapture capture([&](absl::string_view line) {
    logged += absl::StrContains(line, "kafka group member does not end");
  });
  absl::Notification release;
  {
    KafkaClientCloser closer(absl::ZeroDuration());
    for (int i = 0; i < 2; ++i) closer.Close([&] { release.WaitForNotification(); });
    EXPECT_TRUE(testing::Await([&] { return logged == 2; }));
    release.Notify();
  }
  EXPECT_EQ(logged, 2);
}

}  // namespace
}  // namespace bellwether::bus::kafka_client_closer_test
