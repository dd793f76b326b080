// Consumers that are stepped, on a simulated bus and a real store whose faults are chosen.
#include "common/consume/topic_consumer.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/dead_letter.h"
#include "common/journal/entry.h"
#include "common/store/testing/test_database.h"
#include "common/stream/testing/faulty_store.h"
#include "common/stream/testing/records.h"
#include "common/stream/testing/sim_bus.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"

namespace bellwether::consume::topic_consumer_test {
namespace {

using stream::testing::CommitFate;
using stream::testing::FaultyStore;
using stream::testing::KeyOf;
using stream::testing::SimBus;
using stream::testing::SimClient;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kTopic[] = "numbers";
constexpr int32_t kPartitions = 2;
const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

// Adds the numbers of a topic up, in rows by partition.
class SumHandler final : public Handler {
 public:
  absl::Status Begin(store::Transaction&, const Position& from) override {
    calls.push_back(absl::StrCat("begin ", from.partition));
    sums_[from.partition] = 0;
    return absl::OkStatus();
  }
  void End(int32_t partition) override {
    calls.push_back(absl::StrCat("end ", partition));
    sums_.erase(partition);
  }
  absl::StatusOr<Commit> Take(const Received& record) override {
    if (record.envelope.type == bus::kTypeTick) return Commit::kNow;
    if (!failure.ok()) return std::exchange(failure, absl::OkStatus());
    int64_t number = 0;
    if (!absl::SimpleAtoi(record.value, &number)) {
      return InvalidArgument("NO_NUMBER", "value", "the value is no number");
    }
    sums_.at(record.partition) += number;
    return Commit::kWhenDue;
  }
  absl::StatusOr<Saved> Save(store::Transaction& transaction, absl::Time) override {
    for (auto& [partition, sum] : sums_) {
      RETURN_IF_ERROR(transaction
                          .Execute("INSERT INTO sums (partition_number, total) VALUES ($1, $2) "
                                   "ON CONFLICT (partition_number) DO UPDATE SET "
                                   "total = sums.total + excluded.total",
                                   {int64_t{partition}, std::exchange(sum, 0)})
                          .status());
    }
    return more-- > 0 ? Saved::kMore : Saved::kAll;
  }
  void Committed() override { ++commits; }

  std::vector<std::string> calls;
  absl::Status failure;  // of the next record
  int more = 0;          // further transactions that Save asks for
  int commits = 0;

 private:
  std::map<int32_t, int64_t> sums_;
};

class TopicConsumerTest : public ::testing::Test {
 protected:
  // One process.
  struct Replica {
    Replica(SimBus& bus, store::Store& real, const Clock& clock) : client(bus), store(real) {
      Restart(clock);
    }
    void Restart(const Clock& clock) {
      consumer = std::make_unique<TopicConsumer>(
          TopicConsumerPorts{store, client, clock, metrics},
          TopicConsumerOptions{.reader = "sums", .topic = kTopic, .service = "test"}, handler);
    }

    SimClient client;
    FaultyStore store;
    metrics::Registry metrics;
    SumHandler handler;
    std::unique_ptr<TopicConsumer> consumer;
  };

  TopicConsumerTest() {
    bus_.CreateTopic(kTopic, kPartitions);
    bus_.CreateTopic(bus::kDeadLetterTopic, 1);
    EXPECT_TRUE(CreateTables(*store_).ok());
    auto transaction = store_->Begin();
    EXPECT_TRUE((*transaction)
                    ->Execute("CREATE TABLE sums (partition_number BIGINT PRIMARY KEY, "
                              "total BIGINT NOT NULL)")
                    .ok());
    EXPECT_TRUE((*transaction)->Commit().ok());
  }

  void Append(int32_t partition, const std::string& value) {
    const std::string id = absl::StrCat("record-", ++ids_);
    bus_.Append(kTopic, partition,
                journal::NewMessage({.id = id,
                                     .source = "test",
                                     .type = "bellwether.test.v1",
                                     .time = kStart,
                                     .recorded_at = kStart},
                                    KeyOf(partition, kPartitions), value));
  }
  void AppendTick(int32_t partition, absl::Time time) {
    bus_.Append(kTopic, partition, journal::EncodeTick(partition, time, /*backfill=*/false));
  }

