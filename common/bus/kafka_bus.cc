#include "common/bus/kafka_bus.h"

#include <utility>

#include "common/base/status.h"
#include "common/bus/kafka_client.h"
#include "common/bus/kafka_client_closer.h"
#include "common/bus/kafka_consumer.h"
#include "common/log/log.h"

namespace bellwether::bus {

KafkaBus::KafkaBus(KafkaSettings settings, std::unique_ptr<KafkaTopics> topics)
    : settings_(std::move(settings)),
      topics_(std::move(topics)),
      reader_clients_(settings_),
      ordinary_(settings_, *topics_, /*gapless=*/false),
      gapless_(settings_, *topics_, /*gapless=*/true) {}

absl::StatusOr<std::unique_ptr<KafkaBus>> KafkaBus::Open(absl::string_view url) {
  ASSIGN_OR_RETURN(KafkaSettings settings, ParseKafkaUrl(url));
  return Open(std::move(settings));
}

absl::StatusOr<std::unique_ptr<KafkaBus>> KafkaBus::Open(KafkaSettings settings) {
  // All at once, and not when the first producer is made.
  RETURN_IF_ERROR(KafkaClient::Check(settings, KafkaClient::Kind::kProducer));
  RETURN_IF_ERROR(KafkaClient::Check(settings, KafkaClient::Kind::kMember));
  ASSIGN_OR_RETURN(std::unique_ptr<KafkaTopics> topics, KafkaTopics::Open(settings));
  return std::unique_ptr<KafkaBus>(new KafkaBus(std::move(settings), std::move(topics)));
}

KafkaBus::~KafkaBus() {
  if (!KafkaClientCloser::Instance().AwaitEmpty(KafkaClientCloser::kEndMax)) {
    LogWarning("kafka group members have not ended; they are left behind");
  }
}

absl::StatusOr<std::unique_ptr<Producer>> KafkaBus::NewProducer() {
  // Made ready now, so that the first message finds its way at once.
  RETURN_IF_ERROR(ordinary_.AwaitOne().status());
  return std::make_unique<KafkaProducer>(*topics_, ordinary_, nullptr);
}

absl::StatusOr<std::unique_ptr<Producer>> KafkaBus::NewGaplessProducer() {
  ASSIGN_OR_RETURN(std::shared_ptr<KafkaSender> sender, gapless_.AwaitOne());
  return std::make_unique<KafkaProducer>(*topics_, gapless_, std::move(sender));
}

absl::StatusOr<std::unique_ptr<Consumer>> KafkaBus::NewConsumer(const ConsumerOptions& options) {
  ASSIGN_OR_RETURN(const KafkaTopic* topic, topics_->Find(options.topic));
  return KafkaConsumer::Open(settings_, *topics_, *topic, options);
}

absl::StatusOr<std::unique_ptr<Reader>> KafkaBus::NewReader(absl::string_view topic,
                                                            int32_t partition, int64_t offset) {
  ASSIGN_OR_RETURN(const KafkaTopic* found, topics_->Find(topic, partition));
  return KafkaReader::Open(reader_clients_, *topics_, *found, partition, offset);
}

}  // namespace bellwether::bus
