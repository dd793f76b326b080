// The rules of a processor that is stepped, on simulated parts: what is committed when, and what
// happens when something goes wrong.
#include "common/stream/group_member.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/log/log.h"
#include "common/store/sqlite_store.h"
#include "common/stream/processor.h"
#include "common/stream/testing/faulty_store.h"
#include "common/stream/testing/records.h"
#include "common/stream/testing/scripted_fold.h"
#include "common/stream/testing/sim_bus.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::stream {
namespace {

using testing::CommitFate;
using ::testing::Contains;
using testing::Delivery;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::KeyOf;
using testing::RecordAt;
using testing::SimClient;
using testing::TickAt;

constexpr char kTopic[] = "journal";
constexpr char kOut[] = "out";

absl::Time Seconds(int64_t n) { return absl::UnixEpoch() + absl::Seconds(n); }

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

// One process: its own client, store connection, fold script and processor.
struct Member {
  Member(testing::SimBus& bus, store::Store& real, const Clock& clock, ProcessorOptions options,
         std::string id)
      : client(bus),
        store(real),
        processor(std::move(options), {&client, &store, nullptr, &clock, &folds}, std::move(id)) {}

  absl::Status Run() { return processor.RunOnce(absl::ZeroDuration()); }
  PartitionStatus Status() { return processor.Status().at(0); }

  SimClient client;
  testing::FaultyStore store;
  testing::FoldScript script;
  testing::ScriptedFolds folds{script};
  Processor processor;
};

class GroupMemberTest : public ::testing::Test {
 protected:
  GroupMemberTest() : store_(store::SqliteStore::OpenScratch().value()) {
    EXPECT_TRUE(CreateTables(*store_).ok());
    bus_.CreateTopic(kTopic, 1);
    bus_.CreateTopic(kOut, 1);
    bus_.CreateTopic(bus::kDeadLetterTopic, 1);
    options_.name = "test";
    options_.topic = kTopic;
    options_.group = "test";
    options_.checkpoint_records = 10;
    options_.uncommitted_records_max = 20;
    options_.outstanding_effects_max = 64;
  }

  std::unique_ptr<Member> New() {
    return std::make_unique<Member>(bus_, *store_, clock_, options_,
                                    absl::StrCat("member-", ++members_));
  }
  // A member that holds the partition.
  std::unique_ptr<Member> Join() {
    std::unique_ptr<Member> member = New();
    EXPECT_TRUE(member->processor.Open().ok());
    EXPECT_TRUE(member->Run().ok());
    return member;
  }
  void Append(int count) {
    for (int i = 0; i < count; ++i) {
      bus_.Append(kTopic, 0, RecordAt(KeyOf(0, 1), Seconds(1)));
    }
  }
  OffsetsRow Row() {
    return OffsetsTable("test").Read(*store_, **store_->BeginRead(), 0, false)->value();
  }
  static void EmitOnApply(Member& member) {
    member.script.on_apply = [](const bus::Record& record, const Moment& moment, Effects& effects) {
      effects.Emit(
          kOut, 0,
          {absl::StrCat(record.offset), {}, absl::StrCat(moment.version >> kGenerationShift)});
    };
  }
  std::vector<std::string> Out() {
    std::vector<std::string> keys;
    for (const bus::Message& message : bus_.Log(kOut, 0)) keys.push_back(message.key);
    return keys;
  }

