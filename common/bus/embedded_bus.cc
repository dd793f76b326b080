#include "common/bus/embedded_bus.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/bus/embedded_reader.h"
#include "common/bus/topic_name.h"

namespace bellwether::bus {

class EmbeddedProducer final : public Producer {
 public:
  EmbeddedProducer(EmbeddedBus& bus, bool gapless)
      : bus_(bus), in_flight_(std::make_shared<WriteQueue::InFlight>(gapless)) {}

  absl::Status Produce(absl::string_view topic, int32_t partition, Message message,
                       Delivered delivered) override {
    ASSIGN_OR_RETURN(EmbeddedTopic * to, bus_.Find(topic, partition));
    ASSIGN_OR_RETURN(const size_t bytes, CheckSize(message));
    if (!HasRoom(bytes)) {
      return Error(absl::StatusCode::kResourceExhausted, {"QUEUE_FULL", "", ""},
                   "too much is waiting to be written");
    }
    return bus_.queue_->Push(*to, partition, message, in_flight_, std::move(delivered));
  }

  bool HasRoom(size_t message_bytes) const override { return in_flight_->HasRoom(message_bytes); }

  absl::Status Flush(absl::Duration timeout) override { return bus_.queue_->Flush(timeout); }

 private:
  EmbeddedBus& bus_;
  const std::shared_ptr<WriteQueue::InFlight> in_flight_;
};

absl::StatusOr<std::unique_ptr<EmbeddedBus>> EmbeddedBus::Open(const std::string& directory) {
  auto bus = std::unique_ptr<EmbeddedBus>(new EmbeddedBus);
  ASSIGN_OR_RETURN(bus->file_, LogFile::Open(directory));
  ASSIGN_OR_RETURN(std::vector<LogFile::Topic> topics, bus->file_->LoadTopics());
  {
    absl::MutexLock lock(&bus->mu_);
    for (LogFile::Topic& topic : topics) {
      auto loaded = std::make_unique<EmbeddedTopic>(*bus->file_, std::move(topic));
      const std::string name = loaded->name();
      bus->topics_.emplace(name, std::move(loaded));
    }
  }
  bus->queue_ = std::make_unique<WriteQueue>(*bus->file_);
  return bus;
}

absl::Status EmbeddedBus::EnsureTopic(const TopicOptions& options) {
  if (!IsTopicName(options.name)) {
    return InvalidArgument("TOPIC_NAME", "name",
                           absl::StrCat("'", options.name, "' cannot name a topic"));
  }
  if (options.partitions < 1 || options.partitions > kPartitionsMax) {
    return InvalidArgument("PARTITION_COUNT", "partitions",
                           absl::StrCat("a topic has 1–", kPartitionsMax, " partitions"));
  }
  absl::MutexLock lock(&mu_);
  const auto found = topics_.find(options.name);
  if (found == topics_.end()) {
    ASSIGN_OR_RETURN(LogFile::Topic created, file_->CreateTopic(options.name, options.partitions));
    topics_.emplace(options.name, std::make_unique<EmbeddedTopic>(*file_, std::move(created)));
    return absl::OkStatus();
  }
  if (found->second->partitions() == options.partitions) return absl::OkStatus();
  return FailedPrecondition(
      "PARTITION_COUNT_DIFFERS", "partitions",
      absl::StrCat(options.name, " was created with ", found->second->partitions(),
                   " partitions and cannot be used with ", options.partitions));
}

absl::StatusOr<EmbeddedTopic*> EmbeddedBus::Find(absl::string_view topic) {
  absl::ReaderMutexLock lock(&mu_);
  const auto found = topics_.find(topic);
  if (found != topics_.end()) return found->second.get();
  return Error(absl::StatusCode::kNotFound, {"UNKNOWN_TOPIC", "topic", ""},
               absl::StrCat("there is no topic ", topic));
}

absl::StatusOr<EmbeddedTopic*> EmbeddedBus::Find(absl::string_view topic, int32_t partition) {
  ASSIGN_OR_RETURN(EmbeddedTopic * found, Find(topic));
  RETURN_IF_ERROR(found->CheckPartition(partition));
  return found;
}

absl::StatusOr<TopicDescription> EmbeddedBus::Describe(absl::string_view topic) {
  ASSIGN_OR_RETURN(const EmbeddedTopic* found, Find(topic));
  return TopicDescription{found->partitions(), found->log_id()};
}

absl::StatusOr<OffsetRange> EmbeddedBus::Offsets(absl::string_view topic, int32_t partition) {
  ASSIGN_OR_RETURN(EmbeddedTopic * found, Find(topic, partition));
  absl::ReaderMutexLock lock(&found->mu);
  return found->RangeOf(partition);
}

absl::StatusOr<std::unique_ptr<Producer>> EmbeddedBus::NewProducer() {
  return std::make_unique<EmbeddedProducer>(*this, /*gapless=*/false);
}

absl::StatusOr<std::unique_ptr<Producer>> EmbeddedBus::NewGaplessProducer() {
  return std::make_unique<EmbeddedProducer>(*this, /*gapless=*/true);
}

absl::StatusOr<std::unique_ptr<Consumer>> EmbeddedBus::NewConsumer(const ConsumerOptions& options) {
  ASSIGN_OR_RETURN(EmbeddedTopic * topic, Find(options.topic));
  return std::make_unique<EmbeddedConsumer>(*topic, options);
}

absl::StatusOr<std::unique_ptr<Reader>> EmbeddedBus::NewReader(absl::string_view topic,
                                                               int32_t partition, int64_t offset) {
  ASSIGN_OR_RETURN(EmbeddedTopic * found, Find(topic, partition));
  RETURN_IF_ERROR(found->CheckOffset(partition, offset));
  return std::make_unique<EmbeddedReader>(*found, partition, offset);
}

absl::Status EmbeddedBus::DropBefore(absl::string_view topic, int32_t partition, int64_t offset) {
  ASSIGN_OR_RETURN(EmbeddedTopic * found, Find(topic, partition));
  return found->DropBefore(partition, offset);
}

absl::StatusOr<std::optional<int64_t>> EmbeddedBus::Committed(absl::string_view topic,
                                                              const std::string& group,
                                                              int32_t partition) {
  ASSIGN_OR_RETURN(EmbeddedTopic * found, Find(topic, partition));
  absl::MutexLock lock(&found->mu);
  return found->GroupOf(group).Committed(partition);
}

}  // namespace bellwether::bus
