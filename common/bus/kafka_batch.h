// Messages as librdkafka hands them over, as records: no copy of their bytes.
#ifndef BELLWETHER_COMMON_BUS_KAFKA_BATCH_H_
#define BELLWETHER_COMMON_BUS_KAFKA_BATCH_H_

#include <memory>
#include <utility>
#include <vector>

#include "common/bus/bus.h"
#include "common/bus/kafka_client.h"

namespace bellwether::bus {

using KafkaMessage = KafkaOwned<rd_kafka_message_t>;

// Gathers messages for one RecordBatch, which keeps them, and with them their client, alive.
class KafkaBatchBuilder {
 public:
  explicit KafkaBatchBuilder(std::shared_ptr<KafkaClient> client);

  bool empty() const { return records_.empty(); }
  size_t size() const { return records_.size(); }
  void Add(KafkaMessage message);
  void Clear();
  // Leaves the builder empty.
  RecordBatch Take();

 private:
  struct Storage {
    // Messages point into their client, so they go first.
    std::shared_ptr<KafkaClient> client;
    std::vector<KafkaMessage> messages;
    std::vector<HeaderView> headers;
  };

  const std::shared_ptr<KafkaClient> client_;
  std::shared_ptr<Storage> storage_;
  std::vector<Record> records_;
  std::vector<size_t> headers_end_;  // of each record, in storage_->headers, which still grows
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_KAFKA_BATCH_H_