  // One step after which a commit is due by time.
  absl::Status Step(Replica& replica) {
    clock_.Advance(absl::Seconds(1));
    return replica.consumer->Step().status();
  }
  // Steps as often as a rebalance between two may need.
  void Settle(Replica& one, Replica& two) {
    for (int i = 0; i < 4; ++i) {
      EXPECT_TRUE(Step(one).ok());
      EXPECT_TRUE(Step(two).ok());
    }
  }

  // Committed, by partition.
  std::vector<int64_t> Sums() {
    const auto reading = *store_->BeginRead();
    std::vector<int64_t> sums;
    const auto rows = reading->Query("SELECT total FROM sums ORDER BY partition_number");
    for (const store::Row& row : *rows) sums.push_back(row.Int(0));
    return sums;
  }
  Position PositionOf(int32_t partition) {
    const auto reading = *store_->BeginRead();
    return (*Positions("sums").Of(*reading, partition)).value_or(Position{});
  }
  // Reason, field and place of each dead letter.
  std::vector<std::string> Letters() {
    std::vector<std::string> letters;
    for (const bus::Message& message : bus_.Log(bus::kDeadLetterTopic, 0)) {
      const stream::testing::RecordsOf records(0, 0, {message});
      const auto letter = journal::DecodeDeadLetter(records.records()[0]);
      EXPECT_TRUE(letter.ok()) << letter.status();
      letters.push_back(
          absl::StrCat(letter->refusal.reason, " ", letter->refusal.field, " ", letter->place));
    }
    return letters;
  }
  static std::string ReasonOf(const absl::Status& status) {
    const auto detail = DetailOf(status);
    return detail.has_value() ? detail->reason : status.ToString();
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  bellwether::testing::FakeClock clock_{kStart};
  SimBus bus_;
  int ids_ = 0;
  Replica one_{bus_, *store_, clock_};
  Replica two_{bus_, *store_, clock_};
};

TEST_F(TopicConsumerTest, CommitsEffectsAndPositionTogether) {
  Append(0, "3");
  Append(1, "5");
  ASSERT_TRUE(Step(one_).ok());
  EXPECT_THAT(Sums(), ElementsAre(3, 5));
  EXPECT_EQ(PositionOf(0).next_offset, 1);
  EXPECT_EQ(PositionOf(1).next_offset, 1);
  EXPECT_THAT(one_.metrics.Expose(),
              HasSubstr("bellwether_topic_records_total{reader=\"sums\"} 2"));
}

TEST_F(TopicConsumerTest, CommitsWhenDueAndAtOnceWhenAsked) {
  Append(0, "0");
  ASSERT_TRUE(Step(one_).ok());
  Append(0, "3");
  ASSERT_TRUE(one_.consumer->Step().ok());
  clock_.Advance(absl::Seconds(1) - absl::Microseconds(1));
  ASSERT_TRUE(one_.consumer->Step().ok());
  EXPECT_THAT(Sums(), ElementsAre(0, 0));
  clock_.Advance(absl::Microseconds(1));
  ASSERT_TRUE(one_.consumer->Step().ok());
  EXPECT_THAT(Sums(), ElementsAre(3, 0));
  Append(0, "4");
  AppendTick(0, kStart);
  ASSERT_TRUE(one_.consumer->Step().ok());
  EXPECT_THAT(Sums(), ElementsAre(7, 0)) << "the handler asked for it at the tick";
}

TEST_F(TopicConsumerTest, NothingIsCommittedWhileNothingComes) {
  Append(0, "3");
  ASSERT_TRUE(Step(one_).ok());
  EXPECT_EQ(one_.handler.commits, 1);
  ASSERT_TRUE(Step(one_).ok());
  EXPECT_EQ(one_.handler.commits, 1);
}

TEST_F(TopicConsumerTest, SavesInAsManyTransactionsAsTheHandlerNeeds) {
  Append(0, "3");
  one_.handler.more = 2;
  ASSERT_TRUE(Step(one_).ok());
  EXPECT_EQ(one_.handler.commits, 3);
  EXPECT_EQ(PositionOf(0).next_offset, 1);
}

TEST_F(TopicConsumerTest, WatermarksMoveWithTheTicksThatWereRead) {
  AppendTick(1, kStart);
  AppendTick(1, kStart + absl::Seconds(5));
  ASSERT_TRUE(Step(one_).ok());
  EXPECT_EQ(PositionOf(1).first_tick, kStart);
  EXPECT_EQ(PositionOf(1).watermark, kStart + absl::Seconds(5));
}

TEST_F(TopicConsumerTest, ARecordCountsOnceWhateverBecomesOfACommit) {
  int64_t expected = 0;
  for (const CommitFate fate :
       {CommitFate::kAborted, CommitFate::kUnavailable, CommitFate::kUnknownRolledBack,
        CommitFate::kUnknownCommitted, CommitFate::kCrashAfterCommit}) {
    Append(0, "1");
    ++expected;
    one_.store.fate = [&, fate] {
      one_.store.fate = nullptr;
      return fate;
    };
    EXPECT_FALSE(Step(one_).ok());
    EXPECT_TRUE(Step(one_).ok());
    EXPECT_EQ(Sums().at(0), expected) << static_cast<int>(fate);
  }
}

TEST_F(TopicConsumerTest, AFailureOfTheHandlerIsTriedAgainFromTheLastCommit) {
  Append(0, "3");
  Append(0, "4");
  one_.handler.failure = absl::UnavailableError("not now");
  EXPECT_TRUE(absl::IsUnavailable(Step(one_)));
  EXPECT_THAT(one_.handler.calls, ElementsAre("begin 0", "begin 1", "end 0", "end 1"));
  EXPECT_TRUE(Step(one_).ok());
  EXPECT_THAT(Sums(), ElementsAre(7, 0));
}

TEST_F(TopicConsumerTest, WhatCannotBeReadIsKeptAsADeadLetterAndStopsNothing) {
  Append(0, "three");
  bus_.Append(kTopic, 0, {KeyOf(0, kPartitions), {}, "3"});  // without an envelope
  bus_.Append(kTopic, 0,
              journal::NewMessage({.id = "stray",
                                   .source = "test",
                                   .type = "bellwether.test.v1",
                                   .time = kStart,
                                   .recorded_at = kStart},
                                  KeyOf(1, kPartitions), "1"));
  Append(0, "4");
  ASSERT_TRUE(Step(one_).ok());
  EXPECT_THAT(Sums(), ElementsAre(4, 0));
  EXPECT_EQ(PositionOf(0).next_offset, 4);
  EXPECT_THAT(Letters(), ElementsAre("NO_NUMBER value numbers/0/0", HasSubstr("HEADER_MISSING"),
                                     HasSubstr("WRONG_PARTITION")));
  EXPECT_THAT(one_.metrics.Expose(),
              HasSubstr("bellwether_topic_records_refused_total{reader=\"sums\"} 3"));
}

TEST_F(TopicConsumerTest, WhatCannotBeKeptAsADeadLetterIsNotPassedOver) {
  Append(0, "three");
  one_.client.fault = [](absl::string_view call) {
    return call == "Produce" ? absl::UnavailableError("no broker") : absl::OkStatus();
  };
  EXPECT_TRUE(absl::IsUnavailable(Step(one_)));
  EXPECT_EQ(PositionOf(0).next_offset, 0);
  one_.client.fault = nullptr;
  ASSERT_TRUE(Step(one_).ok());
  EXPECT_EQ(PositionOf(0).next_offset, 1);
  EXPECT_EQ(Letters().size(), 1u);
}

TEST_F(TopicConsumerTest, APartitionThatIsGivenUpIsCommittedFirst) {
  Append(0, "0");
  ASSERT_TRUE(Step(one_).ok());
  Append(0, "3");
  Append(1, "5");
  ASSERT_TRUE(one_.consumer->Step().ok());
  EXPECT_THAT(Sums(), ElementsAre(0, 0)) << "not due yet";
  Settle(one_, two_);
  EXPECT_THAT(Sums(), ElementsAre(3, 5));
  Append(0, "10");
  Append(1, "10");
  Settle(one_, two_);
  EXPECT_THAT(Sums(), ElementsAre(13, 15)) << "each of the two read one partition";
}

TEST_F(TopicConsumerTest, AfterAFailedCommitInARebalanceNothingIsMissing) {
  Append(0, "0");
  ASSERT_TRUE(Step(one_).ok());
  Append(0, "3");
  Append(1, "5");
  ASSERT_TRUE(one_.consumer->Step().ok());
  one_.store.fate = [&] {
    one_.store.fate = nullptr;
    return CommitFate::kAborted;
  };
  // Leaving gives both partitions up; the commit for the first one fails.
  one_.consumer->Stop();
  EXPECT_EQ(PositionOf(1).next_offset, 0) << "what was to be saved with it has been forgotten";
  ASSERT_TRUE(Step(two_).ok());
  EXPECT_THAT(Sums(), ElementsAre(3, 5));
}

TEST_F(TopicConsumerTest, AProcessThatHasLostItsPartitionsCommitsNothing) {
  ASSERT_TRUE(Step(one_).ok());
  one_.client.ExpireSession();
  Append(0, "3");
  Append(1, "5");
  Settle(two_, two_);
  EXPECT_THAT(Sums(), ElementsAre(3, 5));
  EXPECT_EQ(ReasonOf(Step(one_)), "POSITION_MOVED") << "its polls still bring records";
  EXPECT_THAT(Sums(), ElementsAre(3, 5));
}

TEST_F(TopicConsumerTest, ALogThatWasReplacedIsNotRead) {
  Append(0, "3");
  ASSERT_TRUE(Step(one_).ok());
  one_.consumer->Stop();
  bus_.set_log_id(kTopic, "another");
  EXPECT_EQ(ReasonOf(Step(two_)), kReasonLogReplaced);
  EXPECT_THAT(Sums(), ElementsAre(3, 0));
}

TEST_F(TopicConsumerTest, AnOffsetOutsideTheLogIsNotRead) {
  Append(0, "3");
  Append(0, "4");
  ASSERT_TRUE(Step(one_).ok());
  one_.consumer->Stop();
  bus_.Truncate(kTopic, 0, 1);
  EXPECT_EQ(ReasonOf(Step(two_)), kReasonOutsideLog);
  Append(0, "5");
  Append(0, "6");
  bus_.Trim(kTopic, 0, 3);
  EXPECT_EQ(ReasonOf(Step(two_)), kReasonOutsideLog) << "a record is missing";
  EXPECT_THAT(Sums(), ElementsAre(7, 0));
}

TEST_F(TopicConsumerTest, APredecessorsLastCommitDoesNotSeemToLieOutsideTheLog) {
  bool first = true;
  two_.store.fault = [&](absl::string_view call) {
    if (call == "BeginRead" && std::exchange(first, false)) {
      // Just before the position is read, the one who had the partition reads one more.
      Append(0, "3");
      EXPECT_TRUE(Step(one_).ok());
    }
    return absl::OkStatus();
  };
  Append(0, "1");
  ASSERT_TRUE(Step(one_).ok());
  one_.client.ExpireSession();
  ASSERT_TRUE(Step(two_).ok());
  EXPECT_THAT(Sums(), ElementsAre(4, 0));
}

TEST_F(TopicConsumerTest, IsReadyOnceTheGroupHasAgreed) {
  one_.client.joining = true;
  ASSERT_TRUE(Step(one_).ok());
  EXPECT_EQ(ReasonOf(one_.consumer->Ready()), "TOPIC_NOT_ASSIGNED");
  one_.client.joining = false;
  ASSERT_TRUE(Step(one_).ok());
  EXPECT_TRUE(one_.consumer->Ready().ok());
}

TEST_F(TopicConsumerTest, ShowsHowManyRecordsAreLeft) {
  ASSERT_TRUE(Step(one_).ok());
  for (int i = 0; i < 5; ++i) Append(i % 2, "1");
  one_.client.amount = [](size_t) { return size_t{0}; };
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(Step(one_).ok());
  EXPECT_THAT(one_.metrics.Expose(), HasSubstr("bellwether_topic_lag_records{reader=\"sums\"} 5"));
}

}  // namespace
}  // namespace bellwether::consume::topic_consumer_test
