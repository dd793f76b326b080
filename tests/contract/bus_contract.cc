#include "tests/contract/bus_contract.h"

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/base/status.h"
#include "gmock/gmock.h"

namespace bellwether::bus {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

namespace {

// Far longer than any wait of a sound implementation.
constexpr absl::Duration kPatience = absl::Seconds(30);
// A wait that is meant to pass without anything coming.
constexpr absl::Duration kMoment = absl::Milliseconds(20);

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

std::vector<std::string> Numbered(int from, int to, const std::string& prefix = "") {
  std::vector<std::string> values;
  for (int i = from; i < to; ++i) values.push_back(absl::StrCat(prefix, i));
  return values;
}

// Starts partitions at the offsets given, 0 where none is, and writes down what happens.
class Diary final : public RebalanceListener {
 public:
  absl::StatusOr<int64_t> OnAssigned(int32_t partition) override {
    events.push_back(absl::StrCat("+", partition));
    if (!failure.ok() && partition == failing_partition) return failure;
    return next.at(partition);
  }
  void OnRevoked(int32_t partition) override { events.push_back(absl::StrCat("-", partition)); }
  void OnLost(int32_t partition) override { events.push_back(absl::StrCat("!", partition)); }

  std::vector<int64_t> next = std::vector<int64_t>(16, 0);
  std::vector<std::string> events;
  absl::Status failure;
  int32_t failing_partition = 0;
};

std::vector<std::string> PollValues(Consumer& consumer, size_t count) {
  std::vector<std::string> values;
  while (values.size() < count) {
    const auto batch = consumer.Poll(count - values.size(), kPatience);
    if (!batch.ok() || batch->empty()) {
      ADD_FAILURE() << "after " << values.size() << " records: " << batch.status();
      return values;
    }
    for (std::string& value : ValuesOf(*batch)) values.push_back(std::move(value));
  }
  return values;
}

}  // namespace

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

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BusContract);

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

TEST_P(BusContract, AReaderStartsWhereItIsTold) {
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

TEST_P(BusContract, AReaderOutsideTheLogIsRefused) {
  Append(0, 5);
  for (const int64_t offset : {int64_t{-1}, bus_->Offsets(kTopic, 0)->end + 1}) {
    EXPECT_EQ(bus_->NewReader(kTopic, 0, offset).status().code(), absl::StatusCode::kOutOfRange);
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

TEST_P(BusContract, AConsumerAloneReadsEveryPartition) {
  for (int32_t p = 0; p < kPartitions; ++p) Append(p, 2, absl::StrCat("p", p, "-"));
  Diary diary;
  diary.next[1] = 1;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &diary});
  EXPECT_THAT(PollValues(*consumer, 7),
              UnorderedElementsAre("p0-0", "p0-1", "p1-1", "p2-0", "p2-1", "p3-0", "p3-1"));
  EXPECT_THAT(diary.events, ElementsAre("+0", "+1", "+2", "+3"));
  EXPECT_THAT(consumer->Poll(10, kMoment)->records, IsEmpty());
  consumer->Close();
  EXPECT_THAT(diary.events, ElementsAre("+0", "+1", "+2", "+3", "-0", "-1", "-2", "-3"));
}

TEST_P(BusContract, AConsumerWakesForWhatComes) {
  Diary diary;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &diary});
  EXPECT_THAT(consumer->Poll(10, kMoment)->records, IsEmpty());
  std::thread later([this] { Append(2, 1, "later-"); });
  EXPECT_THAT(PollValues(*consumer, 1), ElementsAre("later-0"));
  later.join();
  consumer->Close();
}

TEST_P(BusContract, ABusyPartitionDoesNotStarveTheOthers) {
  Append(0, 1'000, "busy-");
  Append(3, 1, "quiet-");
  Diary diary;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &diary});
  bool seen = false;
  for (int turn = 0; turn < 2 * kPartitions && !seen; ++turn) {
    for (const std::string& value : PollValues(*consumer, 10)) seen |= value == "quiet-0";
  }
  EXPECT_TRUE(seen);
  consumer->Close();
}

TEST_P(BusContract, APartitionWhoseAssignmentFailsStaysUnreadUntilSeek) {
  Append(0, 3);
  Append(1, 1, "other-");
  Diary diary;
  diary.failure = absl::DataLossError("state of another log");
  diary.failing_partition = 0;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &diary});
  EXPECT_EQ(consumer->Poll(10, kPatience).status(), diary.failure);
  EXPECT_THAT(PollValues(*consumer, 1), ElementsAre("other-0"));
  EXPECT_THAT(consumer->Poll(10, kMoment)->records, IsEmpty());
  ASSERT_TRUE(consumer->Seek(0, 1).ok());
  EXPECT_EQ(PollValues(*consumer, 2), Numbered(1, 3));
  consumer->Close();
  EXPECT_EQ(diary.events.size(), 2u * kPartitions) << "revoked although never read";
}

