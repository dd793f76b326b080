// A partition as another process than its owner sees it, and has it folded again.
#include "common/stream/committed_partitions.h"

#include "common/stream/testing/group_member_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::stream::committed_partitions_test {
namespace {

using ::testing::ElementsAre;
using testing::FaultyStore;
using testing::FoldScript;
using testing::GroupMemberTest;
using testing::kTopic;
using testing::ScriptedFolds;
using testing::SimClient;

class CommittedPartitionsTest : public GroupMemberTest {
 protected:
  // The process that is asked, which folds nothing.
  SimClient client_{bus_};
  FaultyStore other_store_{*store_};
  FoldScript script_;
  ScriptedFolds folds_{script_};
  const CommittedPartitions committed_{options_,
                                       {&client_, &other_store_, nullptr, &clock_, &folds_}};

  void CommitAll(testing::Member& member, int64_t next_offset) {
    for (int i = 0; i < 100 && member.Status().committed_offset < next_offset; ++i) {
      clock_.Advance(options_.checkpoint_interval);
      ASSERT_TRUE(member.Run().ok());
      bus_.Settle();
      member.processor.StepCommitter();
    }
    ASSERT_EQ(Row().next_offset, next_offset);
  }
};

TEST_F(CommittedPartitionsTest, StandsWhereTheLogEndsUnderTheGenerationOfTheRow) {
  Append(3);
  EXPECT_EQ(committed_.StandingOf(0)->end, 3);
  EXPECT_EQ(committed_.StandingOf(0)->generation, 1) << "nobody has taken it yet";
  const auto owner = Join();
  CommitAll(*owner, 3);
  ASSERT_TRUE(owner->processor.Rebuild({0}).ok());
  Append(2);
  const auto standing = committed_.StandingOf(0);
  EXPECT_EQ(standing->end, 5) << "what is not folded yet will be";
  EXPECT_EQ(standing->generation, 2);
}

TEST_F(CommittedPartitionsTest, DoesNotStandOnAnotherLog) {
  OffsetsTable::TakeRequest request{.log_id = "another log", .range = {0, 0}, .commit_id = "c"};
  ASSERT_TRUE(OffsetsTable("test").Take(*store_, request, *folds_.New(0)).ok());
  EXPECT_EQ(testing::ReasonOf(committed_.StandingOf(0).status()), kReasonLogChanged);
}

TEST_F(CommittedPartitionsTest, HasAnIdleOwnerFoldAgainWithinACheckpointInterval) {
  const auto owner = Join();
  EmitOnApply(*owner);
  Append(10);
  CommitAll(*owner, 10);
  const auto generation = committed_.Rebuild(0);
  ASSERT_TRUE(generation.ok()) << generation.status();
  EXPECT_EQ(*generation, 2);
  EXPECT_THAT(script_.calls, ElementsAre("clear"));
  EXPECT_EQ(Row().fold_back_until, 10);
  EXPECT_EQ(testing::ReasonOf(committed_.AwaitRebuilt(0, 2, clock_.Now(), [] { return false; })),
            "REBUILD_UNDER_WAY");
  EXPECT_TRUE(absl::IsCancelled(
      committed_.AwaitRebuilt(0, 2, absl::InfiniteFuture(), [] { return true; })));

  owner->script.Take();
  clock_.Advance(options_.checkpoint_interval);
  ASSERT_TRUE(owner->Run().ok());
  owner->processor.StepCommitter();
  ASSERT_TRUE(owner->Run().ok());  // refused, taken back and folded again
  EXPECT_EQ(owner->script.calls.at(1), "load");
  EXPECT_EQ(owner->processor.counters().fenced, 0);
  EXPECT_EQ(owner->processor.counters().reloads.at("rebuild"), 1);
  CommitAll(*owner, 10);
  EXPECT_EQ(Row().generation, 2);
  EXPECT_EQ(owner->Status().generation, 2);
  EXPECT_TRUE(committed_.AwaitRebuilt(0, 2, clock_.Now(), [] { return false; }).ok());
  EXPECT_EQ(Out().size(), 10u) << "what was emitted before is not emitted again";
}

TEST_F(CommittedPartitionsTest, RefusesTheCommitOfTheOwnerItFencedInTheMiddleOfItsWork) {
  const auto owner = Join();
  EmitOnApply(*owner);
  Append(10);
  ASSERT_TRUE(owner->Run().ok());
  ASSERT_TRUE(committed_.Rebuild(0).ok());
  bus_.Settle();
  EXPECT_TRUE(owner->processor.StepCommitter());
  EXPECT_EQ(Row().next_offset, 0);
  ASSERT_TRUE(owner->Run().ok());
  CommitAll(*owner, 10);
  EXPECT_EQ(Row().epoch, 3);
}

TEST_F(CommittedPartitionsTest, OneThatHadLostThePartitionBeforeDoesNotTakeItInTheOwnersPlace) {
  const auto zombie = Join();
  zombie->client.ExpireSession();
  const auto owner = Join();
  Append(10);
  ASSERT_TRUE(owner->Run().ok());
  ASSERT_TRUE(zombie->Run().ok());  // it still reads
  ASSERT_EQ(Row().epoch, 2);
  ASSERT_TRUE(committed_.Rebuild(0).ok());
  ASSERT_TRUE(committed_.Rebuild(0).ok());
  bus_.Settle();
  clock_.Advance(options_.checkpoint_interval);
  ASSERT_TRUE(zombie->Run().ok());
  zombie->processor.StepCommitter();
  ASSERT_TRUE(zombie->Run().ok());  // refused first
  EXPECT_EQ(zombie->Status().state, PartitionState::kFenced);
  EXPECT_EQ(zombie->processor.counters().fenced, 1);
  EXPECT_EQ(Row().epoch, 4);
  ASSERT_TRUE(owner->Run().ok());
  owner->processor.StepCommitter();
  ASSERT_TRUE(owner->Run().ok());
  EXPECT_EQ(owner->processor.counters().fenced, 0);
  EXPECT_EQ(owner->processor.counters().reloads.at("rebuild"), 1);
  EXPECT_EQ(Row().epoch, 5) << "taken back by its owner";
}

TEST_F(CommittedPartitionsTest, ASecondRebuildSupersedesTheFirst) {
  Append(10);
  const auto owner = Join();
  CommitAll(*owner, 10);
  ASSERT_EQ(*committed_.Rebuild(0), 2);
  ASSERT_EQ(*committed_.Rebuild(0), 3);
  EXPECT_EQ(Row().fold_back_until, 10);
  clock_.Advance(options_.checkpoint_interval);
  ASSERT_TRUE(owner->Run().ok());
  owner->processor.StepCommitter();
  ASSERT_TRUE(owner->Run().ok());
  CommitAll(*owner, 10);
  EXPECT_TRUE(committed_.AwaitRebuilt(0, 2, clock_.Now(), [] { return false; }).ok());
}

TEST_F(CommittedPartitionsTest, AsksAgainForTheEndOfTheLogThatARowSeemsToLieBehind) {
  Append(10);
  const auto owner = Join();
  int begun = 0;
  // Between the answer about the log and the transaction the owner commits younger records.
  other_store_.fault = [&](absl::string_view call) {
    if (call == "Begin" && ++begun == 1) {
      Append(5);
      CommitAll(*owner, 15);
    }
    return absl::OkStatus();
  };
  EXPECT_EQ(*committed_.Rebuild(0), 2);
  EXPECT_EQ(begun, 2);
  EXPECT_EQ(Row().fold_back_until, 15);
}

TEST_F(CommittedPartitionsTest, RefusesARowThatDoesLieBehindTheLog) {
  Append(10);
  const auto owner = Join();
  CommitAll(*owner, 10);
  bus_.Truncate(kTopic, 0, 9);
  EXPECT_EQ(testing::ReasonOf(committed_.Rebuild(0).status()), kReasonOffsetOutsideLog);
  EXPECT_EQ(testing::ReasonOf(committed_.StandingOf(0).status()), kReasonOffsetOutsideLog);
  EXPECT_EQ(Row().generation, 1);
}

}  // namespace
}  // namespace bellwether::stream::committed_partitions_test
