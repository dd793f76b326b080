// What a processor applies and commits when nothing goes wrong.
#include "common/stream/group_member.h"

#include <algorithm>

#include "common/cache/memory_cache.h"
#include "common/stream/testing/group_member_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::stream::group_member_test {
namespace {

using ::testing::ElementsAre;
using testing::GroupMemberTest;
using ::testing::IsEmpty;
using testing::KeyOf;
using testing::kOut;
using testing::RecordAt;
using testing::Seconds;

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

TEST_F(GroupMemberTest, SaysWhyItIsNotReady) {
  const auto member = New();
  EXPECT_TRUE(absl::IsUnavailable(member->processor.Readiness()));
  member->client.fault = [](absl::string_view) { return absl::UnavailableError("no broker"); };
  EXPECT_FALSE(member->processor.Open().ok());
  EXPECT_EQ(member->processor.Readiness().message(), "no broker");
  member->client.fault = nullptr;
  ASSERT_TRUE(member->processor.Open().ok());
  EXPECT_EQ(member->processor.Readiness().message(), "waiting for its partitions");
  ASSERT_TRUE(member->Run().ok());
  EXPECT_TRUE(member->processor.Readiness().ok());
}

TEST_F(GroupMemberTest, IsNotReadyByAPollBeforeTheGroupHasAgreed) {
  const auto member = New();
  ASSERT_TRUE(member->processor.Open().ok());
  member->client.joining = true;
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(member->processor.Readiness().message(), "waiting for its partitions");
  member->client.joining = false;
  ASSERT_TRUE(member->Run().ok());
  EXPECT_TRUE(member->processor.Ready());
}

TEST_F(GroupMemberTest, IsNotReadyWhileTheBusIsAway) {
  const auto member = Join();
  member->client.fault = [](absl::string_view call) {
    return call == "Offsets" ? absl::UnavailableError("no broker") : absl::OkStatus();
  };
  clock_.Advance(options_.lag_interval);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(member->processor.Readiness().message(), "no broker");
  member->client.fault = nullptr;
  clock_.Advance(options_.lag_interval);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_TRUE(member->processor.Ready());
}

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

TEST_F(GroupMemberTest, CommitsByTime) {
  const auto member = Join();
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

TEST_F(GroupMemberTest, LearnsByTimeThatItWasFencedThoughNothingHappens) {
  const auto zombie = Join();
  zombie->client.ExpireSession();
  const auto owner = Join();
  clock_.Advance(options_.checkpoint_interval - absl::Microseconds(1));
  ASSERT_TRUE(zombie->Run().ok());
  EXPECT_FALSE(zombie->processor.StepCommitter());
  clock_.Advance(absl::Microseconds(1));
  ASSERT_TRUE(owner->Run().ok());
  EXPECT_TRUE(owner->processor.StepCommitter());
  ASSERT_TRUE(owner->Run().ok());
  EXPECT_EQ(owner->Status().state, PartitionState::kLive);
  EXPECT_EQ(Row().next_offset, 0);
  ASSERT_TRUE(zombie->Run().ok());
  EXPECT_TRUE(zombie->processor.StepCommitter());
  ASSERT_TRUE(zombie->Run().ok());
  EXPECT_EQ(zombie->Status().state, PartitionState::kFenced);
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

TEST_F(GroupMemberTest, CommitsEverythingWhenItLeaves) {
  const auto member = Join();
  EmitOnApply(*member);
  Append(3);
  ASSERT_TRUE(member->Run().ok());
  member->processor.Close();
  EXPECT_EQ(Row().next_offset, 3);
  EXPECT_THAT(member->processor.Status(), IsEmpty());
}

TEST_F(GroupMemberTest, WaitsForTheLastCommitsOfAllPartitionsTogetherNoLongerThanAgreed) {
  bus_.CreateTopic("wide", 4);
  options_.topic = "wide";
  options_.name = options_.group = "wide";
  const auto member = Join();
  for (int32_t partition = 0; partition < 4; ++partition) {
    bus_.Append("wide", partition, RecordAt(KeyOf(partition, 4), Seconds(1)));
  }
  ASSERT_TRUE(member->Run().ok());
  member->store.fault = [](absl::string_view) { return absl::UnavailableError("away"); };
  absl::Duration waited;
  member->client.on_flush = [&](absl::Duration timeout) {
    waited += timeout;
    clock_.Advance(timeout);
  };
  member->processor.Close();
  EXPECT_EQ(waited, options_.revoke_timeout);
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

TEST_F(GroupMemberTest, ReportsHowFarBehindItIs) {
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

class GroupMemberCacheTest : public GroupMemberTest {
 protected:
  GroupMemberCacheTest() { cache_ = &memory_; }

  static void Put(Effects& effects, const Moment& moment, std::string value) {
    cache::Write write;
    write.entry = {"key", moment.version, std::move(value)};
    effects.Put(std::move(write));
  }
  std::string Cached() {
    const auto entry = memory_.Get("key");
    return entry->has_value() ? (*entry)->value : "nothing";
  }

  cache::MemoryCache memory_;
};

TEST_F(GroupMemberCacheTest, ShowsTheCacheNothingBeforeARecordsEnd) {
  options_.outstanding_effects_max = 1;
  const auto member = Join();
  member->script.timers = {{Seconds(1), "a", 1}, {Seconds(1), "b", 1}};
  member->script.on_fire = [](const Timer& timer, const Moment& moment, Effects& effects) {
    Put(effects, moment, "early");
    effects.Emit(kOut, 0, {timer.subject, {}, ""});
  };
  member->script.on_apply = [](const bus::Record&, const Moment& moment, Effects& effects) {
    Put(effects, moment, "late");
  };
  Append(1);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(member->Status().state, PartitionState::kPaused);
  EXPECT_EQ(Cached(), "nothing");
  bus_.Settle();
  ASSERT_TRUE(member->Run().ok());
  bus_.Settle();
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(Cached(), "late");
}

TEST_F(GroupMemberCacheTest, FarBehindShowsTheCacheSomethingOnceInASecond) {
  options_.poll_records_max = 1;
  const auto member = Join();
  member->script.on_apply = [](const bus::Record& record, const Moment& moment, Effects& effects) {
    Put(effects, moment, absl::StrCat("of ", record.offset));
  };
  Append(static_cast<int>(kFarBehindRecords) + 6);
  clock_.Advance(options_.lag_interval);
  ASSERT_TRUE(member->Run().ok());  // how far behind it is becomes known at the end
  EXPECT_EQ(Cached(), "of 0");
  clock_.Advance(kFarBehindShowInterval - absl::Milliseconds(1));
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(Cached(), "of 0");
  clock_.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(Cached(), "of 2");
  ASSERT_TRUE(member->Run().ok());
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(Cached(), "of 2");
  ASSERT_TRUE(member->Run().ok());  // exactly kFarBehindRecords are left: no longer far
  EXPECT_EQ(Cached(), "of 5");
}

TEST_F(GroupMemberCacheTest, IsFarBehindByAllItsPartitionsTogether) {
  constexpr char kWide[] = "wide";
  bus_.CreateTopic(kWide, 2);
  options_.topic = kWide;
  options_.poll_records_max = 2;
  const auto member = Join();
  member->script.on_apply = [](const bus::Record& record, const Moment& moment, Effects& effects) {
    if (record.partition == 0) Put(effects, moment, absl::StrCat("of ", record.offset));
  };
  // Neither of the two is far behind by itself.
  for (int i = 0; i < static_cast<int>(kFarBehindRecords) + 20; ++i) {
    bus_.Append(kWide, i % 2, RecordAt(KeyOf(i % 2, 2), Seconds(1)));
  }
  clock_.Advance(options_.lag_interval);
  ASSERT_TRUE(member->Run().ok());
  const std::string shown = Cached();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ(Cached(), shown);
  clock_.Advance(kFarBehindShowInterval);
  ASSERT_TRUE(member->Run().ok());
  EXPECT_NE(Cached(), shown);
}

// Takes 10 ms for a call with writes.
class SlowCache final : public cache::Cache {
 public:
  SlowCache(cache::Cache& inner, bellwether::testing::FakeClock& clock)
      : inner_(inner), clock_(clock) {}

  absl::Status Apply(int32_t partition, absl::Span<const cache::Write> writes,
                     const Advance* advance) override {
    if (!writes.empty()) clock_.Advance(absl::Milliseconds(10));
    return inner_.Apply(partition, writes, advance);
  }
  absl::Status Forget(int32_t partition, int64_t below_version) override {
    return inner_.Forget(partition, below_version);
  }
  absl::StatusOr<std::optional<cache::Entry>> Get(absl::string_view key) override {
    return inner_.Get(key);
  }
  absl::StatusOr<std::vector<std::optional<cache::Entry>>> GetMany(
      absl::Span<const std::string> keys) override {
    return inner_.GetMany(keys);
  }
  absl::StatusOr<std::vector<cache::Ranked>> Lowest(
      absl::string_view ranking, int32_t partitions, size_t limit,
      const std::optional<cache::Ranked>& after) override {
    return inner_.Lowest(ranking, partitions, limit, after);
  }
  absl::StatusOr<std::vector<cache::Write>> ChangedAfter(int32_t partition,
                                                         const cache::Position& after,
                                                         size_t limit) override {
    return inner_.ChangedAfter(partition, after, limit);
  }
  absl::StatusOr<std::optional<Sentinel>> GetSentinel(int32_t partition) override {
    return inner_.GetSentinel(partition);
  }
  absl::Status SetSentinel(int32_t partition, const Sentinel& sentinel) override {
    return inner_.SetSentinel(partition, sentinel);
  }

 private:
  cache::Cache& inner_;
  bellwether::testing::FakeClock& clock_;
};

TEST_F(GroupMemberCacheTest, LetsASlowCacheBeForLongerThanItTookWhileRecordsWait) {
  options_.poll_records_max = 2;
  SlowCache slow(memory_, clock_);
  cache_ = &slow;
  const auto member = Join();
  member->script.on_apply = [](const bus::Record& record, const Moment& moment, Effects& effects) {
    Put(effects, moment, absl::StrCat("of ", record.offset));
  };
  const auto run = [&] {
    EXPECT_TRUE(member->Run().ok());
    return Cached();
  };
  Append(9);
  EXPECT_EQ(run(), "of 1");
  clock_.Advance(kShowPausePerCost * absl::Milliseconds(10) - absl::Microseconds(1));
  EXPECT_EQ(run(), "of 1");
  EXPECT_EQ(member->Status().next_offset, 4);
  EXPECT_EQ(member->Status().shown_offset, 2);
  EXPECT_TRUE(absl::IsDeadlineExceeded(member->processor.WaitUntilApplied(0, 3, clock_.Now())));
  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(run(), "of 5");
  EXPECT_EQ(run(), "of 5");
  EXPECT_EQ(run(), "of 8") << "none wait any more";
  EXPECT_TRUE(member->processor.WaitUntilApplied(0, 8, clock_.Now()).ok());
}

TEST_F(GroupMemberCacheTest, FillsTheCacheFromTheStateWhenItIsEmptyAtTheStart) {
  const auto emit_all = [](const Moment& moment, Effects& effects) {
    Put(effects, moment, "all");
    effects.Emit(kOut, 0, {"all", {}, ""});
  };
  Append(10);
  auto member = Join();
  member->processor.Close();
  member.reset();
  cache::MemoryCache empty;
  cache_ = &empty;
  member = New();
  member->script.on_emit_all = emit_all;
  ASSERT_TRUE(member->processor.Open().ok());
  ASSERT_TRUE(member->Run().ok());
  EXPECT_EQ((*empty.Get("key"))->version, VersionOf(1, 9));
  EXPECT_FALSE(member->Status().cache_stale);
  bus_.Settle();
  EXPECT_THAT(Out(), IsEmpty());
  member->processor.Close();
  member.reset();

  // The next owner finds it filled.
  member = New();
  member->script.on_emit_all = emit_all;
  ASSERT_TRUE(member->processor.Open().ok());
  ASSERT_TRUE(member->Run().ok());
  EXPECT_THAT(member->script.calls, ElementsAre("load"));
}

}  // namespace
}  // namespace bellwether::stream::group_member_test
