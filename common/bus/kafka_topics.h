// The topics of a Kafka cluster: made, described, and asked for their offsets.
#ifndef BELLWETHER_COMMON_BUS_KAFKA_TOPICS_H_
#define BELLWETHER_COMMON_BUS_KAFKA_TOPICS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/bus/bus.h"
#include "common/bus/kafka_client.h"
#include "common/bus/kafka_url.h"

namespace bellwether::bus {

struct KafkaTopic {
  std::string name;       // as the port names it
  std::string full_name;  // with the deployment's prefix, as Kafka knows it
  int32_t partitions = 0;
};

// Kafka's own topic ids are out of reach of librdkafka 2.0, so EnsureTopic gives each topic it
// makes a birth mark: a random number as its `min.compaction.lag.ms`, which means nothing to a
// topic that is not compacted, and lives and dies with it (docs/adr/0006). With the cluster's id it
// is the log's identity.
//
// Thread-safe. Has a client of its own.
class KafkaTopics {
 public:
  static absl::StatusOr<std::unique_ptr<KafkaTopics>> Open(const KafkaSettings& settings);

  // Whether any broker answers.
  absl::Status Ping() ABSL_LOCKS_EXCLUDED(mu_);
  // As Bus::EnsureTopic; FAILED_PRECONDITION / TOPIC_COMPACTED also for a topic that is there and
  // keeps only the last record of a key.
  absl::Status Ensure(const TopicOptions& options) ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<TopicDescription> Describe(absl::string_view topic) ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<OffsetRange> Offsets(absl::string_view topic, int32_t partition)
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::vector<int64_t>> Ends(absl::string_view topic) ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status DropBefore(absl::string_view topic, int32_t partition, int64_t offset)
      ABSL_LOCKS_EXCLUDED(mu_);

  // Asks the cluster only when the topic has not been seen; what is returned lives as long as this.
  // NOT_FOUND / UNKNOWN_TOPIC, INVALID_ARGUMENT / PARTITION_OUT_OF_RANGE.
  absl::StatusOr<const KafkaTopic*> Find(absl::string_view topic) ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<const KafkaTopic*> Find(absl::string_view topic, int32_t partition)
      ABSL_LOCKS_EXCLUDED(mu_);
  // OUT_OF_RANGE / OFFSET_OUTSIDE_LOG.
  absl::Status CheckOffset(const KafkaTopic& topic, int32_t partition, int64_t offset);
  std::vector<const KafkaTopic*> Known() const ABSL_LOCKS_EXCLUDED(mu_);

  std::string FullName(absl::string_view name) const;

 private:
  using Settings = absl::flat_hash_map<std::string, std::string>;

  KafkaTopics(KafkaSettings settings, std::unique_ptr<KafkaClient> client);

  // Asks by `ask`, which takes a timeout in milliseconds. After a question without an answer the
  // next ones are refused at once for a while and then wait only shortly, until one is answered:
  // who asks about every partition in turn is not to stand still.
  absl::Status Ask(absl::string_view doing, absl::FunctionRef<rd_kafka_resp_err_t(int)> ask)
      ABSL_LOCKS_EXCLUDED(mu_);
  // The topic's partitions, all of which have a leader. NOT_FOUND, or UNAVAILABLE while leaders are
  // missing.
  absl::StatusOr<int32_t> AskForPartitions(const std::string& full_name);
  // `which` is RD_KAFKA_OFFSET_BEGINNING or RD_KAFKA_OFFSET_END; one answer a partition.
  absl::StatusOr<std::vector<int64_t>> AskForOffsets(const KafkaTopic& topic,
                                                     const std::vector<int32_t>& partitions,
                                                     int64_t which);
  absl::StatusOr<int32_t> AwaitPartitions(const std::string& full_name);
  absl::Status Create(const std::string& full_name, int32_t partitions);
  void WaitAMoment();
  absl::StatusOr<Settings> AskForSettings(const std::string& full_name);
  // A topic that was there before may be anybody's. FAILED_PRECONDITION / TOPIC_COMPACTED; of a
  // journal with limited retention it only warns.
  absl::Status CheckThatItKeeps(absl::string_view name);
  const KafkaTopic* Remember(absl::string_view name, int32_t partitions) ABSL_LOCKS_EXCLUDED(mu_);

  const KafkaSettings settings_;
  const std::unique_ptr<KafkaClient> client_;
  const KafkaOwned<rd_kafka_queue_t> nothing_;  // nothing comes here: what waits polls it
  mutable absl::Mutex mu_;
  bool away_ ABSL_GUARDED_BY(mu_) = false;  // the last question went unanswered
  KafkaDeadline ask_again_ ABSL_GUARDED_BY(mu_){absl::ZeroDuration()};
  absl::flat_hash_map<std::string, std::unique_ptr<KafkaTopic>> known_ ABSL_GUARDED_BY(mu_);
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_KAFKA_TOPICS_H_
