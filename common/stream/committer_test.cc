#include "common/stream/committer.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/store/testing/test_database.h"
#include "common/stream/testing/faulty_store.h"
#include "common/stream/testing/scripted_fold.h"
#include "common/testing/await.h"
#include "common/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace bellwether::stream::committer_test {
namespace {

using testing::CommitFate;

class CommitterTest : public ::testing::Test {
 protected:
  CommitterTest() : real_(store::testing::NewScratchStore()), store_(*real_) {
    EXPECT_TRUE(CreateTables(*real_).ok());
    committer_ = std::make_unique<Committer>(
        Committer::Options{"test", "member", [this] { ++committed_calls_; }}, store_, clock_,
        bell_);
  }

  OffsetsRow Take(int32_t partition) {
    OffsetsTable::TakeRequest request;
    request.partition = partition;
    request.log_id = "log";
    request.range = {0, 1'000};
    request.commit_id = "take";
    testing::FoldScript script;
    testing::ScriptedFold fold(script);
    return *offsets_.Take(*real_, request, fold);
  }
  OffsetsRow Read(int32_t partition) {
    return offsets_.Read(*real_, **real_->BeginRead(), partition, false)->value();
  }

  // A checkpoint from `from` to `next_offset` with nothing to wait for.
  Checkpoint Make(int32_t partition, const OffsetsRow& from, int64_t next_offset) {
    Checkpoint checkpoint;
    checkpoint.partition = partition;
    checkpoint.expected = from;
    checkpoint.next = from;
    checkpoint.next.next_offset = next_offset;
    checkpoint.rows = [this, partition](store::Transaction&) {
      ++rows_written_;
      return partition == partition_with_bad_rows_ ? bad_rows_ : absl::OkStatus();
    };
    checkpoint.ledger = std::make_shared<DeliveryLedger>(8, bell_);
    return checkpoint;
  }

  // Steps and lets the clock run until nothing is waiting.
  std::vector<CommitOutcome> StepUntilSettled(size_t outcomes_wanted = 1) {
    std::vector<CommitOutcome> all;
    for (int i = 0; i < 50 && all.size() < outcomes_wanted; ++i) {
      committer_->Step();
      for (CommitOutcome& outcome : committer_->TakeOutcomes()) all.push_back(std::move(outcome));
      clock_.Advance(absl::Seconds(1));
    }
    return all;
  }

  // The next commit ends like this, later ones well.
  void NextCommit(CommitFate fate) {
    store_.fate = [this, fate] {
      store_.fate = nullptr;
      return fate;
    };
  }

  const std::unique_ptr<store::Store> real_;
  testing::FaultyStore store_;
  bellwether::testing::FakeClock clock_{absl::UnixEpoch()};
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  const OffsetsTable offsets_{"test"};
  int committed_calls_ = 0;
  int rows_written_ = 0;
  int32_t partition_with_bad_rows_ = -1;
  absl::Status bad_rows_ = absl::InternalError("bad rows");
  std::unique_ptr<Committer> committer_;
};

TEST_F(CommitterTest, CommitsRowsAndOffsetTogetherWithACommitId) {
  committer_->Submit(Make(0, Take(0), 10));
  EXPECT_TRUE(committer_->Step());
  const std::vector<CommitOutcome> outcomes = committer_->TakeOutcomes();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_TRUE(outcomes[0].status.ok());
  EXPECT_EQ(outcomes[0].next_offset, 10);
  EXPECT_EQ(Read(0).next_offset, 10);
  EXPECT_EQ(Read(0).commit_id, "member-1");
  EXPECT_EQ(rows_written_, 1);
  EXPECT_EQ(committed_calls_, 1);
  EXPECT_FALSE(committer_->Step());
}

TEST_F(CommitterTest, WaitsForEveryEffectBeforeTheCheckpoint) {
  Checkpoint checkpoint = Make(0, Take(0), 10);
  const std::shared_ptr<DeliveryLedger> ledger = checkpoint.ledger;
  bus::Delivered before_one = ledger->Issue();
  bus::Delivered before_two = ledger->Issue();
  checkpoint.effects = 2;
  bus::Delivered after = ledger->Issue();
  committer_->Submit(std::move(checkpoint));
  after(bus::Position{});
  before_two(bus::Position{});
  EXPECT_FALSE(committer_->Step());
  EXPECT_EQ(Read(0).next_offset, 0);
  before_one(bus::Position{});
  EXPECT_TRUE(committer_->Step());
  EXPECT_EQ(Read(0).next_offset, 10);
}

TEST_F(CommitterTest, NeverCommitsAfterAFailedDelivery) {
  Checkpoint checkpoint = Make(0, Take(0), 10);
  bus::Delivered effect = checkpoint.ledger->Issue();
  checkpoint.effects = 1;
  committer_->Submit(std::move(checkpoint));
  effect(absl::UnavailableError("perhaps written"));
  const std::vector<CommitOutcome> outcomes = StepUntilSettled();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(outcomes[0].status));
  EXPECT_FALSE(outcomes[0].fenced);
  EXPECT_EQ(Read(0).next_offset, 0);
}

TEST_F(CommitterTest, CommitsWhatIsReadyOfAllPartitionsInOneTransaction) {
  for (int32_t partition = 0; partition < 4; ++partition) {
    committer_->Submit(Make(partition, Take(partition), 10 + partition));
  }
  Checkpoint waiting = Make(4, Take(4), 10);
  bus::Delivered effect = waiting.ledger->Issue();
  waiting.effects = 1;
  committer_->Submit(std::move(waiting));
  EXPECT_TRUE(committer_->Step());
  EXPECT_EQ(committed_calls_, 1);
  for (int32_t partition = 0; partition < 4; ++partition) {
    EXPECT_EQ(Read(partition).commit_id, "member-1");
  }
  EXPECT_EQ(Read(4).next_offset, 0);
  effect(bus::Position{});
}

TEST_F(CommitterTest, CommitsCheckpointsOfOnePartitionInTheirOrder) {
  const OffsetsRow taken = Take(0);
  OffsetsRow middle = taken;
  middle.next_offset = 10;
  committer_->Submit(Make(0, taken, 10));
  committer_->Submit(Make(0, middle, 20));
  ASSERT_EQ(StepUntilSettled(2).size(), 2u);
  EXPECT_EQ(Read(0).next_offset, 20);
}

TEST_F(CommitterTest, IsFencedWithoutHarmToTheOthersOfTheGroup) {
  const OffsetsRow stale = Take(0);
  Take(0);
  committer_->Submit(Make(0, stale, 10));
  committer_->Submit(Make(1, Take(1), 10));
  const std::vector<CommitOutcome> outcomes = StepUntilSettled(2);
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_TRUE(outcomes[0].fenced);
  EXPECT_TRUE(absl::IsAborted(outcomes[0].status));
  EXPECT_TRUE(outcomes[1].status.ok());
  EXPECT_EQ(rows_written_, 1);
  EXPECT_EQ(Read(0).next_offset, 0);
  EXPECT_EQ(Read(1).next_offset, 10);
}

TEST_F(CommitterTest, TriesAgainWhatCertainlyDidNotCommit) {
  for (const CommitFate fate : {CommitFate::kAborted, CommitFate::kUnavailable}) {
    NextCommit(fate);
    const OffsetsRow taken = Take(0);
    committer_->Submit(Make(0, taken, taken.next_offset + 10));
    const std::vector<CommitOutcome> outcomes = StepUntilSettled();
    ASSERT_EQ(outcomes.size(), 1u);
    EXPECT_TRUE(outcomes[0].status.ok()) << outcomes[0].status;
  }
  EXPECT_EQ(Read(0).next_offset, 20);
}

TEST_F(CommitterTest, TriesAgainForAsLongAsTheStoreIsAwayWithPausesBetween) {
  int begins = 0;
  store_.fault = [&](absl::string_view call) {
    if (call == "Begin") ++begins;
    return absl::UnavailableError("away");
  };
  committer_->Submit(Make(0, Take(0), 10));
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_FALSE(committer_->Step());
    clock_.Advance(absl::Milliseconds(10));
  }
  EXPECT_GT(begins, 5);
  EXPECT_LT(begins, 20);
  store_.fault = nullptr;
  EXPECT_TRUE(StepUntilSettled()[0].status.ok());
  EXPECT_EQ(Read(0).next_offset, 10);
}

