#include "common/runtime/probe.h"

#include <atomic>

#include "absl/synchronization/notification.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/testing/await.h"
#include "common/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace bellwether::runtime::probe_test {
namespace {

using testing::Await;

TEST(Probe, ReportsThatItsServerIsAwayAndThatItIsBack) {
  LogCapture quiet([](absl::string_view) {});
  std::atomic<bool> there = true;
  std::atomic<int> asked = 0;
  Probe probe("bus", [&] {
    ++asked;
    return there ? absl::OkStatus() : absl::UnavailableError("no broker answers");
  });
  EXPECT_TRUE(probe.Ready().ok()) << "nothing is known against it";
  probe.Start();
  ASSERT_TRUE(Await([&] { return asked > 0; }));
  EXPECT_TRUE(probe.Ready().ok());
  there = false;
  ASSERT_TRUE(Await([&] { return !probe.Ready().ok(); }));
  EXPECT_EQ(probe.Ready(), absl::UnavailableError("no broker answers"));
  there = true;
  EXPECT_TRUE(Await([&] { return probe.Ready().ok(); }));
}

TEST(Probe, ReportsAServerThatDoesNotAnswerAsAway) {
  testing::FakeClock clock(absl::UnixEpoch());
  absl::Notification asked;
  absl::Notification may_answer;
  Probe probe(
      "store",
      [&] {
        if (!asked.HasBeenNotified()) asked.Notify();
        may_answer.WaitForNotification();
        return absl::OkStatus();
      },
      clock);
  probe.Start();
  asked.WaitForNotification();
  clock.Advance(kProbeAnswerMax);
  EXPECT_TRUE(probe.Ready().ok()) << "it may only be slow";
  clock.Advance(absl::Microseconds(1));
  const absl::Status silent = probe.Ready();
  ASSERT_TRUE(absl::IsUnavailable(silent)) << silent;
  EXPECT_EQ(DetailOf(silent)->reason, "NO_ANSWER");
  EXPECT_EQ(silent.message(), "the store does not answer");
  may_answer.Notify();
  EXPECT_TRUE(Await([&] { return probe.Ready().ok(); }));
}

}  // namespace
}  // namespace bellwether::runtime::probe_test
