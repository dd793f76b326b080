#include "common/runtime/background_loop.h"

#include <atomic>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "common/log/log.h"
#include "gtest/gtest.h"

namespace bellwether::runtime::background_loop_test {
namespace {

constexpr absl::Duration kDeadline = absl::Seconds(20);

TEST(BackgroundLoop, RepeatsAStepThatAsksForNoWait) {
  absl::Notification third;
  int steps = 0;
  BackgroundLoop loop({.name = "test"},
                      [&](const std::stop_token&) -> absl::StatusOr<absl::Duration> {
                        if (++steps == 3) third.Notify();
                        return steps < 3 ? absl::ZeroDuration() : absl::InfiniteDuration();
                      });
  loop.Start();
  EXPECT_TRUE(third.WaitForNotificationWithTimeout(kDeadline));
}

TEST(BackgroundLoop, WaitsUntilWoken) {
  absl::Notification first;
  absl::Notification second;
  int steps = 0;
  BackgroundLoop loop({.name = "test"},
                      [&](const std::stop_token&) -> absl::StatusOr<absl::Duration> {
                        ++steps;
                        if (steps == 1) first.Notify();
                        if (steps == 2) second.Notify();
                        return absl::InfiniteDuration();
                      });
  loop.Start();
  ASSERT_TRUE(first.WaitForNotificationWithTimeout(kDeadline));
  loop.Wake();
  ASSERT_TRUE(second.WaitForNotificationWithTimeout(kDeadline));
  loop.Stop();
  EXPECT_EQ(steps, 2);
}

TEST(BackgroundLoop, TriesAFailedStepAgainAndReportsItsStatus) {
  LogCapture capture([](absl::string_view) {});
  absl::Notification recovered;
  int steps = 0;
  BackgroundLoop loop({.name = "test",
                       .backoff_least = absl::Milliseconds(1),
                       .backoff_most = absl::Milliseconds(2)},
                      [&](const std::stop_token&) -> absl::StatusOr<absl::Duration> {
                        if (++steps < 4) return absl::UnavailableError("away");
                        recovered.Notify();
                        return absl::InfiniteDuration();
                      });
  loop.Start();
  ASSERT_TRUE(recovered.WaitForNotificationWithTimeout(kDeadline));
  loop.Stop();
  EXPECT_TRUE(loop.last_status().ok());
}

TEST(BackgroundLoop, DoesNotLetAWakeCutItsBackoffShort) {
  LogCapture capture([](absl::string_view) {});
  absl::Notification failed;
  std::atomic<int> steps = 0;
  BackgroundLoop loop(
      {.name = "test", .backoff_least = absl::Hours(1), .backoff_most = absl::Hours(1)},
      [&](const std::stop_token&) -> absl::StatusOr<absl::Duration> {
        if (++steps == 1) failed.Notify();
        return absl::UnavailableError("away");
      });
  loop.Start();
  ASSERT_TRUE(failed.WaitForNotificationWithTimeout(kDeadline));
  loop.Wake();
  loop.Stop();  // ends the backoff without another step
  EXPECT_EQ(steps, 1);
}

TEST(BackgroundLoop, StopsAStepThatLooksAtItsToken) {
  absl::Notification begun;
  BackgroundLoop loop({.name = "test"},
                      [&](const std::stop_token& stop) -> absl::StatusOr<absl::Duration> {
                        begun.Notify();
                        while (!stop.stop_requested()) std::this_thread::yield();
                        return absl::CancelledError("stopped");
                      });
  loop.Start();
  ASSERT_TRUE(begun.WaitForNotificationWithTimeout(kDeadline));
  loop.Stop();
  loop.Stop();
  EXPECT_EQ(loop.last_status().code(), absl::StatusCode::kCancelled);
}

TEST(BackgroundLoop, MayBeDestroyedWithoutHavingStarted) {
  BackgroundLoop loop({.name = "test"},
                      [](const std::stop_token&) -> absl::StatusOr<absl::Duration> {
                        return absl::ZeroDuration();
                      });
  EXPECT_TRUE(loop.last_status().ok());
}

TEST(Backoff, DoublesUpToItsLimitAndDrawsFromTheUpperHalf) {
  Backoff backoff(absl::Seconds(1), absl::Seconds(4));
  for (const int seconds : {1, 2, 4, 4}) {
    const absl::Duration wait = backoff.Next();
    EXPECT_GE(wait, absl::Seconds(seconds) / 2);
    EXPECT_LE(wait, absl::Seconds(seconds));
  }
  backoff.Reset();
  EXPECT_LE(backoff.Next(), absl::Seconds(1));
}

}  // namespace
}  // namespace bellwether::runtime::background_loop_test