TEST_P(BusContract, AnOffsetOutsideTheLogIsNeverReadOnFrom) {
  Append(2, 3);
  Diary diary;
  diary.next[2] = 4;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &diary});
  EXPECT_EQ(consumer->Poll(10, kPatience).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(consumer->Seek(2, 4).code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(consumer->Poll(10, kMoment)->records, IsEmpty());
  consumer->Close();
}

TEST_P(BusContract, APausedPartitionKeepsItsPlace) {
  Append(0, 4);
  Diary diary;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &diary});
  EXPECT_EQ(PollValues(*consumer, 2), Numbered(0, 2));
  ASSERT_TRUE(consumer->Pause(0).ok());
  Append(1, 1, "other-");
  EXPECT_THAT(PollValues(*consumer, 1), ElementsAre("other-0"));
  EXPECT_THAT(consumer->Poll(10, kMoment)->records, IsEmpty());
  ASSERT_TRUE(consumer->Resume(0).ok());
  EXPECT_EQ(PollValues(*consumer, 2), Numbered(2, 4));
  ASSERT_TRUE(consumer->Resume(0).ok());
  EXPECT_THAT(consumer->Poll(10, kMoment)->records, IsEmpty()) << "a needless Resume moves nothing";
  consumer->Close();
}

TEST_P(BusContract, SeekGoesBackAndForth) {
  Append(0, 5);
  Diary diary;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &diary});
  EXPECT_EQ(PollValues(*consumer, 5), Numbered(0, 5));
  ASSERT_TRUE(consumer->Seek(0, 1).ok());
  EXPECT_EQ(PollValues(*consumer, 2), Numbered(1, 3));
  ASSERT_TRUE(consumer->Seek(0, 4).ok());
  EXPECT_EQ(PollValues(*consumer, 1), Numbered(4, 5));
  consumer->Close();
}

TEST_P(BusContract, OnlyAssignedPartitionsCanBeSteered) {
  Diary diary;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &diary});
  EXPECT_EQ(ReasonOf(consumer->Pause(0)), "NOT_ASSIGNED") << "before the first Poll";
  EXPECT_THAT(consumer->Poll(1, kMoment)->records, IsEmpty());
  EXPECT_TRUE(consumer->Pause(0).ok());
  for (const int32_t partition : {-1, kPartitions}) {
    EXPECT_EQ(ReasonOf(consumer->Pause(partition)), "NOT_ASSIGNED");
    EXPECT_EQ(ReasonOf(consumer->Resume(partition)), "NOT_ASSIGNED");
    EXPECT_EQ(ReasonOf(consumer->Seek(partition, 0)), "NOT_ASSIGNED");
  }
  consumer->Close();
}

// A new member takes over at the offset the old one left in OnRevoked: nothing twice, nothing lost.
TEST_P(BusContract, APartitionIsRevokedBeforeAnotherMemberGetsIt) {
  for (int32_t p = 0; p < kPartitions; ++p) Append(p, 10, absl::StrCat("p", p, "-"));
  Diary first_diary, second_diary;
  auto first = *bus_->NewConsumer({"group", kTopic, &first_diary});
  std::vector<std::string> read;
  std::vector<int64_t> next(kPartitions, 0);
  const auto take = [&](Consumer& consumer) {
    const auto batch = consumer.Poll(5, kMoment);
    ASSERT_TRUE(batch.ok());
    for (const Record& record : batch->records) {
      read.emplace_back(record.value);
      next[record.partition] = record.offset + 1;
    }
    first_diary.next = second_diary.next = next;
  };
  while (read.size() < 10) take(*first);
  auto second = *bus_->NewConsumer({"group", kTopic, &second_diary});
  const absl::Time deadline = absl::Now() + kPatience;
  while (read.size() < 40 && absl::Now() < deadline) {
    take(*second);
    if (!second_diary.events.empty()) {
      EXPECT_THAT(first_diary.events, ::testing::IsSupersetOf({"-2", "-3"}));
    }
    take(*first);
  }
  std::vector<std::string> all;
  for (int32_t p = 0; p < kPartitions; ++p) {
    for (std::string& value : Numbered(0, 10, absl::StrCat("p", p, "-"))) all.push_back(value);
  }
  EXPECT_THAT(read, ::testing::UnorderedElementsAreArray(all));
  EXPECT_THAT(second_diary.events, UnorderedElementsAre("+2", "+3"));
  first->Close();
  const absl::Time until = absl::Now() + kPatience;
  while (second_diary.events.size() < 4 && absl::Now() < until) take(*second);
  EXPECT_THAT(second_diary.events, UnorderedElementsAre("+2", "+3", "+0", "+1"));
  EXPECT_EQ(read.size(), 40u);
  second->Close();
}

TEST_P(BusContract, GroupsReadIndependently) {
  Append(0, 3);
  Diary one_diary, other_diary;
  auto one = *bus_->NewConsumer({"one", kTopic, &one_diary});
  auto other = *bus_->NewConsumer({"other", kTopic, &other_diary});
  EXPECT_EQ(PollValues(*one, 3), Numbered(0, 3));
  EXPECT_EQ(PollValues(*other, 3), Numbered(0, 3));
  one->Close();
  other->Close();
}

TEST_P(BusContract, AClosedConsumerStaysClosed) {
  Diary diary;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &diary});
  EXPECT_THAT(consumer->Poll(1, kMoment)->records, IsEmpty());
  consumer->Close();
  const size_t events = diary.events.size();
  consumer->Close();
  EXPECT_EQ(diary.events.size(), events);
  EXPECT_EQ(ReasonOf(consumer->Poll(1, kMoment).status()), "CONSUMER_CLOSED");
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
