#include "services/alerts/adapters/alert_feed.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/testing/await.h"
#include "common/testing/memory_bus.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::alerts {
namespace {

using bellwether::testing::Await;
using ::testing::ElementsAre;

class AlertFeedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    feed_.Start();
    ASSERT_TRUE(Await([this] { return feed_.Ready().ok(); }));
  }
  void TearDown() override { feed_.Stop(); }

  void Publish(const std::string& name, int64_t version) {
    v1::AlertChanged change;
    change.mutable_alert()->set_name(name);
    change.set_entity_version(version);
    ASSERT_TRUE(producer_
                    ->Produce(bus::kAlertsTopic, 0, {"acme", {}, change.SerializeAsString()},
                              [](const absl::StatusOr<bus::Position>&) {})
                    .ok());
  }
  std::vector<std::string> Seen() const {
    absl::MutexLock lock(&mutex_);
    return seen_;
  }

  const std::unique_ptr<bus::Bus> bus_ = bellwether::testing::NewMemoryBus(/*partitions=*/1);
  const std::unique_ptr<bus::Producer> producer_ = *bus_->NewProducer();
  mutable absl::Mutex mutex_;
  std::vector<std::string> seen_ ABSL_GUARDED_BY(mutex_);
  AlertFeed feed_{
      *bus_, /*partitions=*/1, "test", [this](const v1::AlertChanged& change) {
        absl::MutexLock lock(&mutex_);
        seen_.push_back(absl::StrCat(change.alert().name(), " v", change.entity_version()));
      }};
};

TEST_F(AlertFeedTest, LeavesOutWhatComesAgainOrBehindNewerOnes) {
  Publish("alerts/a", 1);
  Publish("alerts/a", 2);
  Publish("alerts/a", 2);  // by a relay that crashed before it could mark the row
  Publish("alerts/a", 1);  // by one that was overtaken long ago
  Publish("alerts/b", 1);
  Publish("alerts/a", 3);
  ASSERT_TRUE(Await([this] { return !Seen().empty() && Seen().back() == "alerts/a v3"; }));
  EXPECT_THAT(Seen(), ElementsAre("alerts/a v1", "alerts/a v2", "alerts/b v1", "alerts/a v3"));
}

TEST(AlertFeed, SaysWhyItCannotFollowTheBus) {
  constexpr int32_t kPartitions = 4;
  const auto inner = bellwether::testing::NewMemoryBus(kPartitions);
  bellwether::testing::GatedBus bus(*inner);
  bus.RefuseConsumers(
      Error(absl::StatusCode::kUnavailable, {"GROUP_MEMBERS_DO_NOT_END", "", ""}, "too many"));
  AlertFeed feed(bus, kPartitions, "test", [](const v1::AlertChanged&) {});
  EXPECT_EQ(DetailOf(feed.Ready())->reason, "FEED_NOT_READY");
  feed.Start();
  const auto reason = [&] { return DetailOf(feed.Ready()).value_or(ErrorDetail{}).reason; };
  EXPECT_TRUE(Await([&] { return reason() == "GROUP_MEMBERS_DO_NOT_END"; })) << reason();
  bus.RefuseConsumers(absl::OkStatus());
  EXPECT_TRUE(Await([&] { return feed.Ready().ok(); })) << feed.Ready();
  feed.Stop();
}

}  // namespace
}  // namespace bellwether::alerts
