// The settings of each kind of client, and the trouble that each is for: what librdkafka made of
// our settings, asked of the client itself.
#include <librdkafka/rdkafka.h>

#include <cstddef>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/bus/kafka_client.h"
#include "common/bus/kafka_consumer.h"
#include "common/bus/kafka_reader.h"
#include "common/bus/kafka_sender.h"
#include "common/bus/kafka_topics.h"
#include "common/bus/kafka_url.h"
#include "common/log/log.h"
#include "gtest/gtest.h"

namespace bellwether::bus::kafka_settings_test {
namespace {

struct ExpectedSetting {
  const char* name;
  const char* value;
  const char* why;
};

constexpr ExpectedSetting kEverywhere[] = {
    {"socket.nagle.disable", "true", "Nagle is on by default: small requests would wait"},
    {"socket.keepalive.enable", "true", "a connection that died silently is noticed"},
    {"reconnect.backoff.max.ms", "1000", "a restarted broker is found within a second"},
    {"allow.auto.create.topics", "false", "a misspelt topic is an error, not a new topic"},
    {"log.connection.close", "false", "brokers close idle connections"},
    {"client.id", "bellwether", "brokers' logs and quotas name it"},
};

constexpr ExpectedSetting kProducers[] = {
    {"enable.idempotence", "true", "a retry after a lost answer writes nothing twice"},
    {"acks", "-1", "acknowledged is what every replica in sync has"},
    {"compression.codec", "lz4", "what docs/kafka.md promises"},
    {"linger.ms", "5", "a request costs the broker as much as many records"},
    {"batch.size", "1000000", "under load batches fill"},
    {"message.max.bytes", "2097152", "a message of ours at its limit, with framing"},
    {"queue.buffering.max.messages", "0", "the limit is KafkaInFlight's, per producer"},
    {"queue.buffering.max.kbytes", "2147483647", "the limit is KafkaInFlight's, per producer"},
};

constexpr ExpectedSetting kOrdinary[] = {
    {"enable.gapless.guarantee", "false", "one refused message does not stop the others"},
    {"message.timeout.ms", "300000", "short, it turns the idempotent producer fatal before 2.3"},
};

constexpr ExpectedSetting kGapless[] = {
    {"enable.gapless.guarantee", "true", "nothing follows a failed delivery (ADR 0003)"},
    {"message.timeout.ms", "0", "the guarantee does not cover timeouts"},
};

constexpr ExpectedSetting kReadingNoneOfKafkasOffsets[] = {
    {"auto.offset.reset", "error", "an offset outside the log is never read on from"},
    {"enable.auto.commit", "false", "the offsets row is the truth"},
    {"enable.auto.offset.store", "false", "the offsets row is the truth"},
};

constexpr ExpectedSetting kMembers[] = {
    {"group.id", "a.group", "the deployment's prefix stands before groups, too"},
    {"partition.assignment.strategy", "range", "cooperative-sticky loops for ever before 2.6.1"},
    {"session.timeout.ms", "10000", "what docs/kafka.md promises"},
    {"heartbeat.interval.ms", "1000", "a rebalance is noticed within a second"},
    {"socket.timeout.ms", "10000", "joining again waits for a commit that was never sent"},
    {"max.poll.interval.ms", "600000", "a rebalance loads state within a poll"},
    {"enable.partition.eof", "false", "the end of a partition is no message"},
    {"fetch.wait.max.ms", "100", "a seek waits for the last fetch to come back"},
    {"queued.min.messages", "1000000", "a full prefetch stops for a second before 2.2"},
    {"queued.max.messages.kbytes", "131072", "what that prefetch may cost"},
    {"fetch.message.max.bytes", "2097152", "a message of ours at its limit, with framing"},
};

constexpr ExpectedSetting kReaders[] = {
    {"enable.partition.eof", "true", "shows where the log ends"},
    {"fetch.wait.max.ms", "20", "a client that is used again waits for its last question"},
    {"queued.max.messages.kbytes", "16384", "most readers live for one query"},
};

class KafkaSettingsTest : public ::testing::Test {
 protected:
  static void ExpectSettings(rd_kafka_t* client, absl::Span<const ExpectedSetting> table) {
    for (const ExpectedSetting& setting : table) {
      char value[512] = "";
      size_t size = sizeof value;
      EXPECT_EQ(rd_kafka_conf_get(rd_kafka_conf(client), setting.name, value, &size),
                RD_KAFKA_CONF_OK)
          << setting.name;
      EXPECT_EQ(absl::string_view(value), setting.value) << setting.name << ": " << setting.why;
    }
  }

  const LogCapture quiet_{[](absl::string_view) {}};  // no broker is there
  const KafkaSettings settings_ = *ParseKafkaUrl("kafka://127.0.0.1:1?topic.prefix=a.");
};

TEST_F(KafkaSettingsTest, OfOrdinaryProducers) {
  const auto sender = *KafkaSender::Open(settings_, /*gapless=*/false, {});
  ExpectSettings(sender->client(), kEverywhere);
  ExpectSettings(sender->client(), kProducers);
  ExpectSettings(sender->client(), kOrdinary);
}

TEST_F(KafkaSettingsTest, OfProducersWithoutGaps) {
  const auto sender = *KafkaSender::Open(settings_, /*gapless=*/true, {});
  ExpectSettings(sender->client(), kEverywhere);
  ExpectSettings(sender->client(), kProducers);
  ExpectSettings(sender->client(), kGapless);
}

TEST_F(KafkaSettingsTest, OfGroupMembers) {
  const auto topics = *KafkaTopics::Open(settings_);
  const KafkaTopic topic{"topic.v1", "a.topic.v1", 1};
  const auto consumer = *KafkaConsumer::Open(settings_, *topics, topic, {"group", topic.name});
  ExpectSettings(consumer->client(), kEverywhere);
  ExpectSettings(consumer->client(), kReadingNoneOfKafkasOffsets);
  ExpectSettings(consumer->client(), kMembers);
}

TEST_F(KafkaSettingsTest, OfReaders) {
  KafkaReaderClients clients(settings_);
  const auto client = *clients.Take();
  ExpectSettings(client->get(), kEverywhere);
  ExpectSettings(client->get(), kReadingNoneOfKafkasOffsets);
  ExpectSettings(client->get(), kReaders);
}

}  // namespace
}  // namespace bellwether::bus::kafka_settings_test
