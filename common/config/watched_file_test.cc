#include "common/config/watched_file.h"

#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::config::watched_file_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WatchedFileTest : public ::testing::Test {
 protected:
  WatchedFileTest() {
    Write("one");
    watched_.emplace(
        WatchedName{"gateway", "rates"}, path_, "one",
        [this](absl::string_view text) -> absl::Status {
          if (absl::StrContains(text, "wrong")) {
            return InvalidArgument("CONFIG_INVALID", "", "rates.yaml:1: wrong");
          }
          taken_.emplace_back(text);
          return absl::OkStatus();
        },
        metrics_);
  }

  void Write(absl::string_view text) { std::ofstream(path_) << text; }
  void LookTwice() {
    watched_->Look();
    watched_->Look();
  }
  bool Shows(absl::string_view series) {
    return absl::StrContains(metrics_.Expose(), absl::StrCat(series, "\n"));
  }

  const std::string path_ = absl::StrCat(
      ::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
  metrics::Registry metrics_;
  std::vector<std::string> taken_;
  std::optional<WatchedFile> watched_;
};

TEST_F(WatchedFileTest, LeavesAFileThatDoesNotChangeAlone) {
  LookTwice();
  LookTwice();
  EXPECT_THAT(taken_, ElementsAre());
}

TEST_F(WatchedFileTest, TakesAChangeOnceAndWhenItHasComeToRest) {
  Write("tw");
  watched_->Look();
  Write("two");  // it was just being written
  watched_->Look();
  EXPECT_THAT(taken_, ElementsAre());
  watched_->Look();
  LookTwice();
  EXPECT_THAT(taken_, ElementsAre("two"));
  EXPECT_TRUE(Shows(
      R"(bellwether_config_reloads_total{file="rates",outcome="taken",service="gateway"} 1)"));
}

TEST_F(WatchedFileTest, LeavesWhatIsInEffectWhereAChangeIsFaultyAndShowsIt) {
  constexpr char kRefused[] = R"(bellwether_config_file_refused{file="rates",service="gateway"} )";
  Write("wrong");
  LookTwice();
  LookTwice();
  EXPECT_TRUE(Shows(absl::StrCat(kRefused, "1")));
  EXPECT_TRUE(Shows(
      R"(bellwether_config_reloads_total{file="rates",outcome="refused",service="gateway"} 1)"))
      << "said once";
  Write("one");  // taken back
  LookTwice();
  EXPECT_THAT(taken_, ElementsAre()) << "it is in effect";
  EXPECT_TRUE(Shows(absl::StrCat(kRefused, "0")));

  std::remove(path_.c_str());
  LookTwice();
  EXPECT_TRUE(Shows(absl::StrCat(kRefused, "1")));
  Write("two");
  LookTwice();
  EXPECT_THAT(taken_, ElementsAre("two"));
  EXPECT_TRUE(Shows(absl::StrCat(kRefused, "0")));
}

TEST_F(WatchedFileTest, LooksByItselfOnceStarted) {
  absl::Mutex mutex;
  std::string taken;
  WatchedFile file(
      {"gateway", "rates"}, path_, "one",
      [&](absl::string_view text) {
        absl::MutexLock lock(&mutex);
        taken = std::string(text);
        return absl::OkStatus();
      },
      metrics_);
  file.Start();
  Write("two");
  EXPECT_TRUE(testing::Await([&] {
    absl::MutexLock lock(&mutex);
    return taken == "two";
  }));
  file.Stop();
}

}  // namespace
}  // namespace bellwether::config::watched_file_test
