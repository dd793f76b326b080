// What producers on Kafka stand on: one idempotent librdkafka producer, shared by those of a kind.
#ifndef BELLWETHER_COMMON_BUS_KAFKA_SENDER_H_
#define BELLWETHER_COMMON_BUS_KAFKA_SENDER_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "common/bus/kafka_client.h"
#include "common/bus/kafka_topics.h"
#include "common/bus/kafka_url.h"

namespace bellwether::bus {

// What one producer has sent and not yet been answered for. Thread-safe.
class KafkaInFlight {
 public:
  static constexpr int64_t kMessagesMax = 100'000;
  static constexpr int64_t kBytesMax = 64 << 20;

  bool HasRoom(size_t message_bytes) const {
    return messages_.load(std::memory_order_relaxed) < kMessagesMax &&
           bytes_.load(std::memory_order_relaxed) + static_cast<int64_t>(message_bytes) <=
               kBytesMax;
  }
  // The wave the message belongs to: Flush waits for all waves before its own.
  uint64_t Begin(size_t message_bytes) ABSL_LOCKS_EXCLUDED(mu_);
  void End(uint64_t wave, size_t message_bytes) ABSL_LOCKS_EXCLUDED(mu_);
  // False when what began before has not all ended in time.
  bool Flush(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  std::atomic<int64_t> messages_{0};
  std::atomic<int64_t> bytes_{0};
  absl::Mutex mu_;
  uint64_t wave_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<uint64_t, int64_t> outstanding_ ABSL_GUARDED_BY(mu_);  // by wave; never 0
};

// Thread-safe. Every message taken is answered for exactly once, on the thread of the sender; by
// its destruction at the latest, which waits a little for what is under way and answers for the
// rest. Never destroyed on its own thread.
//
// It fails once and for good: librdkafka's idempotent producer gives up when it does not know what
// was written ("sequence desynchronization", known after timeouts, fixed in 2.3), and when it keeps
// no gaps, after any failure. What was not acknowledged is then answered with UNAVAILABLE, and
// the sender's owner makes another.
class KafkaSender {
 public:
  // A message under way. Its value stays here while librdkafka points to it: no copy.
  struct Parcel {
    std::string value;
    Delivered delivered;
    std::shared_ptr<KafkaInFlight> in_flight;
    uint64_t wave = 0;
    size_t bytes = 0;
    KafkaSender* sender = nullptr;
  };

  // `known` topics are made ready to send to.
  static absl::StatusOr<std::shared_ptr<KafkaSender>> Open(
      const KafkaSettings& settings, bool gapless, const std::vector<const KafkaTopic*>& known);
  ~KafkaSender();
  KafkaSender(const KafkaSender&) = delete;
  KafkaSender& operator=(const KafkaSender&) = delete;

  // Takes the parcel only when OK. UNAVAILABLE / PRODUCER_BROKEN once it has failed.
  absl::Status Send(const KafkaTopic& topic, int32_t partition, Message message,
                    std::unique_ptr<Parcel>& parcel);

  bool failed() const { return failed_.load(); }
  // All that was taken has been answered for.
  bool idle() const { return outstanding_.load() == 0; }
  rd_kafka_t* client() const { return client_->get(); }

 private:
  explicit KafkaSender(bool gapless) : gapless_(gapless) {}

  static void OnDelivery(rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque);
  static void OnError(rd_kafka_t* client, int error, const char* text, void* opaque);
  absl::StatusOr<rd_kafka_topic_t*> HandleOf(const KafkaTopic& topic, bool& is_new)
      ABSL_LOCKS_EXCLUDED(mu_);
  // Learns the leaders of that topic or of all that have a handle, so that the first message does
  // not wait for them.
  void WarmUp(rd_kafka_topic_t* only);
  void ServeUntilStopped();

  const bool gapless_;
  std::unique_ptr<KafkaClient> client_;
  std::atomic<bool> failed_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> outstanding_{0};
  absl::Mutex mu_;
  absl::flat_hash_map<const KafkaTopic*, KafkaOwned<rd_kafka_topic_t>> handles_
      ABSL_GUARDED_BY(mu_);
  std::thread server_;  // answers; last: it uses the rest
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_KAFKA_SENDER_H_
