// What a processor does when something goes wrong, and what it refuses to do.
#include "common/stream/group_member.h"
#include "common/stream/testing/group_member_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::stream::group_member_faults_test {
namespace {

using testing::CommitFate;
using ::testing::Contains;
using testing::Delivery;
using ::testing::ElementsAre;
using testing::GroupMemberTest;
using ::testing::IsEmpty;
using testing::kOut;
using testing::kTopic;
using testing::ReasonOf;

TEST_F(GroupMemberTest, PausesWhenCommitsCannotBeMadeForLongAndResumes) {
  const auto member = Join();
  member->store.fault = [](absl::string_view) { return absl::UnavailableError("away"); };
  Append(30);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(member->Run().ok());
    member->processor.StepCommitter();
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_EQ(member->Status().next_offset, 20);
  EXPECT_EQ(member->Status().state, PartitionState::kPaused);
  EXPECT_FALSE(member->Status().reason.ok());
  EXPECT_FALSE(member->processor.Ready());
  member->store.fault = nullptr;
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(absl::Seconds(3));
    member->processor.StepCommitter();
    ASSERT_TRUE(member->Run().ok());
  }
  EXPECT_EQ(member->Status().next_offset, 30);
  EXPECT_TRUE(member->processor.Ready());
}

TEST_F(GroupMemberTest, IsNotReadyWhileACommitIsOverdueThoughItGoesOnFolding) {
  const auto member = Join();
  member->store.fault = [](absl::string_view) { return absl::UnavailableError("away"); };
  Append(1);
  const auto run_after = [&](absl::Duration wait) {
    clock_.Advance(wait);
    member->Run().IgnoreError();
    member->processor.StepCommitter();
    member->Run().IgnoreError();
    return member->processor.Readiness();
  };
  EXPECT_TRUE(run_after(options_.checkpoint_interval + kCommitOverdue).ok());
  EXPECT_EQ(ReasonOf(run_after(absl::Seconds(1))), "COMMIT_OVERDUE");
  EXPECT_EQ(member->Status().state, PartitionState::kLive);
  member->store.fault = nullptr;
  EXPECT_TRUE(run_after(kCommitRetryMax).ok());
}

TEST_F(GroupMemberTest, IsNotReadyWhenItDoesNotComeRound) {
  const auto member = Join();
  clock_.Advance(kFoldStalled);
  EXPECT_TRUE(member->processor.Ready()) << "it may be loading";
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(ReasonOf(member->processor.Readiness()), "FOLD_STALLED");
  EXPECT_EQ(member->processor.Readiness().message(), "the fold has stood still for 1m1s");
  ASSERT_TRUE(member->Run().ok());
  ASSERT_TRUE(member->processor.StepCommitter());
  ASSERT_TRUE(member->Run().ok());
  EXPECT_TRUE(member->processor.Ready());
}

TEST_F(GroupMemberTest, DropsLostPartitionsWithoutCommitting) {
  const auto member = Join();
  Append(3);
  ASSERT_TRUE(member->Run().ok());
  member->client.ExpireSession();
  member->client.Learn();
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(Row().next_offset, 0);
  EXPECT_EQ(Row().epoch, 2);  // and was assigned it again
}

TEST_F(GroupMemberTest, IsFencedOnceAnotherHasTakenThePartitionAndStandsBack) {
  const auto zombie = Join();
  EmitOnApply(*zombie);
  zombie->client.ExpireSession();
  const auto owner = Join();
  Append(10);
  ASSERT_TRUE(zombie->Run().ok());  // it still reads
  bus_.Settle();
  zombie->processor.StepCommitter();
  ASSERT_TRUE(zombie->Run().ok());
  EXPECT_EQ(zombie->Status().state, PartitionState::kFenced);
  EXPECT_EQ(zombie->processor.counters().fenced, 1);
  EXPECT_FALSE(zombie->processor.Ready());
  EXPECT_EQ(Row().next_offset, 0);
  clock_.Advance(kFencedDelay - absl::Microseconds(1));
  ASSERT_TRUE(zombie->Run().ok());
  EXPECT_EQ(Row().epoch, 2);
  // The group has not informed it by now that the partition is not its own: it asks for it again.
  clock_.Advance(absl::Microseconds(1));
  ASSERT_TRUE(zombie->Run().ok());
  EXPECT_EQ(Row().epoch, 3);
}