TEST_F(CommitterTest, KnowsByTheCommitIdThatAnUnknownCommitWasOurs) {
  NextCommit(CommitFate::kUnknownCommitted);
  committer_->Submit(Make(0, Take(0), 10));
  const std::vector<CommitOutcome> outcomes = StepUntilSettled();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_TRUE(outcomes[0].status.ok());
  EXPECT_EQ(Read(0).next_offset, 10);
  EXPECT_EQ(rows_written_, 1);
}

TEST_F(CommitterTest, GivesUpAnUnknownCommitThatDidNotHappen) {
  NextCommit(CommitFate::kUnknownRolledBack);
  committer_->Submit(Make(0, Take(0), 10));
  const std::vector<CommitOutcome> outcomes = StepUntilSettled();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_TRUE(absl::IsUnknown(outcomes[0].status));
  EXPECT_FALSE(outcomes[0].fenced);
  EXPECT_EQ(Read(0).next_offset, 0);
}

TEST_F(CommitterTest, KeepsAnUnknownCommitInDoubtUntilTheRowCanBeRead) {
  bool away = false;
  store_.fault = [&](absl::string_view) {
    return away ? absl::UnavailableError("away") : absl::OkStatus();
  };
  store_.fate = [&] {
    away = true;
    return CommitFate::kUnknownCommitted;
  };
  committer_->Submit(Make(0, Take(0), 10));
  for (int i = 0; i < 5; ++i) {
    committer_->Step();
    clock_.Advance(absl::Seconds(3));
    EXPECT_TRUE(committer_->TakeOutcomes().empty());
    EXPECT_FALSE(committer_->AwaitIdle(0, clock_.Now()));
  }
  away = false;
  EXPECT_TRUE(StepUntilSettled()[0].status.ok());
}

