#include "common/stream/partition_runner.h"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/bus/topics.h"
#include "common/stream/testing/records.h"
#include "common/stream/testing/scripted_fold.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::stream::partition_runner_test {
namespace {

using testing::Backfilled;
using ::testing::ElementsAre;
using testing::KeyOf;
using testing::RecordAt;
using testing::RecordsOf;
using testing::TickAt;
using Progress = PartitionRunner::Progress;

constexpr int32_t kPartitions = 4;
constexpr int32_t kPartition = 2;
constexpr absl::Time kEpoch = absl::UnixEpoch();

absl::Time Seconds(int64_t n) { return kEpoch + absl::Seconds(n); }

// Keeps what it is given until the test answers.
struct Sent {
  std::string topic;
  int32_t partition;
  bus::Message message;
  bus::Delivered delivered;
};
class ManualProducer final : public bus::Producer {
 public:
  explicit ManualProducer(std::deque<Sent>& sent) : sent_(sent) {}
  absl::Status Produce(absl::string_view topic, int32_t partition, bus::Message message,
                       bus::Delivered delivered) override {
    sent_.push_back({std::string(topic), partition, std::move(message), std::move(delivered)});
    return absl::OkStatus();
  }
  absl::Status Flush(absl::Duration) override { return absl::OkStatus(); }

 private:
  std::deque<Sent>& sent_;
};

class PartitionRunnerTest : public ::testing::Test {
 protected:
  PartitionRunnerTest() {
    settings_.processor = "test";
    settings_.topic = "journal";
    settings_.partitions = kPartitions;
    settings_.dead_letter_partitions = 3;
    settings_.uncommitted_records_max = 1'000;
    row_.epoch = 1;
    row_.generation = 1;
    Start();
  }

  void Start() {
    ledger_ = std::make_shared<DeliveryLedger>(4, std::make_shared<Bell>());
    runner_ = std::make_unique<PartitionRunner>(
        settings_, kPartition, row_, std::make_unique<testing::ScriptedFold>(script_),
        std::make_unique<ManualProducer>(sent_), ledger_,
        PartitionCache(nullptr, kPartition, "log", nullptr, counters_), clock_, counters_);
  }

  bus::Message Fact(absl::Time at) { return RecordAt(key_, at); }

  // Gives the runner messages at consecutive offsets.
  Progress Run(std::vector<bus::Message> messages) {
    const int64_t first = next_given_;
    next_given_ += static_cast<int64_t>(messages.size());
    const auto records = std::make_shared<RecordsOf>(kPartition, first, std::move(messages));
    return runner_->Run(records, records->records());
  }

  void AnswerAll() {
    while (!sent_.empty()) {
      sent_.front().delivered(bus::Position{});
      answered_.push_back(std::move(sent_.front()));
      sent_.pop_front();
    }
  }

  void EmitAtEveryCall() {
    script_.on_apply = [](const bus::Record& record, const Moment& moment, Effects& effects) {
      effects.Emit("out", 0, {absl::StrCat("apply ", record.offset), {}, Version(moment)});
    };
    script_.on_fire = [](const Timer& timer, const Moment& moment, Effects& effects) {
      effects.Emit("out", 0, {absl::StrCat("fire ", timer.subject), {}, Version(moment)});
    };
    script_.on_tick = [](const Moment& moment, Effects& effects) {
      effects.Emit("out", 0, {"tick", {}, Version(moment)});
    };
    script_.on_emit_all = [](const Moment& moment, Effects& effects) {
      effects.Emit("out", 0, {"all", {}, Version(moment)});
    };
  }
  static std::string Version(const Moment& moment) {
    return absl::StrCat(moment.version >> kGenerationShift, ":",
                        moment.version & ((int64_t{1} << kGenerationShift) - 1));
  }
  std::vector<std::string> SentKeys() {
    std::vector<std::string> keys;
    for (const Sent& sent : sent_) keys.push_back(sent.message.key + " " + sent.message.value);
    return keys;
  }

