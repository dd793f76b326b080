// Producers on Kafka.
#ifndef BELLWETHER_COMMON_BUS_KAFKA_PRODUCER_H_
#define BELLWETHER_COMMON_BUS_KAFKA_PRODUCER_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "common/bus/kafka_sender.h"
#include "common/bus/kafka_topics.h"
#include "common/bus/kafka_url.h"
#include "common/runtime/background_loop.h"

namespace bellwether::bus {

// Where the sender of a kind of producers comes from: made when first asked for, and made anew
// after it has failed, which takes seconds and therefore happens on a thread of its own.
// Thread-safe.
class KafkaSenders {
 public:
  KafkaSenders(const KafkaSettings& settings, KafkaTopics& topics, bool gapless);

  // Waits while one is being made, seconds at most. RESOURCE_EXHAUSTED while a sender that has
  // failed still owes answers, because sending on past it could bring a producer's messages out of
  // order; and for a moment after one was made.
  absl::StatusOr<std::shared_ptr<KafkaSender>> AwaitOne() ABSL_LOCKS_EXCLUDED(mu_);
  // Never waits: RESOURCE_EXHAUSTED also while one is being made.
  absl::StatusOr<std::shared_ptr<KafkaSender>> Current() ABSL_LOCKS_EXCLUDED(mu_);
  // False when Current would be RESOURCE_EXHAUSTED now. The next one is being made all the same.
  bool HasOne() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  bool Lives() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return current_ != nullptr && !current_->failed();
  }
  bool Settled() const ABSL_SHARED_LOCKS_REQUIRED(mu_) { return Lives() || !making_; }
  // Begins to make one if none lives and one may be made.
  void Provide() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<std::shared_ptr<KafkaSender>> Found() const ABSL_SHARED_LOCKS_REQUIRED(mu_);
  void MakeOne() ABSL_LOCKS_EXCLUDED(mu_);

  const KafkaSettings& settings_;
  KafkaTopics& topics_;
  const bool gapless_;
  absl::Mutex mu_;
  bool making_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mu_);  // of the last making
  KafkaDeadline not_before_ ABSL_GUARDED_BY(mu_){absl::ZeroDuration()};
  std::shared_ptr<KafkaSender> current_ ABSL_GUARDED_BY(mu_);
  // Failed ones whose producers are still there; kept, so that no producer's end ends a sender on
  // the sender's own thread.
  std::vector<std::shared_ptr<KafkaSender>> retired_ ABSL_GUARDED_BY(mu_);
  runtime::BackgroundLoop maker_;  // last: it uses the rest
};

class KafkaProducer final : public Producer {
 public:
  // With a sender it stays with that one, and breaks with it. Without, it takes the current one of
  // `senders`, again and again.
  KafkaProducer(KafkaTopics& topics, KafkaSenders& senders,
                std::shared_ptr<KafkaSender> only_sender)
      : topics_(topics),
        senders_(senders),
        gapless_(only_sender != nullptr),
        sender_(std::move(only_sender)) {}

  absl::Status Produce(absl::string_view topic, int32_t partition, Message message,
                       Delivered delivered) override ABSL_LOCKS_EXCLUDED(mu_);
  bool HasRoom(size_t message_bytes) const override ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status Flush(absl::Duration timeout) override;

 private:
  absl::StatusOr<std::shared_ptr<KafkaSender>> Sender() ABSL_LOCKS_EXCLUDED(mu_);

  KafkaTopics& topics_;
  KafkaSenders& senders_;
  const bool gapless_;
  const std::shared_ptr<KafkaInFlight> in_flight_ = std::make_shared<KafkaInFlight>();
  mutable absl::Mutex mu_;
  std::shared_ptr<KafkaSender> sender_ ABSL_GUARDED_BY(mu_);
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_KAFKA_PRODUCER_H_
