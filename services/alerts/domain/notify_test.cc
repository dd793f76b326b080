#include "services/alerts/domain/notify.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::alerts::notify_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<NotificationTarget> kTargets = {{"all"}, {"orange", Level::kOrange}};

Decision At(Level level, bool notify = true) {
  Decision decision;
  decision.next.emplace();
  decision.next->alert_id = "R13.acme.1";
  decision.next->entity_version = 4;
  decision.next->level = level;
  decision.notify = notify;
  return decision;
}

const PlannedDelivery kToAll = {"all", "R13.acme.1", 4};
const PlannedDelivery kToOrange = {"orange", "R13.acme.1", 4};

TEST(PlanDeliveries, SendsEachTargetWhatIsNotTooMildForIt) {  // L6
  EXPECT_THAT(PlanDeliveries(At(Level::kYellow), kTargets, {}), ElementsAre(kToAll));
  EXPECT_THAT(PlanDeliveries(At(Level::kOrange), kTargets, {}), ElementsAre(kToAll, kToOrange));
  EXPECT_THAT(PlanDeliveries(At(Level::kRed), kTargets, {}), ElementsAre(kToAll, kToOrange));
}

TEST(PlanDeliveries, SendsAllThatFollowsToAReceiverThatWasSentSomething) {
  EXPECT_THAT(PlanDeliveries(At(Level::kYellow), kTargets, {"orange"}),
              ElementsAre(kToAll, kToOrange));
}

TEST(PlanDeliveries, SendsNothingOfWhatIsNotNotified) {
  EXPECT_THAT(PlanDeliveries(At(Level::kRed, /*notify=*/false), kTargets, {}), IsEmpty());
  EXPECT_THAT(PlanDeliveries(Decision{.notify = true}, kTargets, {}), IsEmpty());
}

TEST(DependsOnSentBefore, WhereATargetWouldElseBeLeftOut) {
  EXPECT_TRUE(DependsOnSentBefore(At(Level::kYellow), kTargets));
  EXPECT_FALSE(DependsOnSentBefore(At(Level::kOrange), kTargets));
  EXPECT_FALSE(DependsOnSentBefore(At(Level::kYellow, /*notify=*/false), kTargets));
}

}  // namespace
}  // namespace bellwether::alerts::notify_test
