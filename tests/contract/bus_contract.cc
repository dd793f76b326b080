#include "tests/contract/bus_contract.h"

#include <atomic>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/base/status.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"

namespace bellwether::bus {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

std::vector<std::string> ValuesOf(const RecordBatch& batch) {
  std::vector<std::string> values;
  for (const Record& record : batch.records) values.emplace_back(record.value);
  return values;
}

std::vector<std::string> ReadValues(Reader& reader, size_t count) {
  std::vector<std::string> values;
  while (values.size() < count) {
    const auto batch = reader.Read(count - values.size(), kPatience);
    if (!batch.ok() || batch->empty()) {
      ADD_FAILURE() << "after " << values.size() << " records: " << batch.status();
      return values;
    }
    for (std::string& value : ValuesOf(*batch)) values.push_back(std::move(value));
  }
  return values;
}

std::string Noise(size_t bytes) {
  std::mt19937_64 random(1);
  std::string noise(bytes, ' ');
  for (char& byte : noise) byte = static_cast<char>(random());
  return noise;
}

std::vector<std::string> Numbered(int from, int to, const std::string& prefix) {
  std::vector<std::string> values;
  for (int i = from; i < to; ++i) values.push_back(absl::StrCat(prefix, i));
  return values;
}

BusContract::BusContract() : deployment_(GetParam().make_deployment()), bus_(deployment_->Open()) {
  const absl::Status created = bus_->EnsureTopic({kTopic, kPartitions});
  EXPECT_TRUE(created.ok()) << created;
}

void BusContract::Append(int32_t partition, int count, const std::string& prefix) {
  auto producer = bus_->NewProducer();
  ASSERT_TRUE(producer.ok());
  std::atomic<int> acknowledged{0};
  for (int i = 0; i < count; ++i) {
    ASSERT_TRUE((*producer)
                    ->Produce(kTopic, partition, {"key", {}, absl::StrCat(prefix, i)},
                              [&](absl::StatusOr<Position> position) {
                                if (position.ok()) ++acknowledged;
                              })
                    .ok());
  }
  ASSERT_TRUE((*producer)->Flush(kPatience).ok());
  ASSERT_EQ(acknowledged, count);
}

std::unique_ptr<Reader> BusContract::ReaderAt(int32_t partition, int64_t offset) {
  auto reader = bus_->NewReader(kTopic, partition, offset);
  EXPECT_TRUE(reader.ok()) << reader.status();
  return reader.ok() ? *std::move(reader) : nullptr;
}

void BusContract::AppendLargest(int32_t partition, int count) {
  auto producer = *bus_->NewProducer();
  for (int i = 0; i < count; ++i) {
    // Headers count as values do.
    Message message{absl::StrCat(i), {{"h", std::string(kMessageBytesMax / 2, 'h')}}, ""};
    message.value.resize(kMessageBytesMax - SizeOf(message), 'v');
    ASSERT_TRUE(producer->Produce(kTopic, partition, std::move(message), nullptr).ok());
  }
  ASSERT_TRUE(producer->Flush(kPatience).ok());
}

void BusContract::ExpectLargest(const absl::StatusOr<RecordBatch>& batch, int& next) {
  ASSERT_TRUE(batch.ok()) << batch.status();
  ASSERT_FALSE(batch->empty());
  EXPECT_LE(batch->records.size(), kRecordBatchBytesMax / kMessageBytesMax);
  for (const Record& record : batch->records) EXPECT_EQ(record.key, absl::StrCat(next++));
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BusContract);

TEST_P(BusContract, SaysThatItIsThere) { EXPECT_TRUE(bus_->Ping().ok()); }

TEST_P(BusContract, ATopicIsMadeOnceAndKeepsItsPartitionCount) {
  EXPECT_TRUE(bus_->EnsureTopic({kTopic, kPartitions}).ok());
  const absl::Status differs = bus_->EnsureTopic({kTopic, kPartitions + 1});
  EXPECT_EQ(differs.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(differs), "PARTITION_COUNT_DIFFERS");
  EXPECT_EQ(bus_->Describe(kTopic)->partitions, kPartitions);
  EXPECT_FALSE(bus_->Describe(kTopic)->log_id.empty());
}

TEST_P(BusContract, ATopicNeedsANameAndPartitions) {
  EXPECT_EQ(bus_->EnsureTopic({"", 1}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(bus_->EnsureTopic({"a/b", 1}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(bus_->EnsureTopic({"a", 0}).code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(BusContract, AnUnknownTopicIsNamed) {
  EXPECT_EQ(ReasonOf(bus_->Describe("nowhere").status()), "UNKNOWN_TOPIC");
  EXPECT_EQ(ReasonOf(bus_->NewReader("nowhere", 0, 0).status()), "UNKNOWN_TOPIC");
  EXPECT_EQ(ReasonOf(bus_->NewConsumer({"group", "nowhere", nullptr}).status()), "UNKNOWN_TOPIC");
  auto producer = bus_->NewProducer();
  EXPECT_EQ(ReasonOf((*producer)->Produce("nowhere", 0, {}, nullptr)), "UNKNOWN_TOPIC");
}

TEST_P(BusContract, AMessageComesBackAsItWent) {
  const std::string binary("\0\xff\n", 3);
  auto producer = bus_->NewProducer();
  ASSERT_TRUE((*producer)
                  ->Produce(kTopic, 2,
                            {"account-1",
                             {{"ce_id", "1"}, {"ce_id", "2"}, {"own", binary}, {"empty", ""}},
                             binary + "value"},
                            nullptr)
                  .ok());
  ASSERT_TRUE((*producer)->Produce(kTopic, 2, {}, nullptr).ok());
  ASSERT_TRUE((*producer)->Flush(kPatience).ok());
  auto reader = ReaderAt(2, 0);
  std::vector<Message> messages;
  while (messages.size() < 2) {
    const auto batch = reader->Read(2 - messages.size(), kPatience);
    ASSERT_TRUE(batch.ok() && !batch->empty());
    for (const Record& record : batch->records) {
      EXPECT_EQ(record.partition, 2);
      messages.push_back(ToMessage(record));
    }
  }
  EXPECT_EQ(messages[0].key, "account-1");
  EXPECT_EQ(messages[0].value, binary + "value");
  ASSERT_EQ(messages[0].headers.size(), 4u);
  EXPECT_EQ(messages[0].headers[1].name, "ce_id");
  EXPECT_EQ(messages[0].headers[1].value, "2");
  EXPECT_EQ(messages[0].headers[2].value, binary);
  EXPECT_EQ(messages[0].headers[3].value, "");
  EXPECT_EQ(messages[1].key, "");
  EXPECT_EQ(messages[1].value, "");
}

TEST_P(BusContract, EveryMessageIsAnsweredWithItsPlace) {
  auto producer = bus_->NewProducer();
  absl::Mutex mu;
  std::vector<int64_t> offsets;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE((*producer)
                    ->Produce(kTopic, 1, {"k", {}, absl::StrCat(i)},
                              [&](absl::StatusOr<Position> position) {
                                absl::MutexLock lock(&mu);
                                ASSERT_TRUE(position.ok());
                                EXPECT_EQ(position->partition, 1);
                                offsets.push_back(position->offset);
                              })
                    .ok());
  }
  ASSERT_TRUE((*producer)->Flush(kPatience).ok());
  absl::MutexLock lock(&mu);
  ASSERT_EQ(offsets.size(), 100u);
  for (size_t i = 1; i < offsets.size(); ++i) EXPECT_GT(offsets[i], offsets[i - 1]);
  EXPECT_EQ(ReadValues(*ReaderAt(1, offsets[40]), 60), Numbered(40, 100));
  EXPECT_GT(bus_->Offsets(kTopic, 1)->end, offsets.back());
}

TEST_P(BusContract, TheEndsOfATopicAreThoseOfItsPartitions) {
  Append(1, 3);
  const absl::StatusOr<std::vector<int64_t>> ends = bus_->Ends(kTopic);
  ASSERT_TRUE(ends.ok()) << ends.status();
  ASSERT_EQ(ends->size(), static_cast<size_t>(kPartitions));
  for (int32_t p = 0; p < kPartitions; ++p) {
    EXPECT_EQ((*ends)[static_cast<size_t>(p)], bus_->Offsets(kTopic, p)->end) << p;
  }
  EXPECT_GE((*ends)[1], 3);
  EXPECT_TRUE(absl::IsNotFound(bus_->Ends("nobody-made-this").status()));
}

TEST_P(BusContract, WhatOneProducerSendsStaysInOrderAmongOthers) {
  constexpr int kProducers = 3, kEach = 2'000;
  std::vector<std::thread> threads;
  for (int p = 0; p < kProducers; ++p) {
    threads.emplace_back([this, p] { Append(0, kEach, absl::StrCat(p, ":")); });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<int> next(kProducers, 0);
  for (const std::string& value : ReadValues(*ReaderAt(0, 0), kProducers * kEach)) {
    const int producer = value[0] - '0';
    ASSERT_EQ(value, absl::StrCat(producer, ":", next[producer]));
    ++next[producer];
  }
}

TEST_P(BusContract, AMessageOverALimitIsRefusedAndNotAnswered) {
  auto producer = bus_->NewProducer();
  const auto unexpected = [](absl::StatusOr<Position>) { ADD_FAILURE() << "answered"; };
  EXPECT_EQ(ReasonOf((*producer)->Produce(
                kTopic, 0, {"", {}, std::string(kMessageBytesMax + 1, 'x')}, unexpected)),
            "MESSAGE_TOO_LARGE");
  Message crowded;
  crowded.headers.assign(kHeadersMax + 1, {"n", "v"});
  EXPECT_EQ(ReasonOf((*producer)->Produce(kTopic, 0, crowded, unexpected)), "TOO_MANY_HEADERS");
  for (const int32_t partition : {-1, kPartitions}) {
    EXPECT_EQ(ReasonOf((*producer)->Produce(kTopic, partition, {}, unexpected)),
              "PARTITION_OUT_OF_RANGE");
  }
  EXPECT_TRUE((*producer)->Flush(kPatience).ok());
  EXPECT_EQ(bus_->Offsets(kTopic, 0)->end, 0);
}

TEST_P(BusContract, AMessageAtTheLimitsIsTaken) {
  auto producer = bus_->NewProducer();
  Message largest;
  largest.headers.assign(kHeadersMax, {"n", "v"});
  largest.value = std::string(kMessageBytesMax - 2 * kHeadersMax, 'x');
  EXPECT_TRUE((*producer)->HasRoom(kMessageBytesMax));
  ASSERT_TRUE((*producer)->Produce(kTopic, 0, largest, nullptr).ok());
  ASSERT_TRUE((*producer)->Flush(kPatience).ok());
  const auto batch = ReaderAt(0, 0)->Read(10, kPatience);
  ASSERT_TRUE(batch.ok());
  ASSERT_EQ(batch->records.size(), 1u);
  EXPECT_EQ(batch->records[0].value, largest.value);
  EXPECT_EQ(batch->records[0].headers.size(), kHeadersMax);
}

// The bus's own thread is held up, so that the queue fills for certain.
TEST_P(BusContract, AProducerHasRoomForAsLongAsItTakesMessages) {
  constexpr int64_t kMessagesMax = 1'000;  // more than any bus may keep waiting
  auto producer = *bus_->NewProducer();
  absl::Notification held, go_on;
  ASSERT_TRUE(producer
                  ->Produce(kTopic, 0, {},
                            [&](absl::StatusOr<Position>) {
                              held.Notify();
                              go_on.WaitForNotification();
                            })
                  .ok());
  held.WaitForNotification();
  const std::string value(kMessageBytesMax, 'v');
  std::atomic<int64_t> answered{0};
  int64_t taken = 0;
  absl::Status status;
  while (status.ok() && taken < kMessagesMax) {
    const bool room = producer->HasRoom(value.size());
    status = producer->Produce(kTopic, 0, {"", {}, value}, [&](absl::StatusOr<Position> position) {
      answered += position.ok();
    });
    EXPECT_EQ(room, status.ok());
    taken += status.ok();
  }
  EXPECT_EQ(ReasonOf(status), "QUEUE_FULL");
  EXPECT_GT(taken, 0);
  const auto other = *bus_->NewProducer();
  EXPECT_TRUE(other->HasRoom(value.size())) << "each producer has room of its own";
  EXPECT_EQ(ReasonOf(producer->Flush(kMoment)), "FLUSH_TIMEOUT");
  go_on.Notify();
  ASSERT_TRUE(producer->Flush(kPatience).ok());
  EXPECT_EQ(answered, taken) << "what was refused is not answered";
  EXPECT_TRUE(producer->HasRoom(value.size()));
}

// What follows a failed delivery must not pass it: receivers would drop the repeated one as not
// newer (ADR 0003).
TEST_P(BusContract, NothingFollowsAFailedDeliveryOfAProducerWithoutGaps) {
  absl::Mutex mu;
  std::vector<absl::Status> answers;
  const auto produce = [&](Producer& producer, std::string value) {
    return producer.Produce(kTopic, 0, {"k", {}, std::move(value)},
                            [&](absl::StatusOr<Position> position) {
                              absl::MutexLock lock(&mu);
                              answers.push_back(position.status());
                            });
  };
  auto gapless = *bus_->NewGaplessProducer();
  ASSERT_TRUE(produce(*gapless, "first").ok());
  ASSERT_TRUE(gapless->Flush(kPatience).ok());
  if (!deployment_->LetLargeMessagesFail(kTopic, true)) {
    GTEST_SKIP() << "no write fails on this bus";
  }
  ASSERT_TRUE(produce(*gapless, Noise(kLargeBytes)).ok());
  size_t taken = 2;
  // Queued behind, or refused at once when the failure is already known.
  for (int i = 0; i < 1'000; ++i) taken += produce(*gapless, absl::StrCat("later ", i)).ok();
  ASSERT_TRUE(gapless->Flush(kPatience).ok());
  ASSERT_TRUE(deployment_->LetLargeMessagesFail(kTopic, false));
  {
    absl::MutexLock lock(&mu);
    ASSERT_EQ(answers.size(), taken) << "each is answered for once";
    EXPECT_TRUE(answers[0].ok());
    for (size_t i = 1; i < taken; ++i) EXPECT_FALSE(answers[i].ok()) << i;
  }
  const absl::Status refused = produce(*gapless, "after");
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_EQ(ReasonOf(refused), "PRODUCER_BROKEN");

  Append(0, 1, "an ordinary one goes on ");
  std::unique_ptr<Producer> another;
  ASSERT_TRUE(testing::Await([&] {
    auto made = bus_->NewGaplessProducer();
    if (made.ok()) another = *std::move(made);
    return another != nullptr;
  }));
  ASSERT_TRUE(produce(*another, "and so does a new one").ok());
  ASSERT_TRUE(another->Flush(kPatience).ok());
  EXPECT_EQ(ReasonOf(produce(*gapless, "and no more")), "PRODUCER_BROKEN");
  EXPECT_THAT(ReadValues(*ReaderAt(0, 0), 3),
              ElementsAre("first", "an ordinary one goes on 0", "and so does a new one"));
  EXPECT_THAT(ReaderAt(0, bus_->Offsets(kTopic, 0)->end)->Read(1, kMoment)->records, IsEmpty());
}

TEST_P(BusContract, AReaderStartsAtTheGivenOffset) {
  Append(3, 50);
  EXPECT_EQ(ReadValues(*ReaderAt(3, 0), 50), Numbered(0, 50));
  EXPECT_EQ(ReadValues(*ReaderAt(3, 49), 1), Numbered(49, 50));
}

TEST_P(BusContract, AReaderGetsNoMoreThanItAsksFor) {
  Append(0, 50);
  auto reader = ReaderAt(0, 0);
  const auto batch = reader->Read(7, kPatience);
  ASSERT_TRUE(batch.ok());
  EXPECT_LE(batch->records.size(), 7u);
  const int got = static_cast<int>(batch->records.size());
  EXPECT_EQ(ReadValues(*reader, 50 - got), Numbered(got, 50));
}

TEST_P(BusContract, AReadBringsNoMoreBytesThanItMay) {
  constexpr int kMessages = 40;
  AppendLargest(0, kMessages);
  auto reader = ReaderAt(0, 0);
  int read = 0, read_by_another = 0;
  ASSERT_NO_FATAL_FAILURE(ExpectLargest(reader->Read(1'000, kPatience), read));
  // Meanwhile the first one fetches what it can.
  for (auto another = ReaderAt(0, 0); read_by_another < kMessages;) {
    ASSERT_NO_FATAL_FAILURE(ExpectLargest(another->Read(1'000, kPatience), read_by_another));
  }
  while (read < kMessages) {
    ASSERT_NO_FATAL_FAILURE(ExpectLargest(reader->Read(1'000, kPatience), read));
  }
}

TEST_P(BusContract, AnEmptyReadMeansTheEndHoweverShortTheWait) {
  Append(0, 5'000);
  auto reader = ReaderAt(0, 0);
  std::vector<std::string> values;
  while (true) {
    const auto batch = reader->Read(700, absl::ZeroDuration());
    ASSERT_TRUE(batch.ok()) << batch.status();
    if (batch->empty()) break;
    for (std::string& value : ValuesOf(*batch)) values.push_back(std::move(value));
  }
  EXPECT_EQ(values, Numbered(0, 5'000));
}

TEST_P(BusContract, AReaderOutsideTheLogIsRefused) {
  Append(0, 5);
  for (const int64_t offset : {int64_t{-1}, bus_->Offsets(kTopic, 0)->end + 1}) {
    EXPECT_EQ(bus_->NewReader(kTopic, 0, offset).status().code(), absl::StatusCode::kOutOfRange);
  }
}

TEST_P(BusContract, WhatIsDroppedIsNoLongerInTheLogAndTheRestStays) {
  Append(0, 10);
  ASSERT_TRUE(bus_->DropBefore(kTopic, 0, 7).ok());
  EXPECT_EQ(bus_->Offsets(kTopic, 0)->first, 7);
  EXPECT_EQ(bus_->Offsets(kTopic, 0)->end, 10);
  EXPECT_EQ(ReasonOf(bus_->NewReader(kTopic, 0, 6).status()), "OFFSET_OUTSIDE_LOG");
  auto reader = ReaderAt(0, 7);
  EXPECT_EQ(ReadValues(*reader, 3), Numbered(7, 10));
  Append(0, 1, "later-");
  EXPECT_THAT(ReadValues(*reader, 1), ElementsAre("later-0"));
  for (const int64_t offset : {6, 12}) {
    EXPECT_EQ(ReasonOf(bus_->DropBefore(kTopic, 0, offset)), "OFFSET_OUTSIDE_LOG") << offset;
  }
}

TEST_P(BusContract, AReaderAtTheEndWaitsForWhatComes) {
  Append(0, 5);
  auto reader = ReaderAt(0, bus_->Offsets(kTopic, 0)->end);
  EXPECT_THAT(reader->Read(10, kMoment)->records, IsEmpty());
  std::thread later([this] { Append(0, 1, "later-"); });
  EXPECT_THAT(ReadValues(*reader, 1), ElementsAre("later-0"));
  later.join();
}

TEST_P(BusContract, RecordsLiveAsLongAsTheirBatch) {
  Append(0, 20);
  RecordBatch kept;
  {
    auto reader = ReaderAt(0, 0);
    while (kept.empty()) kept = *reader->Read(20, kPatience);
  }
  for (size_t i = 0; i < kept.records.size(); ++i) {
    EXPECT_EQ(kept.records[i].value, absl::StrCat(i));
  }
}

TEST_P(BusContract, WhatWasAcknowledgedIsThereAfterARestart) {
  if (!deployment_->outlives_bus()) GTEST_SKIP() << "nothing outlives this bus";
  Append(0, 1'000);
  const std::string log_id = bus_->Describe(kTopic)->log_id;
  const OffsetRange before = *bus_->Offsets(kTopic, 0);
  bus_.reset();
  bus_ = deployment_->Open();
  EXPECT_EQ(bus_->Describe(kTopic)->log_id, log_id);
  EXPECT_EQ(bus_->Offsets(kTopic, 0)->end, before.end);
  EXPECT_EQ(ReasonOf(bus_->EnsureTopic({kTopic, kPartitions * 2})), "PARTITION_COUNT_DIFFERS");
  Append(0, 10, "after-");
  auto reader = ReaderAt(0, 0);
  EXPECT_EQ(ReadValues(*reader, 1'000), Numbered(0, 1'000));
  EXPECT_EQ(ReadValues(*reader, 10), Numbered(0, 10, "after-"));
}

TEST_P(BusContract, LogsMadeSeparatelyHaveSeparateIds) {
  const auto other = GetParam().make_deployment();
  auto other_bus = other->Open();
  ASSERT_TRUE(other_bus->EnsureTopic({kTopic, kPartitions}).ok());
  EXPECT_NE(other_bus->Describe(kTopic)->log_id, bus_->Describe(kTopic)->log_id);
}

}  // namespace bellwether::bus