  LogCapture quiet_{[](absl::string_view) {}};
  const std::unique_ptr<store::SqliteStore> store_;
  testing::SimBus bus_;
  bellwether::testing::FakeClock clock_{Seconds(1'000)};
  ProcessorOptions options_;
  int members_ = 0;
};

TEST_F(GroupMemberTest, TakesLoadsAndAppliesWhatItIsAssigned) {
  Append(3);
  const auto member = Join();
  EXPECT_THAT(member->script.calls,
              ElementsAre("load", "apply 0@1000ms", "apply 1@1000ms", "apply 2@1000ms"));
  EXPECT_EQ(member->script.loaded_at, absl::InfinitePast());
  EXPECT_EQ(member->Status().state, PartitionState::kLive);
  EXPECT_TRUE(member->Status().caught_up);
  EXPECT_TRUE(member->processor.Ready());
  EXPECT_EQ(Row().epoch, 1);
  EXPECT_EQ(Row().next_offset, 0);
}

TEST_F(GroupMemberTest, IsNotReadyBeforeItHasJoined) { EXPECT_FALSE(New()->processor.Ready()); }

TEST_F(GroupMemberTest, CommitsByReplayDistance) {
  const auto member = Join();
  Append(9);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_FALSE(member->processor.StepCommitter());
  Append(1);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_TRUE(member->processor.StepCommitter());
  EXPECT_EQ(Row().next_offset, 10);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(member->Status().committed_offset, 10);
  EXPECT_EQ(member->processor.counters().checkpoints, 1);
}

TEST_F(GroupMemberTest, CommitsByTimeWhatIsDirty) {
  const auto member = Join();
  clock_.Advance(options_.checkpoint_interval);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_FALSE(member->processor.StepCommitter());
  Append(1);
  clock_.Advance(options_.checkpoint_interval);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_TRUE(member->processor.StepCommitter());
  EXPECT_EQ(Row().next_offset, 1);
  Append(1);
  clock_.Advance(options_.checkpoint_interval - absl::Microseconds(1));
  ASSERT_TRUE(member->Run().ok());
  EXPECT_FALSE(member->processor.StepCommitter());
}

TEST_F(GroupMemberTest, CommitsAtOnceWhenTheFoldAsksForIt) {
  const auto member = Join();
  member->script.wants_commit = true;
  Append(1);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_TRUE(member->processor.StepCommitter());
  EXPECT_EQ(Row().next_offset, 1);
}

TEST_F(GroupMemberTest, CommitsWhatAllPartitionsAskForInOneTransaction) {
  bus_.CreateTopic("wide", 4);
  options_.topic = "wide";
  options_.name = options_.group = "wide";
  int commits = 0;
  const auto member = Join();
  member->store.committed = [&] { ++commits; };
  member->script.wants_commit = true;
  for (int32_t partition = 0; partition < 4; ++partition) {
    bus_.Append("wide", partition, RecordAt(KeyOf(partition, 4), Seconds(1)));
  }
  ASSERT_TRUE(member->Run().ok());
  EXPECT_TRUE(member->processor.StepCommitter());
  EXPECT_EQ(commits, 1);
  ASSERT_TRUE(member->Run().ok());
  for (const PartitionStatus& status : member->processor.Status()) {
    EXPECT_EQ(status.committed_offset, 1);
  }
}

TEST_F(GroupMemberTest, GoesOnApplyingWhileACommitIsInFlightAndTakesTheNextAfterIt) {
  const auto member = Join();
  EmitOnApply(*member);
  Append(10);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_FALSE(member->processor.StepCommitter());  // nothing is acknowledged
  Append(15);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(member->Status().next_offset, 20);  // the limit of uncommitted records
  EXPECT_EQ(std::count(member->script.calls.begin(), member->script.calls.end(), "take"), 1);
  bus_.Settle();
  EXPECT_TRUE(member->processor.StepCommitter());
  EXPECT_EQ(Row().next_offset, 10);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(std::count(member->script.calls.begin(), member->script.calls.end(), "take"), 2);
}

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

TEST_F(GroupMemberTest, CommitsEverythingWhenItLeaves) {
  const auto member = Join();
  EmitOnApply(*member);
  Append(3);
  ASSERT_TRUE(member->Run().ok());
  member->processor.Close();
  EXPECT_EQ(Row().next_offset, 3);
  EXPECT_THAT(member->processor.Status(), IsEmpty());
}

TEST_F(GroupMemberTest, CommitsWhatIsRevokedAndTheNextOwnerGoesOnThere) {
  const auto first = Join();
  EmitOnApply(*first);
  Append(3);
  ASSERT_TRUE(first->Run().ok());
  const auto second = New();
  ASSERT_TRUE(second->processor.Open().ok());
  while (first->processor.Status().size() == 1 && second->processor.Status().empty()) {
    bus_.Rebalance("test");
    ASSERT_TRUE(first->Run().ok());
    ASSERT_TRUE(second->Run().ok());
  }
  EXPECT_EQ(Row().next_offset, 3);
  EXPECT_EQ(Row().epoch, 2);
  EXPECT_THAT(second->script.calls, ElementsAre("load"));
  EXPECT_EQ(second->script.loaded_at, Seconds(1));
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
  // Nobody has told it by now that the partition is not its own: it asks for it again.
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
  EXPECT_FALSE(member->processor.Ready());
  EXPECT_EQ(Row().epoch, 1);
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

TEST_F(GroupMemberTest, TellsHowFarBehindItIs) {
  options_.poll_records_max = 1;
  Append(3);
  const auto member = Join();
  clock_.Set(Seconds(61));
  ASSERT_TRUE(member->Run().ok());
  PartitionStatus status = member->Status();
  EXPECT_EQ(status.lag_records, 1);
  EXPECT_EQ(status.lag, absl::Seconds(60));
  EXPECT_EQ(status.stream_time, Seconds(1));
  EXPECT_FALSE(status.caught_up);
  ASSERT_TRUE(member->Run().ok());
  status = member->Status();
  EXPECT_EQ(status.lag_records, 0);
  EXPECT_EQ(status.lag, absl::ZeroDuration());
  EXPECT_TRUE(status.caught_up);
}

TEST_F(GroupMemberTest, AnswersWhatIsAppliedAndLetsTheFoldBeLookedAt) {
  Append(2);
  const auto member = Join();
  EXPECT_TRUE(member->processor.WaitUntilApplied(0, 1, clock_.Now()).ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(member->processor.WaitUntilApplied(0, 2, clock_.Now())));
  EXPECT_TRUE(absl::IsNotFound(member->processor.WaitUntilApplied(5, 0, clock_.Now())));
  const PartitionFold* seen = nullptr;
  EXPECT_TRUE(member->processor.Inspect(0, [&](const PartitionFold& fold) { seen = &fold; }).ok());
  EXPECT_NE(seen, nullptr);
  EXPECT_TRUE(absl::IsNotFound(member->processor.Inspect(5, [](const PartitionFold&) {})));
}

TEST_F(GroupMemberTest, IsNotLookedAtInTheMiddleOfARecord) {
  options_.outstanding_effects_max = 1;
  const auto member = Join();
  EmitOnApply(*member);
  member->script.timers = {{Seconds(1), "a", 1}, {Seconds(1), "b", 1}};
  member->script.on_fire = [](const Timer& timer, const Moment&, Effects& effects) {
    effects.Emit(kOut, 0, {timer.subject, {}, ""});
  };
  Append(1);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(member->Status().state, PartitionState::kPaused);
  EXPECT_TRUE(absl::IsUnavailable(member->processor.Inspect(0, [](const PartitionFold&) {})));
}

}  // namespace
}  // namespace bellwether::stream
