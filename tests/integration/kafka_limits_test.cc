// How much of a topic that outsiders write to a member of a group holds at a time.
#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/ids.h"
#include "common/bus/kafka_batch.h"
#include "common/bus/kafka_bus.h"
#include "common/testing/await.h"
#include "gtest/gtest.h"
#include "tests/support/shared_kafka.h"

namespace bellwether::bus::kafka_limits_test {
namespace {

constexpr char kTopic[] = "topic.v1";
constexpr absl::Duration kPatience = absl::Seconds(60);

class FromTheStart final : public RebalanceListener {
 public:
  absl::StatusOr<int64_t> OnAssigned(int32_t) override { return 0; }
  void OnRevoked(int32_t) override {}
  void OnLost(int32_t) override {}
};

// Of the largest size, half of which is a header.
Message LargeMessage(int number) {
  Message message{
      absl::StrFormat("%03d", number), {{"h", std::string(kMessageBytesMax / 2, 'h')}}, ""};
  message.value.resize(kMessageBytesMax - SizeOf(message), 'v');
  return message;
}

class KafkaLimitsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto bus = KafkaBus::Open(testing::SharedKafka().Url(absl::StrCat("topic.prefix=", prefix_)));
    ASSERT_TRUE(bus.ok()) << bus.status();
    bus_ = *std::move(bus);
    ASSERT_TRUE(bus_->EnsureTopic({kTopic, 1}).ok());
  }

  const std::string prefix_ = absl::StrCat(NewUuid(), ".");
  std::unique_ptr<KafkaBus> bus_;
};

TEST_F(KafkaLimitsTest, NoMoreBytesThanItMayAreKeptAsideOfAPausedPartition) {
  auto producer = *bus_->NewProducer();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(producer->Produce(kTopic, 0, LargeMessage(i), nullptr).ok());
  }
  ASSERT_TRUE(producer->Flush(kPatience).ok());
  auto client = KafkaClient::Open(*ParseKafkaUrl(testing::SharedKafka().Url()),
                                  {.kind = KafkaClient::Kind::kMember,
                                   .properties = {{"group.id", absl::StrCat(prefix_, "group")}}});
  ASSERT_TRUE(client.ok());
  rd_kafka_t* const raw = (*client)->get();
  rd_kafka_poll_set_consumer(raw);
  const KafkaPartitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), absl::StrCat(prefix_, kTopic).c_str(), 0)->offset =
      0;
  ASSERT_EQ(rd_kafka_assign(raw, list.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
  {
    KafkaAside aside;
    for (int i = 0; i < 4; ++i) {
      EXPECT_FALSE(aside.full()) << i;
      KafkaMessage message(rd_kafka_consumer_poll(raw, 10'000));
      ASSERT_TRUE(message != nullptr && message->err == RD_KAFKA_RESP_ERR_NO_ERROR);
      aside.Push(std::move(message));
    }
    EXPECT_TRUE(aside.full()) << "headers count as values do";
    EXPECT_EQ(aside.Pop()->offset, 0);
    EXPECT_FALSE(aside.full());
    aside.Clear();
    EXPECT_TRUE(aside.empty());
  }
  rd_kafka_assign(raw, nullptr);
}

// And those that found no room are fetched again.
TEST_F(KafkaLimitsTest, APausedPartitionOfLargeMessagesKeepsItsPlace) {
  constexpr int kMessages = 12;
  FromTheStart listener;
  auto producer = *bus_->NewProducer();
  auto consumer = *bus_->NewConsumer({"group", kTopic, &listener});
  ASSERT_TRUE(testing::Await([&] {
    EXPECT_TRUE(consumer->Poll(1, absl::Milliseconds(50)).ok());
    return consumer->Joined();
  }));
  ASSERT_TRUE(consumer->Pause(0).ok());
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_TRUE(producer->Produce(kTopic, 0, LargeMessage(i), nullptr).ok());
    ASSERT_TRUE(producer->Flush(kPatience).ok());
    const auto batch = consumer->Poll(1'000, absl::Milliseconds(50));
    ASSERT_TRUE(batch.ok() && batch->empty());
  }
  ASSERT_TRUE(consumer->Resume(0).ok());
  int read = 0;
  while (read < kMessages) {
    const auto batch = consumer->Poll(1'000, kPatience);
    ASSERT_TRUE(batch.ok()) << batch.status();
    ASSERT_FALSE(batch->empty());
    for (const Record& record : batch->records) {
      EXPECT_EQ(record.key, absl::StrFormat("%03d", read++));
    }
  }
}

}  // namespace
}  // namespace bellwether::bus::kafka_limits_test
