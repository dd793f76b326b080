#include "services/alerts/adapters/start_barrier.h"

#include "common/bus/topics.h"
#include "gtest/gtest.h"
#include "services/alerts/testing/folded_alerts.h"
#include "services/alerts/testing/rules.h"
#include "services/alerts/testing/signals.h"

namespace bellwether::alerts::start_barrier_test {
namespace {

using for_tests::kStart;
using testing::FoldedAlerts;

class StartBarrierTest : public ::testing::Test {
 protected:
  void PublishSignal(int64_t version) {
    alerts_.Append("acme",
                   testing::SignalRecord(
                       testing::SignalOf("acme", version, kStart, testing::Score(95)), kStart));
  }
  StartBarrier Barrier() {
    return StartBarrier(alerts_.bus(), alerts_.store(), bus::kSignalsTopic, "alerts");
  }

  FoldedAlerts alerts_{{for_tests::R13()}};
};

TEST_F(StartBarrierTest, IsOpenWhereNothingWasEverPublished) {
  alerts_.Boot();
  EXPECT_TRUE(*Barrier().Passed());
}

TEST_F(StartBarrierTest, OpensOnceTheLagAtStartIsCommittedWhateverComesMeanwhile) {
  PublishSignal(1);
  PublishSignal(2);
  alerts_.Boot();
  StartBarrier barrier = Barrier();
  EXPECT_FALSE(*barrier.Passed());
  alerts_.CatchUp();
  EXPECT_FALSE(*barrier.Passed()) << "applied is not committed";
  PublishSignal(3);
  alerts_.Close();  // commits what was applied: the two that were there at start
  alerts_.Boot();
  EXPECT_TRUE(*barrier.Passed());
}

TEST_F(StartBarrierTest, StaysClosedWhileThePastIsFoldedAgain) {
  PublishSignal(1);
  alerts_.Boot();
  alerts_.CatchUp();
  alerts_.Close();
  alerts_.Boot();
  alerts_.CatchUp();
  EXPECT_TRUE(*Barrier().Passed());
  alerts_.Rebuild();
  StartBarrier barrier = Barrier();
  EXPECT_FALSE(*barrier.Passed());
  alerts_.CatchUp();
  alerts_.Close();
  alerts_.Boot();
  EXPECT_TRUE(*barrier.Passed());
}

}  // namespace
}  // namespace bellwether::alerts::start_barrier_test
