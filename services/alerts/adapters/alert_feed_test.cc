#include "services/alerts/adapters/alert_feed.h"

#include "common/base/status.h"
#include "common/testing/await.h"
#include "common/testing/memory_bus.h"
#include "gtest/gtest.h"

namespace bellwether::alerts {
namespace {

constexpr int32_t kPartitions = 4;

TEST(AlertFeed, SaysWhyItCannotFollowTheBus) {
  const auto inner = testing::NewMemoryBus(kPartitions);
  testing::GatedBus bus(*inner);
  bus.RefuseConsumers(
      Error(absl::StatusCode::kUnavailable, {"GROUP_MEMBERS_DO_NOT_END", "", ""}, "too many"));
  AlertFeed feed(bus, kPartitions, "test", [](const v1::AlertChanged&) {});
  EXPECT_EQ(DetailOf(feed.Ready())->reason, "FEED_NOT_READY");
  feed.Start();
  const auto reason = [&] { return DetailOf(feed.Ready()).value_or(ErrorDetail{}).reason; };
  EXPECT_TRUE(testing::Await([&] { return reason() == "GROUP_MEMBERS_DO_NOT_END"; })) << reason();
  bus.RefuseConsumers(absl::OkStatus());
  EXPECT_TRUE(testing::Await([&] { return feed.Ready().ok(); })) << feed.Ready();
  feed.Stop();
}

}  // namespace
}  // namespace bellwether::alerts
