// Buses for tests.
#ifndef BELLWETHER_COMMON_TESTING_MEMORY_BUS_H_
#define BELLWETHER_COMMON_TESTING_MEMORY_BUS_H_

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/bus/bus.h"

namespace bellwether::testing {

// An embedded bus in memory with every topic of a deployment.
std::unique_ptr<bus::Bus> NewMemoryBus(int32_t partitions = 4);

struct KeptRecord {
  bus::Position position;
  bus::Message message;

  // The value of the first header of that name, "" if there is none.
  std::string HeaderOf(absl::string_view name) const;
};

// Everything the topic holds now: partition by partition, in order.
std::vector<KeptRecord> ReadAll(bus::Bus& bus, absl::string_view topic);

// A bus in front of another one, whose producers can be held up or made to fail. Thread-safe;
// outlived by `inner`.
class GatedBus final : public bus::Bus {
 public:
  explicit GatedBus(bus::Bus& inner) : inner_(inner) {}

  // From now on messages wait here; they are taken, and nobody is answered.
  void Hold() ABSL_LOCKS_EXCLUDED(mu_);
  // Passes on what waited, in order, and goes on normally.
  void Release() ABSL_LOCKS_EXCLUDED(mu_);
  // From now on messages are answered with `failure`, and not written; OK ends it.
  void FailWith(absl::Status failure) ABSL_LOCKS_EXCLUDED(mu_);
  // From now on nobody becomes a consumer; OK ends it.
  void RefuseConsumers(absl::Status refusal) ABSL_LOCKS_EXCLUDED(mu_);
  size_t held() const ABSL_LOCKS_EXCLUDED(mu_);

  absl::Status EnsureTopic(const bus::TopicOptions& options) override {
    return inner_.EnsureTopic(options);
  }
  absl::StatusOr<bus::TopicDescription> Describe(absl::string_view topic) override {
    return inner_.Describe(topic);
  }
  absl::StatusOr<bus::OffsetRange> Offsets(absl::string_view topic, int32_t partition) override {
    return inner_.Offsets(topic, partition);
  }
  absl::Status DropBefore(absl::string_view topic, int32_t partition, int64_t offset) override {
    return inner_.DropBefore(topic, partition, offset);
  }
  absl::StatusOr<std::unique_ptr<bus::Producer>> NewProducer() override;
  absl::StatusOr<std::unique_ptr<bus::Producer>> NewGaplessProducer() override;
  absl::StatusOr<std::unique_ptr<bus::Consumer>> NewConsumer(
      const bus::ConsumerOptions& options) override;
  absl::StatusOr<std::unique_ptr<bus::Reader>> NewReader(absl::string_view topic, int32_t partition,
                                                         int64_t offset) override {
    return inner_.NewReader(topic, partition, offset);
  }

 private:
  class GatedProducer;
  struct Waiting {
    std::shared_ptr<bus::Producer> producer;
    std::string topic;
    int32_t partition = 0;
    bus::Message message;
    bus::Delivered delivered;
  };

  bus::Bus& inner_;
  mutable absl::Mutex mu_;
  bool holding_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mu_);
  absl::Status refusal_ ABSL_GUARDED_BY(mu_);
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mu_);
};

}  // namespace bellwether::testing

#endif  // BELLWETHER_COMMON_TESTING_MEMORY_BUS_H_