TEST_F(GroupMemberTest, LoadsAgainAfterAFailedDeliveryAndEmitsTheSameAgain) {
  const auto member = Join();
  EmitOnApply(*member);
  Append(3);
  ASSERT_TRUE(member->Run().ok());
  bus_.Write(bus_.Writable()[0], Delivery::kAcknowledged);
  bus_.Write(bus_.Writable()[0], Delivery::kFailed);
  bus_.Settle();
  EXPECT_THAT(Out(), ElementsAre("0"));  // nothing after the gap
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(member->Status().state, PartitionState::kLoading);
  EXPECT_FALSE(member->processor.Ready());
  clock_.Advance(kReloadDelayMin);
  ASSERT_TRUE(member->Run().ok());
  bus_.Settle();
  EXPECT_THAT(Out(), ElementsAre("0", "0", "1", "2"));
  EXPECT_TRUE(member->processor.Ready());
  EXPECT_EQ(Row().epoch, 2);
  EXPECT_EQ(member->processor.counters().reloads.at("delivery_failed"), 1);
}

TEST_F(GroupMemberTest, LoadsAgainWhenTheLogNoLongerHasItsPlace) {
  const auto member = Join();
  Append(3);
  member->client.fault = [](absl::string_view call) {
    if (call == "Poll") return absl::UnavailableError("hiccup");
    return call == "Seek" ? absl::OutOfRangeError("trimmed") : absl::OkStatus();
  };
  EXPECT_FALSE(member->Run().ok());
  EXPECT_FALSE(member->Run().ok());
  EXPECT_EQ(member->Status().state, PartitionState::kLoading) << "not silently standing still";
  EXPECT_EQ(member->processor.counters().reloads.at("offset_outside_log"), 1);
  member->client.fault = nullptr;
  clock_.Advance(kReloadDelayMin);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(member->Status().next_offset, 3);
}

TEST_F(GroupMemberTest, LoadsAgainAfterAnUnknownCommitThatDidNotHappen) {
  const auto member = Join();
  Append(10);
  ASSERT_TRUE(member->Run().ok());
  member->store.fate = [&] {
    member->store.fate = nullptr;
    return CommitFate::kUnknownRolledBack;
  };
  member->processor.StepCommitter();
  ASSERT_TRUE(member->Run().ok());
  clock_.Advance(kReloadDelayMin);
  ASSERT_TRUE(member->Run().ok());
  member->processor.StepCommitter();
  EXPECT_EQ(Row().next_offset, 10);
  EXPECT_EQ(Row().epoch, 2);
}

TEST_F(GroupMemberTest, ReadsAgainWhatAFailedPollHadTaken) {
  const auto member = Join();
  Append(3);
  member->client.fault = [](absl::string_view call) {
    return call == "Poll" ? absl::UnavailableError("broker away") : absl::OkStatus();
  };
  EXPECT_FALSE(member->Run().ok());
  member->client.fault = nullptr;
  ASSERT_TRUE(member->Run().ok());
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(member->Status().next_offset, 3);
  EXPECT_EQ(member->processor.counters().poll_errors, 1);
}

TEST_F(GroupMemberTest, WaitsWithGrowingPausesWhileTheStoreIsAwayAtTheStart) {
  Append(1);
  const auto member = New();
  ASSERT_TRUE(member->processor.Open().ok());
  int tries = 0;
  member->store.fault = [&](absl::string_view) {
    ++tries;
    return absl::UnavailableError("away");
  };
  for (int i = 0; i < 300; ++i) {
    member->Run().IgnoreError();
    clock_.Advance(absl::Milliseconds(100));
  }
  EXPECT_GT(tries, 5);
  EXPECT_LT(tries, 20);
  EXPECT_EQ(member->Status().state, PartitionState::kLoading);
  EXPECT_FALSE(member->processor.Ready());
  member->store.fault = nullptr;
  clock_.Advance(kReloadDelayMax);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(member->Status().next_offset, 1);
}

TEST_F(GroupMemberTest, RefusesToStartOnAnotherLog) {
  Append(10);
  auto member = Join();
  member->processor.Close();
  member.reset();
  bus_.set_log_id(kTopic, "another");
  const absl::Status refused = New()->processor.Open();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_EQ(ReasonOf(refused), kReasonLogChanged);
}

TEST_F(GroupMemberTest, RefusesToStartOutsideTheLog) {
  Append(10);
  auto member = Join();
  member->processor.Close();
  member.reset();
  Append(10);
  bus_.Trim(kTopic, 0, 10);
  EXPECT_TRUE(New()->processor.Open().ok());
  bus_.Trim(kTopic, 0, 11);
  EXPECT_EQ(ReasonOf(New()->processor.Open()), kReasonOffsetOutsideLog);
}

TEST_F(GroupMemberTest, RefusesAPartitionWhoseLogEndsBeforeItsOffset) {
  Append(10);
  auto member = Join();
  member->processor.Close();
  member.reset();
  bus_.Truncate(kTopic, 0, 9);
  EXPECT_EQ(ReasonOf(New()->processor.Open()), kReasonOffsetOutsideLog);
}

