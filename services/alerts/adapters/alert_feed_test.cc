#include "services/alerts/adapters/alert_feed.h"

#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/stream/testing/sim_bus.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::alerts {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

class AlertFeedTest : public ::testing::Test {
 protected:
  AlertFeedTest() { bus_.CreateTopic(bus::kAlertsTopic, 1); }

  void Change(const std::string& alert) {
    v1::AlertChanged change;
    change.mutable_alert()->set_name(alert);
    bus_.Append(bus::kAlertsTopic, 0, {.key = "acme", .value = change.SerializeAsString()});
  }
  void FailPollsWith(absl::Status failure) {
    client_.fault = [failure](absl::string_view call) {
      return call == "Poll" ? failure : absl::OkStatus();
    };
  }
  // The alerts that were told of since the last call.
  std::vector<std::string> Told() { return std::exchange(told_, {}); }

  stream::testing::SimBus bus_;
  stream::testing::SimClient client_{bus_};
  std::vector<std::string> told_;
  std::vector<std::string> interruptions_;
  AlertFeed feed_{
      client_,
      1,
      "process",
      {.changed =
           [this](const v1::AlertChanged& change) { told_.push_back(change.alert().name()); },
       .interrupted =
           [this](const absl::Status& why) { interruptions_.push_back(ReasonOf(why)); }}};
};

TEST_F(AlertFeedTest, TellsWhatComesFromTheEndOfTheLogOn) {
  Change("before");
  EXPECT_EQ(ReasonOf(feed_.Ready()), "FEED_NOT_READY");
  ASSERT_TRUE(feed_.Step().ok());
  EXPECT_TRUE(feed_.Ready().ok());
  Change("after");
  ASSERT_TRUE(feed_.Step().ok());
  EXPECT_THAT(Told(), ElementsAre("after"));
}

TEST_F(AlertFeedTest, IsNotReadyAfterAFailureAndThenSkipsNothing) {
  ASSERT_TRUE(feed_.Step().ok());
  FailPollsWith(absl::UnavailableError("no broker"));
  EXPECT_FALSE(feed_.Step().ok());
  EXPECT_EQ(ReasonOf(feed_.Ready()), "FEED_NOT_READY");
  Change("meanwhile");
  client_.fault = nullptr;
  ASSERT_TRUE(feed_.Step().ok());
  EXPECT_TRUE(feed_.Ready().ok());
  EXPECT_THAT(Told(), ElementsAre("meanwhile"));
  EXPECT_THAT(interruptions_, IsEmpty());
}

TEST_F(AlertFeedTest, BeginsAgainAtTheEndWhereItsPlaceIsGoneAndSaysWhatThatMeans) {
  Change("before");
  ASSERT_TRUE(feed_.Step().ok());
  // The topic has been made anew, and is shorter.
  bus_.Truncate(bus::kAlertsTopic, 0, 0);
  FailPollsWith(absl::OutOfRangeError("offset 1 lies outside"));
  EXPECT_FALSE(feed_.Step().ok());
  EXPECT_EQ(ReasonOf(feed_.Ready()), "FEED_NOT_READY");
  EXPECT_THAT(interruptions_, ElementsAre("CHANGES_MISSED"));
  client_.fault = nullptr;
  ASSERT_TRUE(feed_.Step().ok());
  EXPECT_TRUE(feed_.Ready().ok());
  Change("after");
  ASSERT_TRUE(feed_.Step().ok());
  EXPECT_THAT(Told(), ElementsAre("after"));
  EXPECT_THAT(interruptions_, ElementsAre("CHANGES_MISSED")) << "once";
}

}  // namespace
}  // namespace bellwether::alerts
