// A member of a Kafka consumer group.
#ifndef BELLWETHER_COMMON_BUS_KAFKA_CONSUMER_H_
#define BELLWETHER_COMMON_BUS_KAFKA_CONSUMER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "common/bus/kafka_batch.h"
#include "common/bus/kafka_client.h"
#include "common/bus/kafka_topics.h"
#include "common/bus/kafka_url.h"

namespace bellwether::bus {

// Classic protocol, range assignor, eager: a rebalance revokes everything and assigns anew, often
// the same. (`cooperative-sticky` loops and crashes before librdkafka 2.6.) Positions come from the
// listener only, and every fetch begins at an explicit offset.
//
// That a callback comes for every lost partition is not to be relied on (2.0 can miss one when
// max.poll.interval.ms passes in a rebalance): a reader that acts on records compares and sets a
// row of its own. No queue of the client is polled by any thread but the consumer's, or that poll
// would count as this one's progress.
class KafkaConsumer final : public Consumer {
 public:
  static absl::StatusOr<std::unique_ptr<KafkaConsumer>> Open(const KafkaSettings& settings,
                                                             KafkaTopics& topics,
                                                             const KafkaTopic& topic,
                                                             const ConsumerOptions& options);
  // Without Close it leaves the group without a word to the listener.
  ~KafkaConsumer() override;

  absl::StatusOr<RecordBatch> Poll(size_t records_max, absl::Duration max_wait) override;
  absl::Status Pause(int32_t partition) override;
  absl::Status Resume(int32_t partition) override;
  absl::Status Seek(int32_t partition, int64_t offset) override;
  void ReportCommitted(int32_t partition, int64_t next_offset) override;
  bool Joined() const override { return joined_; }
  void Close() override;

  // For tests of its settings; not to be polled.
  rd_kafka_t* client() const { return client_->get(); }

 private:
  // A paused partition is not stopped at once: librdkafka would throw away what it has fetched, and
  // most pauses are over in milliseconds. What still comes is kept aside until that is full.
  struct Assigned {
    int64_t next = 0;      // of the next record from the broker
    bool reads = false;    // false: left unread until Seek
    bool paused = false;   // by our caller
    bool stopped = false;  // and at the client, too
    KafkaAside aside;      // came while paused; `next` is behind them
  };

  KafkaConsumer(KafkaTopics& topics, const KafkaTopic& topic, const ConsumerOptions& options)
      : topics_(topics), topic_(topic), listener_(options.listener) {}

  static void OnRebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                          rd_kafka_topic_partition_list_t* partitions, void* opaque);
  static void OnCommitted(rd_kafka_t* client, rd_kafka_resp_err_t error,
                          rd_kafka_topic_partition_list_t* offsets, void* opaque);

  void TakeOver(std::vector<int32_t> partitions);
  void GiveUp(bool lost);
  absl::Status Start(int32_t partition);
  // Assigns the client all partitions to read, with their start offsets, anew.
  void AssignAll();
  // Lets the client read on at `next`.
  void StartAt(int32_t partition, Assigned& assigned);
  void Stop(int32_t partition, Assigned& assigned);
  void TakeAside(size_t records_max, KafkaBatchBuilder& batch);
  // Returns what went wrong with the partition or the group.
  absl::Status Take(KafkaMessage message, KafkaBatchBuilder& batch);
  absl::StatusOr<Assigned*> Find(int32_t partition);
  KafkaPartitions ListOf(int32_t partition, int64_t offset) const;
  // Commits what is to be reported, all at once.
  void Report();
  void Leave();

  KafkaTopics& topics_;
  const KafkaTopic& topic_;
  RebalanceListener* const listener_;
  std::unique_ptr<KafkaClient> client_;  // null once closed
  KafkaOwned<rd_kafka_topic_t> handle_;
  absl::btree_map<int32_t, Assigned> assigned_;
  absl::btree_map<int32_t, int64_t> to_report_;  // next offsets by partition
  KafkaDeadline report_at_{absl::ZeroDuration()};
  bool joined_ = false;
  bool leaving_ = false;     // nothing is taken over any more
  bool rebalanced_ = false;  // during this poll
  absl::Status failure_;     // of the rebalance, or met after records: for the next Poll
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_KAFKA_CONSUMER_H_
