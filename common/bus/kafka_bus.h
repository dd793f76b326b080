// The bus on Apache Kafka.
#ifndef BELLWETHER_COMMON_BUS_KAFKA_BUS_H_
#define BELLWETHER_COMMON_BUS_KAFKA_BUS_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/bus/bus.h"
#include "common/bus/kafka_producer.h"
#include "common/bus/kafka_reader.h"
#include "common/bus/kafka_topics.h"
#include "common/bus/kafka_url.h"

namespace bellwether::bus {

// Does not wait for a broker to be there: while none is, questions are UNAVAILABLE, messages wait
// for their timeout, and members for their group. Its producers share two senders (ordinary ones,
// and those without gaps): after a failure of one producer without gaps all of them are made anew.
class KafkaBus final : public Bus {
 public:
  // `url` as ParseKafkaUrl takes it. INVALID_ARGUMENT / KAFKA_URL.
  static absl::StatusOr<std::unique_ptr<KafkaBus>> Open(absl::string_view url);
  static absl::StatusOr<std::unique_ptr<KafkaBus>> Open(KafkaSettings settings);
  // Waits a little for messages under way and for the end of group members; those that have not
  // ended in time are left to themselves.
  ~KafkaBus() override;

  absl::Status Ping() override { return topics_->Ping(); }
  absl::Status EnsureTopic(const TopicOptions& options) override {
    return topics_->Ensure(options);
  }
  absl::StatusOr<TopicDescription> Describe(absl::string_view topic) override {
    return topics_->Describe(topic);
  }
  absl::StatusOr<OffsetRange> Offsets(absl::string_view topic, int32_t partition) override {
    return topics_->Offsets(topic, partition);
  }
  absl::StatusOr<std::vector<int64_t>> Ends(absl::string_view topic) override {
    return topics_->Ends(topic);
  }
  absl::Status DropBefore(absl::string_view topic, int32_t partition, int64_t offset) override {
    return topics_->DropBefore(topic, partition, offset);
  }
  absl::StatusOr<std::unique_ptr<Producer>> NewProducer() override;
  absl::StatusOr<std::unique_ptr<Producer>> NewGaplessProducer() override;
  absl::StatusOr<std::unique_ptr<Consumer>> NewConsumer(const ConsumerOptions& options) override;
  absl::StatusOr<std::unique_ptr<Reader>> NewReader(absl::string_view topic, int32_t partition,
                                                    int64_t offset) override;

  // What producers stand on now. For tests of its failures.
  KafkaSenders& ordinary_senders() { return ordinary_; }
  KafkaSenders& gapless_senders() { return gapless_; }

 private:
  KafkaBus(KafkaSettings settings, std::unique_ptr<KafkaTopics> topics);

  const KafkaSettings settings_;
  const std::unique_ptr<KafkaTopics> topics_;
  KafkaReaderClients reader_clients_;
  KafkaSenders ordinary_;
  KafkaSenders gapless_;
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_KAFKA_BUS_H_
