#include "services/gateway/application/journal_state.h"

#include <functional>
#include <memory>

#include "common/store/store.h"
#include "common/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::journal_state_test {
namespace {

// A look at it may be held up after it has seen the row.
class HeldUpRow final : public JournalRow {
 public:
  absl::StatusOr<Values> Load() override {
    const Values seen = values;
    if (meanwhile) meanwhile();
    return seen;
  }
  absl::StatusOr<Values> MoveTo(JournalPhase phase, JournalPhase from_max) override {
    if (Moves(values.phase, from_max, phase)) values.phase = phase;
    return values;
  }
  absl::Status SetBackfilledUntil(absl::Time time) override {
    values.backfilled_until = time;
    return absl::OkStatus();
  }
  absl::Status SetSemantics(journal::Semantics) override { return absl::OkStatus(); }

  Values values;
  std::function<void()> meanwhile;
};

class JournalStateTest : public ::testing::Test {
 protected:
  JournalStateTest() { EXPECT_TRUE(lease::CreateTables(*store_).ok()); }

  const std::unique_ptr<store::Store> store_ = *store::OpenStore("sqlite::memory:", "test");
  testing::FakeClock clock_{absl::UnixEpoch()};
  lease::Lease lease_{*store_, clock_, {"time", "this process", absl::Seconds(10)}};
  HeldUpRow row_;
  JournalState state_{row_, lease_};
};

TEST_F(JournalStateTest, LearnsThePhaseFromTheRow) {
  row_.values.phase = JournalPhase::kBackfilling;
  ASSERT_TRUE(state_.Refresh().ok());
  EXPECT_EQ(state_.phase(), JournalPhase::kBackfilling);
}

// Relays would stamp as past what happens in the live journal.
TEST_F(JournalStateTest, IsNotTakenBackByALookThatBeganBeforeItWentLive) {
  row_.meanwhile = [&] { EXPECT_TRUE(state_.GoLive(std::nullopt).ok()); };
  ASSERT_TRUE(state_.Refresh().ok());
  EXPECT_TRUE(state_.is_live());
}

TEST_F(JournalStateTest, GoesLiveWithAFactOnlyFromEmpty) {
  row_.values.phase = JournalPhase::kBackfilling;  // unseen: another process has just begun
  EXPECT_TRUE(absl::IsFailedPrecondition(state_.GoLiveWithFact()));
  EXPECT_EQ(row_.values.phase, JournalPhase::kBackfilling);
  EXPECT_EQ(state_.phase(), JournalPhase::kBackfilling);
  ASSERT_TRUE(state_.GoLive(std::nullopt).ok()) << "who says so may end it";
  EXPECT_TRUE(state_.GoLiveWithFact().ok());

  HeldUpRow empty;
  JournalState other(empty, lease_);
  EXPECT_TRUE(other.GoLiveWithFact().ok());
  EXPECT_TRUE(other.is_live());
}

TEST_F(JournalStateTest, BuildsOnePastAtATimeAndNoneOnceLive) {
  ASSERT_TRUE(state_.BeginBackfill().ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(state_.BeginBackfill().status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(state_.GoLive(std::nullopt)));
  ASSERT_TRUE(state_.EndBackfill(absl::UnixEpoch()).ok());
  EXPECT_EQ(*state_.BeginBackfill(), absl::UnixEpoch());
  ASSERT_TRUE(state_.EndBackfill(std::nullopt).ok());
  ASSERT_TRUE(state_.GoLive(std::nullopt).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(state_.BeginBackfill().status()));
}

}  // namespace
}  // namespace bellwether::gateway::journal_state_test
