#include "common/runtime/application.h"

#include <signal.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "common/log/log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::runtime::application_test {
namespace {

using ::testing::ElementsAre;
using ::testing::ExitedWithCode;

class ApplicationTest : public ::testing::Test {
 protected:
  void Add(Application& application, const std::string& name,
           absl::Status status = absl::OkStatus()) {
    application.Add(
        name,
        [this, name, status] {
          events_.push_back("start " + name);
          return status;
        },
        [this, name](absl::Time) { events_.push_back("stop " + name); });
  }

  LogCapture capture_{[](absl::string_view) {}};
  std::vector<std::string> events_;
};

TEST_F(ApplicationTest, StartsInOrderAndStopsInReverse) {
  Application application;
  Add(application, "store");
  Add(application, "rpc");
  application.RequestStop();
  EXPECT_EQ(application.Run(), kExitClean);
  EXPECT_THAT(events_, ElementsAre("start store", "start rpc", "stop rpc", "stop store"));
}

TEST_F(ApplicationTest, StopsWhatHadStartedWhenAStartFails) {
  Application application;
  Add(application, "store");
  Add(application, "bus", absl::UnavailableError("away"));
  Add(application, "rpc");
  EXPECT_EQ(application.Run(), kExitStartFailed);
  EXPECT_THAT(events_, ElementsAre("start store", "start bus", "stop store"));
}

TEST_F(ApplicationTest, DrainsOnSigterm) {
  Application application;
  Add(application, "store");
  // The process's own signal, while the component is the last to start.
  application.Add(
      "signal",
      [] { return kill(getpid(), SIGTERM) == 0 ? absl::OkStatus() : absl::InternalError(""); },
      [](absl::Time) {});
  EXPECT_EQ(application.Run(), kExitClean);
  EXPECT_THAT(events_, ElementsAre("start store", "stop store"));
}

TEST_F(ApplicationTest, EndsWithAnotherCodeWhenAComponentFails) {
  Application application;
  Add(application, "store");
  std::jthread component([&] { application.Fail(absl::DataLossError("log is damaged")); });
  EXPECT_EQ(application.Run(), kExitFailed);
  EXPECT_THAT(events_, ElementsAre("start store", "stop store"));
}

TEST_F(ApplicationTest, GivesEveryStopTheSameDeadline) {
  Application application({.drain = absl::Seconds(7)});
  std::vector<absl::Time> deadlines;
  for (const char* name : {"a", "b"}) {
    application.Add(
        name, [] { return absl::OkStatus(); },
        [&](absl::Time deadline) { deadlines.push_back(deadline); });
  }
  application.RequestStop();
  const absl::Time before = absl::Now();
  application.Run();
  ASSERT_EQ(deadlines.size(), 2u);
  EXPECT_EQ(deadlines[0], deadlines[1]);
  EXPECT_GE(deadlines[0], before + absl::Seconds(7));
}

void HangInStop(bool signal_again) {
  Application application({.drain = signal_again ? absl::Hours(1) : absl::Milliseconds(10)});
  application.Add(
      "hangs", [] { return absl::OkStatus(); },
      [signal_again](absl::Time) {
        if (signal_again) kill(getpid(), SIGTERM);
        while (true) pause();
      });
  application.RequestStop();
  application.Run();
}

TEST(ApplicationDeathTest, EndsAtOnceWhenTheDrainTakesTooLong) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(HangInStop(false), ExitedWithCode(kExitDrainFailed), "drain took too long");
}

TEST(ApplicationDeathTest, EndsAtOnceOnASecondSignal) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(HangInStop(true), ExitedWithCode(kExitDrainFailed), "second signal");
}

}  // namespace
}  // namespace bellwether::runtime::application_test
