#include "services/alerts/adapters/alert_feed.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/stream/testing/sim_bus.h"
#include "common/testing/await.h"
#include "common/testing/memory_bus.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::alerts::alert_feed_test {
namespace {

using bellwether::testing::Await;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

class AlertFeedTest : public ::testing::Test {
 protected:
  AlertFeedTest() { bus_.CreateTopic(bus::kAlertsTopic, 1); }

  void Change(const std::string& alert, int64_t version = 1) {
    v1::AlertChanged change;
    change.mutable_alert()->set_name(alert);
    change.set_entity_version(version);
    bus_.Append(bus::kAlertsTopic, 0, {.key = "acme", .value = change.SerializeAsString()});
  }
  void FailPollsWith(absl::Status failure) {
    client_.fault = [failure](absl::string_view call) {
      return call == "Poll" ? failure : absl::OkStatus();
    };
  }
  // The alerts published since the last call.
  std::vector<std::string> TakeChanges() { return std::exchange(changes_, {}); }

  stream::testing::SimBus bus_;
  stream::testing::SimClient client_{bus_};
  std::vector<std::string> changes_;
  std::vector<std::string> interruptions_;
  AlertFeed feed_{
      client_,
      1,
      "process",
      {.changed =
           [this](const v1::AlertChanged& change) {
             const std::string& name = change.alert().name();
             changes_.push_back(change.entity_version() == 1
                                    ? name
                                    : absl::StrCat(name, " v", change.entity_version()));
           },
       .interrupted =
           [this](const absl::Status& why) { interruptions_.push_back(ReasonOf(why)); }}};
};

TEST_F(AlertFeedTest, PublishesWhatComesFromTheEndOfTheLogOn) {
  Change("before");
  EXPECT_EQ(ReasonOf(feed_.Ready()), "FEED_NOT_READY");
  ASSERT_TRUE(feed_.Step().ok());
  EXPECT_TRUE(feed_.Ready().ok());
  Change("after");
  ASSERT_TRUE(feed_.Step().ok());
  EXPECT_THAT(TakeChanges(), ElementsAre("after"));
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
  EXPECT_THAT(TakeChanges(), ElementsAre("meanwhile"));
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
  EXPECT_THAT(TakeChanges(), ElementsAre("after"));
  EXPECT_THAT(interruptions_, ElementsAre("CHANGES_MISSED")) << "once";
}

TEST_F(AlertFeedTest, LeavesOutWhatComesAgainOrBehindNewerOnes) {
  ASSERT_TRUE(feed_.Step().ok());
  Change("a", 1);
  Change("a", 2);
  Change("a", 2);  // by a relay that crashed before it could mark the row
  Change("a", 1);  // by one that was overtaken long ago
  Change("b", 1);
  Change("a", 3);
  ASSERT_TRUE(feed_.Step().ok());
  EXPECT_THAT(TakeChanges(), ElementsAre("a", "a v2", "b", "a v3"));
}

TEST(AlertFeed, SaysWhyItCannotFollowTheBus) {
  constexpr int32_t kPartitions = 4;
  const auto inner = bellwether::testing::NewMemoryBus(kPartitions);
  bellwether::testing::GatedBus bus(*inner);
  bus.RefuseConsumers(
      Error(absl::StatusCode::kUnavailable, {"GROUP_MEMBERS_DO_NOT_END", "", ""}, "too many"));
  AlertFeed feed(bus, kPartitions, "test",
                 {.changed = [](const v1::AlertChanged&) {}, .interrupted = [](const auto&) {}});
  EXPECT_EQ(DetailOf(feed.Ready())->reason, "FEED_NOT_READY");
  feed.Start();
  const auto reason = [&] { return DetailOf(feed.Ready()).value_or(ErrorDetail{}).reason; };
  EXPECT_TRUE(Await([&] { return reason() == "GROUP_MEMBERS_DO_NOT_END"; })) << reason();
  bus.RefuseConsumers(absl::OkStatus());
  EXPECT_TRUE(Await([&] { return feed.Ready().ok(); })) << feed.Ready();
  feed.Stop();
}

}  // namespace
}  // namespace bellwether::alerts::alert_feed_test
