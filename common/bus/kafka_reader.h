// Reading one partition of a Kafka topic, outside any group.
#ifndef BELLWETHER_COMMON_BUS_KAFKA_READER_H_
#define BELLWETHER_COMMON_BUS_KAFKA_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "common/bus/kafka_client.h"
#include "common/bus/kafka_topics.h"
#include "common/bus/kafka_url.h"

namespace bellwether::bus {

// Clients for readers. Most readers live for one query, and a new client takes milliseconds and
// several threads, so clients are used again. Thread-safe.
class KafkaReaderClients {
 public:
  static constexpr size_t kIdleMax = 8;

  explicit KafkaReaderClients(const KafkaSettings& settings) : settings_(settings) {}

  absl::StatusOr<std::unique_ptr<KafkaClient>> Take() ABSL_LOCKS_EXCLUDED(mu_);
  void GiveBack(std::unique_ptr<KafkaClient> client) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  const KafkaSettings& settings_;
  absl::Mutex mu_;
  std::vector<std::unique_ptr<KafkaClient>> idle_ ABSL_GUARDED_BY(mu_);
};

// Has its client for itself while it lives.
class KafkaReader final : public Reader {
 public:
  static absl::StatusOr<std::unique_ptr<KafkaReader>> Open(KafkaReaderClients& clients,
                                                           KafkaTopics& topics,
                                                           const KafkaTopic& topic,
                                                           int32_t partition, int64_t offset);
  ~KafkaReader() override;

  absl::StatusOr<RecordBatch> Read(size_t records_max, absl::Duration max_wait) override;

 private:
  KafkaReader(KafkaReaderClients& clients, KafkaTopics& topics, const KafkaTopic& topic,
              int32_t partition, int64_t offset)
      : clients_(clients), topics_(topics), topic_(topic), partition_(partition), next_(offset) {}

  absl::Status Start();
  std::string Doing() const;

  KafkaReaderClients& clients_;
  KafkaTopics& topics_;
  const KafkaTopic& topic_;
  const int32_t partition_;
  int64_t next_;  // the fetcher is here: every record before has been returned, or was never one
  std::unique_ptr<KafkaClient> client_;
  KafkaOwned<rd_kafka_topic_t> handle_;
  KafkaOwned<rd_kafka_queue_t> queue_;
  bool started_ = false;
  absl::Status failure_;  // returned once all records before it were
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_KAFKA_READER_H_