TEST_F(GroupMemberTest, KeepsRefusingAPartitionFoundToBeOfAnotherLogLater) {
  Append(10);
  const auto member = Join();
  ASSERT_TRUE(member->processor.StepCommitter());
  bus_.set_log_id(kTopic, "another");
  EXPECT_EQ(ReasonOf(member->processor.Rebuild({0})), kReasonLogChanged);
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Hours(1));
    member->Run().IgnoreError();
  }
  EXPECT_EQ(member->Status().state, PartitionState::kRefused);
  EXPECT_EQ(ReasonOf(member->Status().reason), kReasonLogChanged);
  EXPECT_EQ(ReasonOf(member->processor.Readiness()), kReasonLogChanged);
  EXPECT_EQ(Row().epoch, 1);
}

TEST_F(GroupMemberTest, TriesAgainWhereTheStoreRefusesForAWhile) {
  Append(1);
  const auto member = New();
  ASSERT_TRUE(member->processor.Open().ok());
  for (const char* reason : {"STORE_READ_ONLY", "STORE_PASSWORD_UNREADABLE"}) {
    member->store.fault = [&](absl::string_view) { return FailedPrecondition(reason, "", "now"); };
    member->Run().IgnoreError();
    EXPECT_EQ(member->Status().state, PartitionState::kLoading) << reason;
    EXPECT_EQ(ReasonOf(member->Status().reason), reason);
    EXPECT_TRUE(absl::IsUnavailable(member->processor.Readiness())) << reason;
    clock_.Advance(kReloadDelayMax);
  }
  member->store.fault = nullptr;
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(member->Status().next_offset, 1);
  EXPECT_TRUE(member->processor.Ready());
}

TEST_F(GroupMemberTest, FoldsAgainMutedUnderANewGenerationWhenTheCodeVersionRises) {
  Append(10);
  auto member = Join();
  EmitOnApply(*member);
  member->processor.Close();
  member.reset();
  Append(2);

  member = New();
  member->script.code_version = 2;
  EmitOnApply(*member);
  member->script.on_emit_all = [](const Moment& moment, Effects& effects) {
    effects.Emit(kOut, 0, {"all", {}, absl::StrCat(moment.version)});
    EXPECT_EQ(moment.version, VersionOf(2, 9));
  };
  ASSERT_TRUE(member->processor.Open().ok());
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(member->script.calls.front(), "clear");
  bus_.Settle();
  EXPECT_THAT(Out(), ElementsAre("all", "10", "11"));
  EXPECT_EQ(Row().generation, 2);
  EXPECT_EQ(Row().fold_back_until, 10);
  EXPECT_TRUE(member->processor.StepCommitter());
  EXPECT_FALSE(Row().fold_back_until.has_value());
  EXPECT_EQ(Row().next_offset, 12);
}

TEST_F(GroupMemberTest, RebuildsOnRequestAndShowsThatItFoldsBack) {
  Append(10);
  options_.poll_records_max = 4;
  const auto member = Join();
  while (member->Status().committed_offset < 10) {
    ASSERT_TRUE(member->Run().ok());
    member->processor.StepCommitter();
  }
  member->script.Take();
  ASSERT_TRUE(member->processor.Rebuild({0}).ok());
  EXPECT_EQ(member->Status().state, PartitionState::kFoldingBack);
  EXPECT_FALSE(member->Status().caught_up);
  EXPECT_TRUE(member->processor.Ready());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(member->Status().state, PartitionState::kLive);
  EXPECT_EQ(member->Status().generation, 2);
  EXPECT_TRUE(member->Status().caught_up);
  EXPECT_EQ(member->processor.counters().records_muted, 10);
  EXPECT_THAT(member->script.calls, Contains("emit all 9@1000ms"));
  EXPECT_TRUE(absl::IsNotFound(member->processor.Rebuild({7})));
}

TEST_F(GroupMemberTest, GoesOnWithAMutedFoldBackAfterACrash) {
  Append(10);
  auto member = Join();
  ASSERT_TRUE(member->processor.StepCommitter());
  member->client.Crash([] { return false; });
  member.reset();
  options_.checkpoint_records = 4;
  options_.poll_records_max = 4;
  member = New();
  member->script.code_version = 2;
  EmitOnApply(*member);
  ASSERT_TRUE(member->processor.Open().ok());
  ASSERT_TRUE(member->Run().ok());
  ASSERT_TRUE(member->processor.StepCommitter());
  EXPECT_EQ(Row().next_offset, 4);
  member->client.Crash([] { return false; });
  member.reset();

  member = New();
  member->script.code_version = 2;
  EmitOnApply(*member);
  ASSERT_TRUE(member->processor.Open().ok());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(member->Run().ok());
  bus_.Settle();
  EXPECT_THAT(Out(), IsEmpty());
  EXPECT_EQ(member->script.calls.front(), "load");
  EXPECT_THAT(member->script.calls, Contains("emit all 9@1000ms"));
  EXPECT_EQ(Row().generation, 2);
}

}  // namespace
}  // namespace bellwether::stream::group_member_faults_test
