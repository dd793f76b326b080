#include "common/cache/circuit_breaker.h"

#include "common/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace bellwether::cache::circuit_breaker_test {
namespace {

using Verdict = CircuitBreaker::Verdict;

class CircuitBreakerTest : public ::testing::Test {
 protected:
  void Fail(int times) {
    for (int i = 0; i < times; ++i) breaker_.OnFailure(Verdict::kProceed);
  }
  void FailProbe() { breaker_.OnFailure(Verdict::kProbe); }
  // Lets the probe through after `wait` and not a moment before.
  void ExpectProbeAfter(absl::Duration wait) {
    clock_.Advance(wait - absl::Microseconds(1));
    EXPECT_EQ(breaker_.Admit(), Verdict::kRefuse);
    clock_.Advance(absl::Microseconds(1));
    EXPECT_EQ(breaker_.Admit(), Verdict::kProbe);
  }

  testing::FakeClock clock_{absl::UnixEpoch()};
  double jitter_ = 0;
  CircuitBreaker breaker_{{.failures_to_open = 3,
                           .open_least = absl::Milliseconds(100),
                           .open_most = absl::Milliseconds(300)},
                          clock_,
                          [this] { return jitter_; }};
};

TEST_F(CircuitBreakerTest, OpensAtTheThirdFailureInARow) {
  Fail(2);
  EXPECT_EQ(breaker_.Admit(), Verdict::kProceed);
  breaker_.OnSuccess();
  Fail(2);
  EXPECT_FALSE(breaker_.open());
  Fail(1);
  EXPECT_TRUE(breaker_.open());
  EXPECT_EQ(breaker_.Admit(), Verdict::kRefuse);
}

TEST_F(CircuitBreakerTest, LetsOneProbeThroughAndClosesWhenItSucceeds) {
  Fail(3);
  ExpectProbeAfter(absl::Milliseconds(50));
  EXPECT_EQ(breaker_.Admit(), Verdict::kRefuse) << "the probe is under way";
  breaker_.OnSuccess();
  EXPECT_EQ(breaker_.Admit(), Verdict::kProceed);
  EXPECT_EQ(breaker_.Admit(), Verdict::kProceed);
}

TEST_F(CircuitBreakerTest, DoublesTheWaitWithEveryFailedProbeUpToALimit) {
  Fail(3);
  ExpectProbeAfter(absl::Milliseconds(50));
  FailProbe();
  ExpectProbeAfter(absl::Milliseconds(100));
  FailProbe();
  ExpectProbeAfter(absl::Milliseconds(150));
  FailProbe();
  ExpectProbeAfter(absl::Milliseconds(150));
  breaker_.OnSuccess();
  Fail(3);
  ExpectProbeAfter(absl::Milliseconds(50));
}

TEST_F(CircuitBreakerTest, SpreadsProbesOverTheSecondHalfOfTheWait) {
  jitter_ = 0.5;
  Fail(3);
  ExpectProbeAfter(absl::Milliseconds(75));
}

TEST_F(CircuitBreakerTest, TakesFailuresOfCallsUnderWayForNoNewOnes) {
  Fail(8);
  ExpectProbeAfter(absl::Milliseconds(50));
  Fail(1);
  EXPECT_EQ(breaker_.Admit(), Verdict::kRefuse) << "the probe is still under way";
  clock_.Advance(absl::Milliseconds(300));
  EXPECT_EQ(breaker_.Admit(), Verdict::kRefuse) << "and is the only one";
  FailProbe();
  ExpectProbeAfter(absl::Milliseconds(100));
}

}  // namespace
}  // namespace bellwether::cache::circuit_breaker_test
