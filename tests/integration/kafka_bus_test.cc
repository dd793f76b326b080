// What only a real broker can show: compression, crashes between sending and acknowledgement,
// producers that give up, logs that are replaced.
#include "common/bus/kafka_bus.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/kafka_client_closer.h"
#include "common/log/log.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/kafka_admin.h"
#include "tests/support/shared_kafka.h"

namespace bellwether::bus::kafka_bus_test {
namespace {

using ::testing::ElementsAre;

constexpr char kTopic[] = "topic.v1";
constexpr absl::Duration kPatience = absl::Seconds(60);

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

// What became of messages, by value. Thread-safe.
class Answers {
 public:
  Delivered For(const std::string& value) {
    return [this, value](const absl::StatusOr<Position>& position) {
      absl::MutexLock lock(&mu_);
      ++answers_[value];
      statuses_.push_back(position.status());
      if (position.ok()) acknowledged_.push_back(value);
    };
  }
  std::vector<std::string> acknowledged() const {
    absl::MutexLock lock(&mu_);
    return acknowledged_;
  }
  std::vector<absl::Status> statuses() const {
    absl::MutexLock lock(&mu_);
    return statuses_;
  }
  // Messages answered for more than once.
  int doubled() const {
    absl::MutexLock lock(&mu_);
    return static_cast<int>(std::count_if(answers_.begin(), answers_.end(),
                                          [](const auto& each) { return each.second != 1; }));
  }

 private:
  mutable absl::Mutex mu_;
  std::map<std::string, int> answers_;
  std::vector<absl::Status> statuses_;
  std::vector<std::string> acknowledged_;
};

class FromTheStart final : public RebalanceListener {
 public:
  absl::StatusOr<int64_t> OnAssigned(int32_t) override { return 0; }
  void OnRevoked(int32_t) override {}
  void OnLost(int32_t) override {}
};

class KafkaBusTest : public ::testing::Test {
 protected:
  void SetUp() override {
    bus_ = Open();
    ASSERT_TRUE(bus_->EnsureTopic({kTopic, 1}).ok());
  }

