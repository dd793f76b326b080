#include "services/alerts/adapters/watch_filter.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace bellwether::alerts::watch_filter_test {
namespace {

v1::AlertChanged Change(const std::string& name, int64_t version, v1::Level level,
                        v1::AlertState state = v1::ALERT_STATE_FIRING) {
  v1::AlertChanged change;
  change.mutable_alert()->set_name(name);
  change.mutable_alert()->set_level(level);
  change.mutable_alert()->set_state(state);
  change.set_entity_version(version);
  return change;
}

TEST(WatchFilter, LetsEveryVersionThroughOnceWhateverCameFirst) {
  WatchFilter filter(Level::kNone);
  EXPECT_TRUE(filter.Pass(Change("a", 2, v1::LEVEL_RED)));   // of the snapshot
  EXPECT_FALSE(filter.Pass(Change("a", 1, v1::LEVEL_RED)));  // published before it was taken
  EXPECT_FALSE(filter.Pass(Change("a", 2, v1::LEVEL_RED)));
  EXPECT_TRUE(filter.Pass(Change("a", 3, v1::LEVEL_RED)));
  EXPECT_TRUE(filter.Pass(Change("b", 1, v1::LEVEL_RED)));
}

TEST(WatchFilter, WhoSawAnAlertRedAlsoSeesItStepDownAndEnd) {
  WatchFilter filter(Level::kRed);
  EXPECT_FALSE(filter.Pass(Change("a", 1, v1::LEVEL_YELLOW)));
  EXPECT_TRUE(filter.Pass(Change("a", 2, v1::LEVEL_RED)));
  EXPECT_TRUE(filter.Pass(Change("a", 3, v1::LEVEL_YELLOW)));
  EXPECT_TRUE(filter.Pass(Change("a", 4, v1::LEVEL_YELLOW, v1::ALERT_STATE_RESOLVED)));
  EXPECT_FALSE(filter.Pass(Change("a", 4, v1::LEVEL_YELLOW, v1::ALERT_STATE_RESOLVED)));
}

TEST(WatchFilter, ForgetsOnlyAlertsResolvedLongAgo) {
  WatchFilter filter(Level::kNone);
  const auto resolve = [&](size_t i) {
    return filter.Pass(Change(absl::StrCat("r", i), 1, v1::LEVEL_RED, v1::ALERT_STATE_RESOLVED));
  };
  EXPECT_TRUE(filter.Pass(Change("open", 1, v1::LEVEL_RED)));
  for (size_t i = 0; i <= kResolvedRememberedMax; ++i) EXPECT_TRUE(resolve(i));
  EXPECT_FALSE(resolve(1));
  EXPECT_TRUE(resolve(0));
  EXPECT_FALSE(filter.Pass(Change("open", 1, v1::LEVEL_RED)));
}

}  // namespace
}  // namespace bellwether::alerts::watch_filter_test
