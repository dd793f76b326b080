// A bus for tests of the relay: keeps what it is given, and fails on demand.
#ifndef BELLWETHER_COMMON_OUTBOX_TESTING_SCRIPTED_BUS_H_
#define BELLWETHER_COMMON_OUTBOX_TESTING_SCRIPTED_BUS_H_

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

// Answers every message at once, on the producing thread, unless it is to wait. Thread-safe.
class ScriptedBus final : public bus::Bus {
 public:
  static constexpr int32_t kPartitions = 4;

  // Outcome of a message; those that are not OK are not kept. Default: all OK.
  std::function<absl::Status(const bus::Message&)> outcome = [](const bus::Message&) {
    return absl::OkStatus();
  };
  // False: as if the broker were away, messages are kept and answered for by AnswerHeld.
  bool answers = true;

  // Answers for what has waited: all is written, or fails like this.
  void AnswerHeld(const absl::Status& outcome = absl::OkStatus()) {
    std::vector<Held> held;
    {
      absl::MutexLock lock(&mutex_);
      held.swap(held_);
    }
    for (Held& each : held) Answer(each.delivered, outcome, each.position);
  }

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
  struct Held {
    bus::Delivered delivered;
    bus::Position position;
  };

  static void Answer(bus::Delivered& delivered, const absl::Status& outcome,
                     bus::Position position) {
    if (outcome.ok()) {
      delivered(position);
    } else {
      delivered(outcome);
    }
  }

  class ScriptedProducer final : public bus::Producer {
   public:
    explicit ScriptedProducer(ScriptedBus& bus) : bus_(bus) {}
    absl::Status Produce(absl::string_view topic, int32_t partition, bus::Message message,
                         bus::Delivered delivered) override {
      const absl::Status status = bus_.outcome(message);
      if (absl::IsResourceExhausted(status)) return status;  // the queue is full
      bus::Position position{.partition = partition};
      if (status.ok()) {
        absl::MutexLock lock(&bus_.mutex_);
        position.offset = static_cast<int64_t>(bus_.published_.size());
        bus_.published_.push_back({std::string(topic), partition, std::move(message)});
        if (!bus_.answers) {
          bus_.held_.push_back({std::move(delivered), position});
          return absl::OkStatus();
        }
      }
      Answer(delivered, status, position);
      return absl::OkStatus();
    }
    absl::Status Flush(absl::Duration) override { return absl::OkStatus(); }

   private:
    ScriptedBus& bus_;
  };

  mutable absl::Mutex mutex_;
  std::vector<Published> published_ ABSL_GUARDED_BY(mutex_);
  std::vector<Held> held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether::outbox

#endif  // BELLWETHER_COMMON_OUTBOX_TESTING_SCRIPTED_BUS_H_