  std::unique_ptr<KafkaBus> Open(absl::string_view query = "") {
    auto bus = KafkaBus::Open(testing::SharedKafka().Url(
        absl::StrCat("topic.prefix=", prefix_, query.empty() ? "" : "&", query)));
    EXPECT_TRUE(bus.ok()) << bus.status();
    return bus.ok() ? *std::move(bus) : nullptr;
  }
  std::vector<std::string> ReadAll() {
    std::vector<std::string> values;
    auto reader = bus_->NewReader(kTopic, 0, bus_->Offsets(kTopic, 0)->first);
    EXPECT_TRUE(reader.ok()) << reader.status();
    while (reader.ok()) {
      const auto batch = (*reader)->Read(1'000, absl::ZeroDuration());
      EXPECT_TRUE(batch.ok()) << batch.status();
      if (!batch.ok() || batch->empty()) break;
      for (const Record& record : batch->records) values.emplace_back(record.value);
    }
    return values;
  }
  std::string FullName() const { return absl::StrCat(prefix_, kTopic); }

  LogCapture quiet_{[](absl::string_view) {}};
  const std::string prefix_ = absl::StrCat(NewUuid(), ".");
  std::unique_ptr<KafkaBus> bus_;
};

// The broker still has to accept how librdkafka 2.0 compresses, and the consumer to read it.
TEST_F(KafkaBusTest, EveryCodecMakesTheRoundTrip) {
  std::vector<std::string> sent;
  for (const char* codec : {"lz4", "zstd", "none"}) {
    auto bus = Open(absl::StrCat("compression=", codec));
    auto producer = *bus->NewProducer();
    Answers answers;
    for (int i = 0; i < 1'000; ++i) {
      sent.push_back(absl::StrCat(codec, "-", i, "-", std::string(500, 'x')));
      ASSERT_TRUE(
          producer->Produce(kTopic, 0, {"key", {}, sent.back()}, answers.For(sent.back())).ok());
    }
    ASSERT_TRUE(producer->Flush(kPatience).ok());
    EXPECT_EQ(answers.acknowledged().size(), 1'000u);
    if (absl::string_view(codec) == "none") break;
    EXPECT_LT(testing::SharedKafka().BytesOf(FullName()), sent.size() * 250)
        << codec << " did not compress";
  }
  EXPECT_EQ(ReadAll(), sent);
}

// The broker dies, again and again, while messages are on their way; its data survive, as those of
// a machine that keeps running. The producer alone puts right what was not acknowledged.
TEST_F(KafkaBusTest, WhatWasAcknowledgedSurvivesAKilledBrokerOnceAndInOrder) {
  auto producer = *bus_->NewGaplessProducer();
  Answers answers;
  std::vector<std::string> sent;
  const auto send = [&](int count) {
    for (int i = 0; i < count;) {
      std::string value = absl::StrCat("value-", sent.size());
      const absl::Status status =
          producer->Produce(kTopic, 0, {"key", {}, value}, answers.For(value));
      if (status.ok()) {
        sent.push_back(std::move(value));
        ++i;
      } else {
        ASSERT_TRUE(absl::IsResourceExhausted(status)) << status;
        producer->Flush(absl::Milliseconds(10)).IgnoreError();
      }
    }
  };
  for (int round = 0; round < 2; ++round) {
    send(20'000);
    // The last of these are under way in the moment of the kill.
    ASSERT_TRUE(testing::Await([&] { return answers.acknowledged().size() > sent.size() / 4; }));
    testing::SharedKafka().Kill();
    EXPECT_LT(answers.acknowledged().size(), sent.size()) << "nothing was under way";
    send(1'000);
    ASSERT_TRUE(testing::SharedKafka().Restart().ok());
  }
  ASSERT_TRUE(producer->Flush(kPatience).ok());
  EXPECT_EQ(answers.acknowledged(), sent);
  EXPECT_EQ(answers.doubled(), 0);
  EXPECT_EQ(ReadAll(), sent);
}

TEST_F(KafkaBusTest, AnOrdinaryProducerOutlivesASenderThatGaveUp) {
  auto producer = *bus_->NewProducer();
  Answers answers;
  ASSERT_TRUE(producer->Produce(kTopic, 0, {"k", {}, "before"}, answers.For("before")).ok());
  ASSERT_TRUE(producer->Flush(kPatience).ok());

  testing::SharedKafka().Freeze();
  for (int i = 0; i < 100; ++i) {
    const std::string value = absl::StrCat("under way ", i);
    ASSERT_TRUE(producer->Produce(kTopic, 0, {"k", {}, value}, answers.For(value)).ok());
  }
  {
    const auto sender = *bus_->ordinary_senders().Current();
    rd_kafka_test_fatal_error(sender->client(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                              "as after a timeout");
  }
  testing::SharedKafka().Thaw();
  ASSERT_TRUE(producer->Flush(kPatience).ok()) << "everything is answered for";
  EXPECT_EQ(answers.statuses().size(), 101u);

  ASSERT_TRUE(testing::Await([&] { return producer->HasRoom(10); }));
  const absl::Status sent = producer->Produce(kTopic, 0, {"k", {}, "after"}, answers.For("after"));
  ASSERT_TRUE(sent.ok()) << sent;
  ASSERT_TRUE(producer->Flush(kPatience).ok());
  EXPECT_EQ(answers.acknowledged().back(), "after");
  EXPECT_EQ(answers.doubled(), 0);

  // Nothing acknowledged is missing, and nothing is there twice.
  const std::vector<std::string> log = ReadAll();
  EXPECT_THAT(answers.acknowledged(), ::testing::IsSubsetOf(log));
  EXPECT_EQ(std::set<std::string>(log.begin(), log.end()).size(), log.size());
}

// Making the next sender waits for the cluster: one who produces on a thread that must not block is
// refused instead and may try again.
TEST_F(KafkaBusTest, ASenderThatGaveUpIsReplacedWithoutHoldingUpItsProducers) {
  auto producer = *bus_->NewProducer();
  testing::SharedKafka().Freeze();
  rd_kafka_test_fatal_error((*bus_->ordinary_senders().Current())->client(),
                            RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "as after a timeout");
  absl::Duration longest;
  absl::Status status;
  const bool taken = testing::Await([&] {
    const absl::Time begin = absl::Now();
    status = producer->Produce(kTopic, 0, {"k", {}, "next"}, nullptr);
    longest = std::max(longest, absl::Now() - begin);
    return status.ok();
  });
  testing::SharedKafka().Thaw();
  EXPECT_TRUE(taken) << status;
  EXPECT_LT(longest, absl::Milliseconds(500));
  ASSERT_TRUE(producer->Flush(kPatience).ok());
  EXPECT_THAT(ReadAll(), ElementsAre("next"));
}

TEST_F(KafkaBusTest, AGaplessProducerBreaksWithItsSenderAndAnotherGoesOn) {
  auto producer = *bus_->NewGaplessProducer();
  Answers answers;
  ASSERT_TRUE(producer->Produce(kTopic, 0, {"k", {}, "one"}, answers.For("one")).ok());
  ASSERT_TRUE(producer->Flush(kPatience).ok());
  rd_kafka_test_fatal_error((*bus_->gapless_senders().Current())->client(),
                            RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "as after a timeout");
  const absl::Status refused = producer->Produce(kTopic, 0, {"k", {}, "two"}, answers.For("two"));
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_EQ(ReasonOf(refused), "PRODUCER_BROKEN");

  std::unique_ptr<Producer> another;
  ASSERT_TRUE(testing::Await([&] {
    auto made = bus_->NewGaplessProducer();
    if (made.ok()) another = *std::move(made);
    return another != nullptr;
  }));
  ASSERT_TRUE(another->Produce(kTopic, 0, {"k", {}, "two"}, answers.For("two")).ok());
  ASSERT_TRUE(another->Flush(kPatience).ok());
  EXPECT_EQ(ReasonOf(producer->Produce(kTopic, 0, {"k", {}, "three"}, nullptr)), "PRODUCER_BROKEN");
  EXPECT_THAT(ReadAll(), ElementsAre("one", "two"));
}

TEST_F(KafkaBusTest, AnOrdinaryMessageThatIsRefusedDoesNotStopTheOthers) {
  testing::ConfigureTopic(testing::SharedKafka(), FullName(), "max.message.bytes", "20000");
  auto producer = *bus_->NewProducer();
  Answers answers;
  std::mt19937_64 random(1);
  std::string noise(100'000, ' ');
  for (char& c : noise) c = static_cast<char>(random());
  ASSERT_TRUE(producer->Produce(kTopic, 0, {"k", {}, noise}, answers.For("noise")).ok());
  ASSERT_TRUE(producer->Flush(kPatience).ok());
  ASSERT_EQ(answers.statuses().size(), 1u);
  EXPECT_EQ(ReasonOf(answers.statuses()[0]), "MESSAGE_TOO_LARGE");
  ASSERT_TRUE(producer->Produce(kTopic, 0, {"k", {}, "small"}, answers.For("small")).ok());
  ASSERT_TRUE(producer->Flush(kPatience).ok());
  EXPECT_THAT(ReadAll(), ElementsAre("small"));
}

TEST_F(KafkaBusTest, AMessageThatIsNeverAcknowledgedIsAnsweredAfterItsTimeout) {
  auto bus = Open("message.timeout.ms=2000");
  auto producer = *bus->NewProducer();
  Answers answers;
  ASSERT_TRUE(producer->Produce(kTopic, 0, {"k", {}, "one"}, answers.For("one")).ok());
  ASSERT_TRUE(producer->Flush(kPatience).ok());
  testing::SharedKafka().Freeze();
  ASSERT_TRUE(producer->Produce(kTopic, 0, {"k", {}, "two"}, answers.For("two")).ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(producer->Flush(absl::Milliseconds(100))));
  const absl::Status flushed = producer->Flush(kPatience);
  testing::SharedKafka().Thaw();
  ASSERT_TRUE(flushed.ok()) << flushed;
  ASSERT_EQ(answers.statuses().size(), 2u);
  EXPECT_TRUE(absl::IsUnavailable(answers.statuses()[1])) << answers.statuses()[1];
}

TEST_F(KafkaBusTest, ATopicThatWasReplacedIsAnotherLog) {
  const std::string before = bus_->Describe(kTopic)->log_id;
  EXPECT_EQ(Open()->Describe(kTopic)->log_id, before);
  testing::DeleteTopic(testing::SharedKafka(), FullName());
  auto another = Open();
  ASSERT_TRUE(testing::Await([&] { return another->EnsureTopic({kTopic, 1}).ok(); }));
  EXPECT_NE(another->Describe(kTopic)->log_id, before);
}

TEST_F(KafkaBusTest, OtherToolsSeeHowFarAGroupIs) {
  FromTheStart from_the_start;
  auto producer = *bus_->NewProducer();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(producer->Produce(kTopic, 0, {"k", {}, "v"}, nullptr).ok());
  }
  ASSERT_TRUE(producer->Flush(kPatience).ok());
  auto client = KafkaClient::Open(*ParseKafkaUrl(testing::SharedKafka().Url()),
                                  {.kind = KafkaClient::Kind::kMember,
                                   .properties = {{"group.id", absl::StrCat(prefix_, "group")}}});
  ASSERT_TRUE(client.ok());
  const auto seen = [&] {
    const KafkaPartitions list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), FullName().c_str(), 0);
    EXPECT_EQ(rd_kafka_committed((*client)->get(), list.get(), 10'000), RD_KAFKA_RESP_ERR_NO_ERROR);
    return list->elems[0].offset;
  };

  auto consumer = *bus_->NewConsumer({"group", kTopic, &from_the_start});
  ASSERT_FALSE(consumer->Poll(100, kPatience)->empty());
  for (const int64_t offset : {3, 5, 7}) consumer->ReportCommitted(0, offset);
  EXPECT_TRUE(testing::Await([&] {
    EXPECT_TRUE(consumer->Poll(100, absl::ZeroDuration()).ok());
    return seen() == 7;
  }));
  consumer->ReportCommitted(0, 9);
  consumer->Close();
  EXPECT_EQ(seen(), 9);
}

TEST_F(KafkaBusTest, QuestionsAreRefusedQuicklyWhileNoBrokerAnswers) {
  testing::SharedKafka().Freeze();
  const absl::Status first = bus_->Offsets(kTopic, 0).status();
  const absl::Time begin = absl::Now();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(ReasonOf(bus_->Offsets(kTopic, 0).status()), "BUS_UNAVAILABLE");
  }
  const absl::Duration took = absl::Now() - begin;
  testing::SharedKafka().Thaw();
  EXPECT_TRUE(absl::IsUnavailable(first)) << first;
  EXPECT_LT(took, absl::Seconds(5));
  EXPECT_TRUE(testing::Await([&] { return bus_->Offsets(kTopic, 0).ok(); }));
}

TEST_F(KafkaBusTest, SaysThatItIsAwayWhileItsBrokerIsKilledOrFrozenAndThatItIsBack) {
  ASSERT_TRUE(bus_->Ping().ok());
  const auto is_there = [&] { return bus_->Ping().ok(); };
  testing::SharedKafka().Freeze();
  EXPECT_TRUE(testing::Await([&] { return !is_there(); }));
  testing::SharedKafka().Thaw();
  EXPECT_TRUE(testing::Await(is_there));
  testing::SharedKafka().Kill();
  EXPECT_TRUE(testing::Await([&] { return !is_there(); }));
  EXPECT_EQ(ReasonOf(bus_->Ping()), "BUS_UNAVAILABLE");
  ASSERT_TRUE(testing::SharedKafka().Restart().ok());
  EXPECT_TRUE(testing::Await(is_there, kPatience));
}

// What scans the log to its end (history, the tail of the journal) asks without waiting and takes
// an empty answer for the end. A broker that is silent is none.
TEST_F(KafkaBusTest, AReaderNeverTakesASilentBrokerForTheEnd) {
  // Far more than a reader reads ahead, and nothing that can be compressed.
  constexpr size_t kRecords = 200;
  std::mt19937 random(1);
  std::string value(200 << 10, '\0');
  for (char& byte : value) byte = static_cast<char>(random());
  const auto producer = *bus_->NewProducer();
  for (size_t i = 0; i < kRecords; ++i) {
    std::shuffle(value.begin(), value.end(), random);
    ASSERT_TRUE(producer->Produce(kTopic, 0, {.value = value}, nullptr).ok());
  }
  ASSERT_TRUE(producer->Flush(kPatience).ok());
  const auto reader = *bus_->NewReader(kTopic, 0, 0);
  size_t read = 0;
  const auto read_on = [&] {
    auto batch = reader->Read(10, absl::ZeroDuration());
    if (batch.ok()) read += batch->records.size();
    return batch;
  };
  ASSERT_TRUE(read_on().ok());
  testing::SharedKafka().Freeze();
  absl::StatusOr<RecordBatch> batch = read_on();
  while (batch.ok() && !batch->empty()) batch = read_on();
  testing::SharedKafka().Thaw();
  EXPECT_TRUE(absl::IsUnavailable(batch.status())) << batch.status();
  EXPECT_LT(read, kRecords);
  // It goes on where it was.
  ASSERT_TRUE(testing::Await(
      [&] {
        batch = read_on();
        return batch.ok() && batch->empty();
      },
      kPatience));
  EXPECT_EQ(read, kRecords);
}

TEST_F(KafkaBusTest, NoMoreMembersAreMadeWhileManyFormerOnesDoNotEnd) {
  absl::Notification release;
  for (size_t i = 0; i < KafkaClientCloser::kMembersMax; ++i) {
    KafkaClientCloser::Instance().Close([&] { release.WaitForNotification(); });
  }
  const absl::Status refused = bus_->NewConsumer({"group", kTopic, nullptr}).status();
  release.Notify();
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_EQ(ReasonOf(refused), "GROUP_MEMBERS_DO_NOT_END");
  EXPECT_TRUE(KafkaClientCloser::Instance().AwaitEmpty(kPatience));
  EXPECT_TRUE(bus_->NewConsumer({"group", kTopic, nullptr}).ok());
}

// Reading goes on by itself, from where it was.
TEST_F(KafkaBusTest, AMemberReadsOnAfterTheBrokerWasRestarted) {
  class FromTheStart final : public RebalanceListener {
   public:
    absl::StatusOr<int64_t> OnAssigned(int32_t) override { return next; }
    void OnRevoked(int32_t) override {}
    void OnLost(int32_t) override {}
    int64_t next = 0;
  } listener;
  auto producer = *bus_->NewProducer();
  auto consumer = *bus_->NewConsumer({"group", kTopic, &listener});
  std::vector<std::string> sent, read;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 1'000; ++i) {
      sent.push_back(absl::StrCat(round, "-", i));
      ASSERT_TRUE(producer->Produce(kTopic, 0, {"k", {}, sent.back()}, nullptr).ok());
    }
    ASSERT_TRUE(producer->Flush(kPatience).ok());
    const absl::Time deadline = absl::Now() + kPatience;
    while (read.size() < sent.size() && absl::Now() < deadline) {
      const auto batch = consumer->Poll(100, absl::Milliseconds(50));
      if (!batch.ok()) continue;
      for (const Record& record : batch->records) {
        read.emplace_back(record.value);
        listener.next = record.offset + 1;
      }
    }
    ASSERT_EQ(read, sent);
    if (round > 0) break;
    testing::SharedKafka().Kill();
    EXPECT_TRUE(consumer->Poll(100, absl::Milliseconds(50))->empty());
    ASSERT_TRUE(testing::SharedKafka().Restart().ok());
  }
  const absl::Time begin = absl::Now();
  consumer->Close();
  consumer.reset();
  bus_.reset();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(30)) << "closing has a deadline";
}

}  // namespace
}  // namespace bellwether::bus::kafka_bus_test