  const std::string key_ = KeyOf(kPartition, kPartitions);
  const bellwether::testing::FakeClock clock_{Seconds(1'000'000)};
  RunnerSettings settings_;
  Counters counters_;
  testing::FoldScript script_;
  OffsetsRow row_;
  std::deque<Sent> sent_;
  std::vector<Sent> answered_;
  std::shared_ptr<DeliveryLedger> ledger_;
  std::unique_ptr<PartitionRunner> runner_;
  int64_t next_given_ = 0;
};

TEST_F(PartitionRunnerTest, AppliesRecordsInOrderAtStreamTime) {
  EXPECT_EQ(Run({Fact(Seconds(10)), Fact(Seconds(5)), Fact(Seconds(20))}), Progress::kDone);
  EXPECT_THAT(script_.calls, ElementsAre("apply 0@10000ms", "apply 1@10000ms", "apply 2@20000ms"));
  EXPECT_EQ(runner_->next_offset(), 3);
}

TEST_F(PartitionRunnerTest, ClampsARecordToSixtySecondsBeyondTheNewestTick) {
  Run({TickAt(Seconds(100)), Fact(Seconds(160)), Fact(Seconds(160) + absl::Microseconds(1)),
       Fact(Seconds(5'000))});
  EXPECT_THAT(script_.calls, ElementsAre("tick 0@100000ms", "apply 1@160000ms", "apply 2@160000ms",
                                         "apply 3@160000ms"));
  EXPECT_EQ(runner_->time().now, Seconds(160));
}

TEST_F(PartitionRunnerTest, FiresTimersDueUpToTheRecordInOrderOfDueSubjectKind) {
  script_.timers = {{Seconds(10), "b", 1}, {Seconds(10), "a", 2}, {Seconds(10), "a", 1},
                    {Seconds(9), "z", 9},  {Seconds(20), "a", 1}, {Seconds(21), "a", 1}};
  Run({Fact(Seconds(20))});
  EXPECT_THAT(script_.calls,
              ElementsAre("fire z/9@9000ms", "fire a/1@10000ms", "fire a/2@10000ms",
                          "fire b/1@10000ms", "fire a/1@20000ms", "apply 0@20000ms"));
  EXPECT_EQ(counters_.timers, 5);
}

TEST_F(PartitionRunnerTest, FiresTimersThatTimersSetAsIfNothingHadHappenedDuringAnOutage) {
  script_.timers = {{Seconds(3'600), "hourly", 1}};
  script_.on_fire = [this](const Timer& timer, const Moment& moment, Effects&) {
    EXPECT_EQ(moment.time, timer.due);
    script_.timers.insert({timer.due + absl::Hours(1), timer.subject, timer.kind});
  };
  Run({TickAt(Seconds(60))});
  script_.Take();
  Run({TickAt(Seconds(4 * 3'600))});
  EXPECT_THAT(script_.calls, ElementsAre("fire hourly/1@3600000ms", "fire hourly/1@7200000ms",
                                         "fire hourly/1@10800000ms", "fire hourly/1@14400000ms",
                                         "tick 1@14400000ms"));
}

TEST_F(PartitionRunnerTest, FiresATimerThatIsAlreadyDueWhenSetBeforeTheNextRecord) {
  script_.on_apply = [this](const bus::Record& record, const Moment&, Effects&) {
    if (record.offset == 0) script_.timers.insert({Seconds(1), "late", 1});
  };
  Run({Fact(Seconds(10)), Fact(Seconds(10))});
  EXPECT_THAT(script_.calls,
              ElementsAre("apply 0@10000ms", "fire late/1@1000ms", "apply 1@10000ms"));
}

TEST_F(PartitionRunnerTest, TicksMoveTimeAndFireTimersEvenWithoutAnyRecord) {
  script_.timers = {{Seconds(5), "a", 1}};
  Run({TickAt(Seconds(4)), TickAt(Seconds(5)), TickAt(Seconds(6))});
  EXPECT_THAT(script_.calls,
              ElementsAre("tick 0@4000ms", "fire a/1@5000ms", "tick 1@5000ms", "tick 2@6000ms"));
  EXPECT_EQ(counters_.ticks, 3);
  EXPECT_EQ(counters_.records, 0);
}

TEST_F(PartitionRunnerTest, AnOlderTickChangesNoTime) {
  Run({TickAt(Seconds(10)), TickAt(Seconds(3))});
  EXPECT_THAT(script_.calls, ElementsAre("tick 0@10000ms", "tick 1@10000ms"));
}

TEST_F(PartitionRunnerTest, MarksForTheFoldWhatBuildsAPast) {
  std::vector<bool> backfill;
  script_.on_apply = [&](const bus::Record&, const Moment& moment, Effects&) {
    backfill.push_back(moment.backfill);
  };
  Run({TickAt(Seconds(0)), Backfilled(Fact(Seconds(3'600))), Fact(Seconds(3'601))});
  EXPECT_THAT(backfill, ElementsAre(true, false));
  // Not clamped to the tick; the live record is, but time never falls.
  EXPECT_EQ(runner_->time().now, Seconds(3'600));
}

TEST_F(PartitionRunnerTest, GivesEffectsTheVersionOfGenerationAndOffset) {
  row_.generation = 7;
  Start();
  EmitAtEveryCall();
  script_.timers = {{Seconds(5), "a", 1}};
  Run({Fact(Seconds(1)), TickAt(Seconds(10))});
  EXPECT_THAT(SentKeys(), ElementsAre("apply 0 7:0", "fire a 7:1", "tick 7:1"));
  EXPECT_LT(VersionOf((1 << 13) - 1, (int64_t{1} << kGenerationShift) - 1), int64_t{1} << 53);
}

TEST_F(PartitionRunnerTest, SendsARecordItCannotPlaceToTheDeadLetterWholeAndGoesOn) {
  bus::Message lost = RecordAt(key_, Seconds(1), "the value");
  lost.headers.pop_back();
  lost.headers.push_back({"ce_id", "7"});
  const std::string other = KeyOf(kPartition + 1, kPartitions);
  EXPECT_EQ(Run({std::move(lost), RecordAt(other, Seconds(9'999)), Fact(Seconds(2))}),
            Progress::kDone);
  EXPECT_THAT(script_.calls, ElementsAre("apply 2@2000ms"));
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[0].topic, bus::kDeadLetterTopic);
  EXPECT_EQ(sent_[0].partition, PartitionOf(key_, settings_.dead_letter_partitions));
  const RecordsOf letters(0, 0, {sent_[0].message, sent_[1].message});
  const bus::Record& first = letters.records()[0];
  EXPECT_EQ(first.key, key_);
  EXPECT_EQ(first.value, "the value");
  EXPECT_EQ(first.HeaderOr("ce_id"), "7");
  EXPECT_EQ(first.HeaderOr("dead_reason"), "RECORDED_AT_MISSING");
  EXPECT_EQ(first.HeaderOr("dead_refused_by"), "test");
  EXPECT_EQ(first.HeaderOr("dead_place"), "journal/2/0");
  EXPECT_EQ(letters.records()[1].HeaderOr("dead_reason"), "WRONG_PARTITION");
  EXPECT_EQ(counters_.dead_letters.at("WRONG_PARTITION"), 1);
  EXPECT_EQ(runner_->next_offset(), 3);
}

TEST_F(PartitionRunnerTest, SendsWhatTheFoldRejectsToTheDeadLetter) {
  script_.on_apply = [](const bus::Record&, const Moment&, Effects& effects) {
    effects.Reject({"CONFLICT", "id", "H1", "another content under the same id"});
  };
  Run({Fact(Seconds(1))});
  ASSERT_EQ(sent_.size(), 1u);
  const RecordsOf letters(0, 0, {sent_[0].message});
  EXPECT_EQ(letters.records()[0].HeaderOr("dead_reason"), "CONFLICT");
  EXPECT_EQ(letters.records()[0].HeaderOr("dead_field"), "id");
  EXPECT_EQ(letters.records()[0].HeaderOr("dead_rule"), "H1");
  EXPECT_EQ(letters.records()[0].HeaderOr("dead_message"), "another content under the same id");
}

TEST_F(PartitionRunnerTest, SendsTheRecordToTheDeadLetterWhenItsEffectIsTooLargeForTheBus) {
  script_.on_apply = [](const bus::Record&, const Moment&, Effects& effects) {
    effects.Emit("out", 0, {"huge", {}, std::string(bus::kMessageBytesMax + 1, 'x')});
    effects.Emit("out", 0, {"small", {}, ""});
  };
  EXPECT_EQ(Run({Fact(Seconds(1))}), Progress::kDone);
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[0].message.key, "small");
  EXPECT_EQ(sent_[1].topic, bus::kDeadLetterTopic);
  EXPECT_EQ(counters_.dead_letters.at("EFFECT_TOO_LARGE"), 1);
}

TEST_F(PartitionRunnerTest, StopsInTheMiddleOfTimersWhenTooManyEffectsAreUnansweredAndGoesOn) {
  EmitAtEveryCall();
  for (int i = 1; i <= 10; ++i) script_.timers.insert({Seconds(i), "a", i});
  EXPECT_EQ(Run({TickAt(Seconds(100)), Fact(Seconds(100))}), Progress::kWaitingForBus);
  EXPECT_EQ(sent_.size(), 4u);
  EXPECT_FALSE(runner_->AtBoundary());
  EXPECT_TRUE(runner_->holding());
  EXPECT_EQ(runner_->next_offset(), 0);
  EXPECT_EQ(runner_->Continue(), Progress::kWaitingForBus);
  EXPECT_EQ(sent_.size(), 4u);
  Progress progress = Progress::kWaitingForBus;
  while (progress == Progress::kWaitingForBus) {
    AnswerAll();
    progress = runner_->Continue();
  }
  AnswerAll();
  EXPECT_EQ(progress, Progress::kDone);
  EXPECT_FALSE(runner_->holding());
  ASSERT_EQ(answered_.size(), 12u);
  EXPECT_EQ(answered_[10].message.key, "tick");
  EXPECT_EQ(answered_[11].message.key, "apply 1");
}

TEST_F(PartitionRunnerTest, KeepsTheOrderOfWhatItHoldsAndWhatItIsGivenLater) {
  EmitAtEveryCall();
  EXPECT_EQ(Run({Fact(Seconds(1)), Fact(Seconds(1)), Fact(Seconds(1)), Fact(Seconds(1)),
                 Fact(Seconds(1)), Fact(Seconds(1))}),
            Progress::kWaitingForBus);
  EXPECT_EQ(Run({Fact(Seconds(1))}), Progress::kWaitingForBus);
  AnswerAll();
  EXPECT_EQ(runner_->Continue(), Progress::kDone);
  EXPECT_THAT(SentKeys(), ElementsAre("apply 4 1:4", "apply 5 1:5", "apply 6 1:6"));
}

TEST_F(PartitionRunnerTest, FailsOnceADeliveryHasFailed) {
  EmitAtEveryCall();
  Run({Fact(Seconds(1))});
  sent_[0].delivered(absl::UnavailableError("gone"));
  EXPECT_EQ(Run({Fact(Seconds(1))}), Progress::kFailed);
  EXPECT_EQ(runner_->failure().message(), "gone");
}

TEST_F(PartitionRunnerTest, WaitsForTheStoreAtTheLimitOfUncommittedRecords) {
  settings_.uncommitted_records_max = 3;
  EXPECT_EQ(Run({Fact(Seconds(1)), Fact(Seconds(1)), Fact(Seconds(1)), Fact(Seconds(1))}),
            Progress::kWaitingForCommit);
  EXPECT_EQ(runner_->next_offset(), 3);
  runner_->OnCommitted(2);
  EXPECT_EQ(runner_->Continue(), Progress::kDone);
  EXPECT_EQ(runner_->next_offset(), 4);
}

TEST_F(PartitionRunnerTest, SkipsRecordsItHasAppliedAlready) {
  row_.next_offset = 2;
  Start();
  Run({Fact(Seconds(1)), Fact(Seconds(1)), Fact(Seconds(1))});
  EXPECT_THAT(script_.calls, ElementsAre("apply 2@1000ms"));
}

TEST_F(PartitionRunnerTest, GoesOnWithStreamTimeAndNewestTickOfTheCheckpoint) {
  row_.time.now = Seconds(100);
  row_.time.newest_tick = Seconds(90);
  Start();
  Run({Fact(Seconds(50)), Fact(Seconds(200))});
  EXPECT_THAT(script_.calls, ElementsAre("apply 0@100000ms", "apply 1@150000ms"));
}

TEST_F(PartitionRunnerTest, TakesACheckpointOfWhatIsAppliedAndTheEffectsIssuedSoFar) {
  EmitAtEveryCall();
  EXPECT_FALSE(runner_->Dirty());
  Run({Fact(Seconds(1)), TickAt(Seconds(2))});
  EXPECT_TRUE(runner_->Dirty());
  const Checkpoint checkpoint = runner_->TakeCheckpoint();
  EXPECT_FALSE(runner_->Dirty());
  EXPECT_EQ(checkpoint.expected.next_offset, 0);
  EXPECT_EQ(checkpoint.next.next_offset, 2);
  EXPECT_EQ(checkpoint.next.time.now, Seconds(2));
  EXPECT_EQ(checkpoint.next.time.newest_tick, Seconds(2));
  EXPECT_EQ(checkpoint.effects, 2);
  EXPECT_LT(checkpoint.ledger->settled(), checkpoint.effects);
  AnswerAll();
  EXPECT_GE(checkpoint.ledger->settled(), checkpoint.effects);
  Run({Fact(Seconds(1))});
  EXPECT_EQ(runner_->TakeCheckpoint().expected.next_offset, 2);
}

TEST_F(PartitionRunnerTest, FoldsBackMutedThenEmitsEverythingOnceUnderTheNewGeneration) {
  row_.generation = 2;
  row_.fold_back_until = 2;
  Start();
  EmitAtEveryCall();
  script_.timers = {{Seconds(5), "a", 1}};
  Run({Fact(Seconds(1))});
  EXPECT_TRUE(runner_->folding_back());
  bus::Message broken = Fact(Seconds(1));
  broken.headers.clear();
  Run({std::move(broken)});
  EXPECT_FALSE(runner_->folding_back());
  EXPECT_THAT(SentKeys(), ElementsAre("all 2:1"));
  EXPECT_EQ(counters_.records_muted, 1);
  EXPECT_TRUE(counters_.dead_letters.empty());
  Run({Fact(Seconds(6))});
  EXPECT_THAT(SentKeys(), ElementsAre("all 2:1", "fire a 2:2", "apply 2 2:2"));
}

TEST_F(PartitionRunnerTest, EmitsEverythingBeforeTheFirstRecordBeyondAGapInTheLog) {
  row_.fold_back_until = 2;
  Start();
  EmitAtEveryCall();
  Run({Fact(Seconds(1))});
  next_given_ = 5;
  Run({Fact(Seconds(1))});
  EXPECT_THAT(SentKeys(), ElementsAre("all 1:0", "apply 5 1:5"));
}

TEST_F(PartitionRunnerTest, EmitsEverythingAtOnceWhenOnlyTheGenerationWasRaised) {
  row_.generation = 3;
  row_.next_offset = 7;
  row_.fold_back_until = 7;
  Start();
  EmitAtEveryCall();
  EXPECT_EQ(runner_->Continue(), Progress::kDone);
  EXPECT_THAT(SentKeys(), ElementsAre("all 3:6"));
  EXPECT_TRUE(runner_->Dirty());
  const Checkpoint checkpoint = runner_->TakeCheckpoint();
  EXPECT_TRUE(checkpoint.expected.fold_back_until.has_value());
  EXPECT_FALSE(checkpoint.next.fold_back_until.has_value());
  EXPECT_EQ(checkpoint.effects, 1);
  EXPECT_FALSE(runner_->Dirty());
}

TEST_F(PartitionRunnerTest, EmitsTheSameWhereverItsBatchesEnd) {
  EmitAtEveryCall();
  const auto messages = [this] {
    std::vector<bus::Message> all;
    for (int i = 0; i < 12; ++i) {
      all.push_back(i % 4 == 3 ? TickAt(Seconds(i * 10)) : Fact(Seconds(i * 10)));
    }
    return all;
  };
  const auto emitted_in_batches_of = [&](size_t size) {
    sent_.clear();
    answered_.clear();
    next_given_ = 0;
    Start();
    for (int i = 1; i < 20; ++i) script_.timers.insert({Seconds(i * 7), "t", i});
    std::vector<bus::Message> all = messages();
    for (size_t begin = 0; begin < all.size(); begin += size) {
      std::vector<bus::Message> batch(all.begin() + begin,
                                      all.begin() + std::min(all.size(), begin + size));
      Progress progress = Run(std::move(batch));
      while (progress == Progress::kWaitingForBus) {
        AnswerAll();
        progress = runner_->Continue();
      }
    }
    AnswerAll();
    std::vector<std::string> keys;
    for (const Sent& sent : answered_) keys.push_back(sent.message.key + sent.message.value);
    return keys;
  };
  const std::vector<std::string> whole = emitted_in_batches_of(12);
  EXPECT_EQ(whole.size(), 12u + 15u);
  for (const size_t size : {1u, 2u, 5u, 7u}) EXPECT_EQ(emitted_in_batches_of(size), whole);
}

}  // namespace
}  // namespace bellwether::stream::partition_runner_test
