// A bus for tests of the relay: keeps what it is given, and fails when told to.
#ifndef BELLWETHER_COMMON_OUTBOX_SCRIPTED_BUS_H_
#define BELLWETHER_COMMON_OUTBOX_SCRIPTED_BUS_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "common/bus/bus.h"

namespace bellwether::outbox {

struct Published {
  std::string topic;
  int32_t partition = 0;
  bus::Message message;
};

// Answers every message at once, on the producing thread. Thread-safe.
class ScriptedBus final : public bus::Bus {
 public:
  static constexpr int32_t kPartitions = 4;

  // Outcome of a message; those that are not OK are not kept. Default: all OK.
  std::function<absl::Status(const bus::Message&)> outcome = [](const bus::Message&) {
    return absl::OkStatus();
  };
  // False: messages are kept but never answered for.
  bool answers = true;

  std::vector<Published> published() const {
    absl::MutexLock lock(&mutex_);
    return published_;
  }
  std::vector<std::string> values() const {
    std::vector<std::string> values;
    for (const Published& each : published()) values.push_back(each.message.value);
    return values;
  }

  absl::Status EnsureTopic(const bus::TopicOptions&) override { return absl::OkStatus(); }
  absl::StatusOr<bus::TopicDescription> Describe(absl::string_view) override {
    return bus::TopicDescription{kPartitions, "log"};
  }
  absl::StatusOr<bus::OffsetRange> Offsets(absl::string_view, int32_t) override {
    return absl::UnimplementedError("not scripted");
  }
  absl::StatusOr<std::unique_ptr<bus::Producer>> NewProducer() override {
    return std::make_unique<ScriptedProducer>(*this);
  }
  absl::StatusOr<std::unique_ptr<bus::Consumer>> NewConsumer(const bus::ConsumerOptions&) override {
    return absl::UnimplementedError("not scripted");
  }
  absl::StatusOr<std::unique_ptr<bus::Reader>> NewReader(absl::string_view, int32_t,
                                                         int64_t) override {
    return absl::UnimplementedError("not scripted");
  }

 private:
  class ScriptedProducer final : public bus::Producer {
   public:
    explicit ScriptedProducer(ScriptedBus& bus) : bus_(bus) {}
    absl::Status Produce(absl::string_view topic, int32_t partition, bus::Message message,
                         bus::Delivered delivered) override {
      const absl::Status status = bus_.outcome(message);
      if (absl::IsResourceExhausted(status)) return status;  // the queue is full
      int64_t offset = 0;
      if (status.ok()) {
        absl::MutexLock lock(&bus_.mutex_);
        offset = static_cast<int64_t>(bus_.published_.size());
        bus_.published_.push_back({std::string(topic), partition, std::move(message)});
      }
      if (!bus_.answers) return absl::OkStatus();
      if (status.ok()) {
        delivered(bus::Position{partition, offset});
      } else {
        delivered(status);
      }
      return absl::OkStatus();
    }
    absl::Status Flush(absl::Duration) override { return absl::OkStatus(); }

   private:
    ScriptedBus& bus_;
  };

  mutable absl::Mutex mutex_;
  std::vector<Published> published_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether::outbox

#endif  // BELLWETHER_COMMON_OUTBOX_SCRIPTED_BUS_H_