TEST_F(CommitterTest, IsFencedWhenAnotherTookThePartitionWhileTheCommitWasUnknown) {
  store_.fate = [&] {
    store_.fate = nullptr;
    return CommitFate::kUnknownRolledBack;
  };
  const OffsetsRow taken = Take(0);
  store_.fault = [&, begins = 0](absl::string_view call) mutable {
    if (call == "Begin" && ++begins == 2) Take(0);
    return absl::OkStatus();
  };
  committer_->Submit(Make(0, taken, 10));
  EXPECT_TRUE(StepUntilSettled()[0].fenced);
}

TEST_F(CommitterTest, FindsThePartitionWhoseRowsFailAndCommitsTheOthers) {
  partition_with_bad_rows_ = 2;
  for (int32_t partition = 0; partition < 5; ++partition) {
    committer_->Submit(Make(partition, Take(partition), 10));
  }
  const std::vector<CommitOutcome> outcomes = StepUntilSettled(5);
  ASSERT_EQ(outcomes.size(), 5u);
  for (const CommitOutcome& outcome : outcomes) {
    EXPECT_EQ(outcome.status.ok(), outcome.partition != 2) << outcome.partition;
    EXPECT_EQ(Read(outcome.partition).next_offset, outcome.partition == 2 ? 0 : 10);
  }
}

TEST_F(CommitterTest, ForgetsWhatBelongsToAnEarlierTaking) {
  const OffsetsRow taken = Take(0);
  Checkpoint checkpoint = Make(0, taken, 10);
  bus::Delivered effect = checkpoint.ledger->Issue();
  checkpoint.effects = 1;
  committer_->Submit(std::move(checkpoint));
  EXPECT_FALSE(committer_->AwaitIdle(0, clock_.Now()));
  committer_->Forget(0, taken.epoch);
  EXPECT_TRUE(committer_->AwaitIdle(0, clock_.Now()));
  effect(bus::Position{});
  EXPECT_FALSE(committer_->Step());
  const OffsetsRow again = Take(0);
  committer_->Submit(Make(0, again, 10));
  EXPECT_TRUE(StepUntilSettled()[0].status.ok());
}

TEST_F(CommitterTest, CommitsOnItsThreadAsSoonAsTheLastEffectIsAcknowledged) {
  Checkpoint checkpoint = Make(0, Take(0), 10);
  bus::Delivered effect = checkpoint.ledger->Issue();
  checkpoint.effects = 1;
  committer_->Start();
  committer_->Submit(std::move(checkpoint));
  effect(bus::Position{});
  std::vector<CommitOutcome> outcomes;
  ASSERT_TRUE(bellwether::testing::Await([&] {
    outcomes = committer_->TakeOutcomes();
    return !outcomes.empty();
  }));
  EXPECT_TRUE(outcomes[0].status.ok());
  EXPECT_TRUE(committer_->AwaitIdle(0, clock_.Now() + absl::Seconds(20)));
  committer_->Stop();
}

}  // namespace
}  // namespace bellwether::stream::committer_test
