#include "common/stream/testing/sim_bus.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/stream/testing/sim_consumer.h"

namespace bellwether::stream::testing {

// Hands messages to its queue, which lives on when the producer is destroyed: what was queued may
// still be written.
class SimProducer final : public bus::Producer {
 public:
  SimProducer(SimClient& client, std::shared_ptr<SimBus::Queue> queue)
      : client_(client), queue_(std::move(queue)) {}
  ~SimProducer() override { queue_->owner_gone = true; }

  absl::Status Produce(absl::string_view topic, int32_t partition, bus::Message message,
                       bus::Delivered delivered) override {
    RETURN_IF_ERROR(client_.Failing("Produce"));
    if (queue_->broken) return absl::UnavailableError("an earlier message was not written");
    if (!HasRoom(0)) return absl::ResourceExhaustedError("the queue is full");
    const TopicPartition target(topic, partition);
    ++queue_->size;
    if (client_.bus_.mutations.acknowledge_before_writing) {
      delivered(bus::Position{partition, 0});
      queue_->to_write[target].push_back(
          {std::move(message), [](absl::StatusOr<bus::Position>) {}});
      return absl::OkStatus();
    }
    queue_->to_write[target].push_back({std::move(message), std::move(delivered)});
    return absl::OkStatus();
  }
  bool HasRoom(size_t /*message_bytes*/) const override { return queue_->size < client_.queue_max; }
  absl::Status Flush(absl::Duration timeout) override {
    if (client_.dead_) return absl::UnavailableError("the process is dead");
    if (client_.on_flush) {
      client_.on_flush(timeout);
    } else {
      client_.bus_.Settle();
    }
    return queue_->size == 0 ? absl::OkStatus() : absl::DeadlineExceededError("still waiting");
  }

 private:
  SimClient& client_;
  const std::shared_ptr<SimBus::Queue> queue_;
};

void SimBus::CreateTopic(const std::string& topic, int32_t partitions) {
  Topic& made = topics_[topic];
  made.log_id = absl::StrCat(topic, "-log");
  made.logs.resize(partitions);
  made.first.resize(partitions);
}

int64_t SimBus::Append(const std::string& topic, int32_t partition, bus::Message message) {
  return WriteToLog({topic, partition}, std::move(message)).offset;
}

const std::deque<bus::Message>& SimBus::Log(const std::string& topic, int32_t partition) const {
  return topics_.at(topic).logs.at(partition);
}

void SimBus::Trim(const std::string& topic, int32_t partition, int64_t first) {
  Topic& at = topics_.at(topic);
  for (; at.first[partition] < first; ++at.first[partition]) at.logs[partition].pop_front();
}

void SimBus::Truncate(const std::string& topic, int32_t partition, int64_t end) {
  Topic& at = topics_.at(topic);
  at.logs[partition].resize(end - at.first[partition]);
}

bus::Position SimBus::WriteToLog(const TopicPartition& target, bus::Message message) {
  Topic& topic = topics_.at(target.first);
  std::deque<bus::Message>& log = topic.logs.at(target.second);
  log.push_back(std::move(message));
  return {target.second, topic.first[target.second] + static_cast<int64_t>(log.size()) - 1};
}

std::vector<std::pair<int64_t, TopicPartition>> SimBus::Writable() const {
  std::vector<std::pair<int64_t, TopicPartition>> all;
  for (const auto& [number, queue] : queues_) {
    for (const auto& [target, waiting] : queue->to_write) {
      if (!waiting.empty()) all.emplace_back(number, target);
    }
  }
  return all;
}

std::vector<std::pair<int64_t, TopicPartition>> SimBus::Answerable() const {
  std::vector<std::pair<int64_t, TopicPartition>> all;
  for (const auto& [number, queue] : queues_) {
    for (const auto& [target, waiting] : queue->to_answer) {
      if (!waiting.empty()) all.emplace_back(number, target);
    }
  }
  return all;
}

void SimBus::Write(const std::pair<int64_t, TopicPartition>& target, Delivery delivery) {
  Queue& queue = *queues_.at(target.first);
  std::deque<Waiting>& waiting = queue.to_write.at(target.second);
  Waiting first = std::move(waiting.front());
  waiting.pop_front();
  if (delivery == Delivery::kFailed) {
    first.outcome = absl::UnavailableError("not written");
  } else {
    const bus::Position position = WriteToLog(target.second, first.message);
    first.outcome = delivery == Delivery::kAcknowledged
                        ? absl::StatusOr<bus::Position>(position)
                        : absl::UnavailableError("perhaps not written");
  }
  queue.to_answer[target.second].push_back(std::move(first));
  if (delivery != Delivery::kAcknowledged && queue.gapless && !mutations.leave_gaps) Break(queue);
}

void SimBus::Break(Queue& queue) {
  queue.broken = true;
  for (auto& [target, waiting] : queue.to_write) {
    for (Waiting& one : waiting) {
      one.outcome = absl::UnavailableError("an earlier message was not written");
      queue.to_answer[target].push_back(std::move(one));
    }
    waiting.clear();
  }
}

void SimBus::Answer(const std::pair<int64_t, TopicPartition>& target) {
  const std::shared_ptr<Queue> queue = queues_.at(target.first);
  std::deque<Waiting>& waiting = queue->to_answer.at(target.second);
  Waiting first = std::move(waiting.front());
  waiting.pop_front();
  --queue->size;
  if (queue->size == 0 && queue->owner_gone) queues_.erase(target.first);
  if (first.delivered) first.delivered(std::move(first.outcome));
}

void SimBus::Settle() {
  while (true) {
    const auto writable = Writable();
    const auto answerable = Answerable();
    if (writable.empty() && answerable.empty()) return;
    for (const auto& target : writable) Write(target, Delivery::kAcknowledged);
    for (const auto& target : answerable) Answer(target);
  }
}

SimConsumer* SimBus::Group::Target(int32_t partition, int32_t /*partitions*/) const {
  if (members.empty()) return nullptr;
  return members[static_cast<size_t>(partition + turn) % members.size()];
}

SimClient::~SimClient() = default;

void SimClient::Crash(const std::function<bool()>& survives) {
  dead_ = true;
  for (auto it = bus_.queues_.begin(); it != bus_.queues_.end();) {
    SimBus::Queue& queue = *it->second;
    if (queue.client != this) {
      ++it;
      continue;
    }
    for (auto& [target, waiting] : queue.to_write) {
      while (!waiting.empty() && !queue.broken && survives()) {
        bus_.WriteToLog(target, std::move(waiting.front().message));
        waiting.pop_front();
      }
    }
    it = bus_.queues_.erase(it);
  }
  for (SimConsumer* consumer : consumers_) consumer->LeaveSilently();
}

void SimClient::ExpireSession() {
  zombie_ = true;
  for (SimConsumer* consumer : consumers_) consumer->LeaveSilently();
}

void SimClient::Learn() {
  zombie_ = false;
  for (SimConsumer* consumer : consumers_) consumer->LoseEverything();
}

std::vector<int64_t> SimClient::Unanswered(
    const std::function<int64_t(const bus::Message&)>& offset_of) const {
  std::vector<int64_t> offsets;
  for (const auto& [number, queue] : bus_.queues_) {
    if (queue->client != this || queue->owner_gone) continue;
    for (const auto* waiting : {&queue->to_write, &queue->to_answer}) {
      for (const auto& [target, messages] : *waiting) {
        for (const SimBus::Waiting& one : messages) offsets.push_back(offset_of(one.message));
      }
    }
  }
  return offsets;
}

absl::Status SimClient::EnsureTopic(const bus::TopicOptions& options) {
  if (bus_.topics_.count(options.name) == 0) bus_.CreateTopic(options.name, options.partitions);
  return absl::OkStatus();
}

absl::StatusOr<bus::TopicDescription> SimClient::Describe(absl::string_view topic) {
  RETURN_IF_ERROR(Failing("Describe"));
  const SimBus::Topic& found = bus_.topics_.at(std::string(topic));
  return bus::TopicDescription{static_cast<int32_t>(found.logs.size()), found.log_id};
}

absl::StatusOr<bus::OffsetRange> SimClient::Offsets(absl::string_view topic, int32_t partition) {
  RETURN_IF_ERROR(Failing("Offsets"));
  const SimBus::Topic& found = bus_.topics_.at(std::string(topic));
  const int64_t first = found.first.at(partition);
  return bus::OffsetRange{first, first + static_cast<int64_t>(found.logs[partition].size())};
}

absl::StatusOr<std::unique_ptr<bus::Producer>> SimClient::Make(bool gapless) {
  RETURN_IF_ERROR(Failing("NewProducer"));
  auto queue = std::make_shared<SimBus::Queue>();
  queue->client = this;
  queue->gapless = gapless;
  bus_.queues_[bus_.next_queue_++] = queue;
  return std::make_unique<SimProducer>(*this, std::move(queue));
}

absl::StatusOr<std::unique_ptr<bus::Producer>> SimClient::NewProducer() { return Make(false); }
absl::StatusOr<std::unique_ptr<bus::Producer>> SimClient::NewGaplessProducer() {
  return Make(true);
}

absl::StatusOr<std::unique_ptr<bus::Consumer>> SimClient::NewConsumer(
    const bus::ConsumerOptions& options) {
  RETURN_IF_ERROR(Failing("NewConsumer"));
  return std::make_unique<SimConsumer>(bus_, *this, options);
}

// Reads what lies in the log at the time of the call; never waits.
class SimReader final : public bus::Reader {
 public:
  SimReader(SimClient& client, const TopicPartition& target, int64_t offset)
      : client_(client), target_(target), next_(offset) {}

  absl::StatusOr<bus::RecordBatch> Read(size_t records_max, absl::Duration) override {
    RETURN_IF_ERROR(client_.Failing("Read"));
    ASSIGN_OR_RETURN(const bus::OffsetRange range, client_.Offsets(target_.first, target_.second));
    if (next_ < range.first || next_ > range.end) {
      return absl::OutOfRangeError("the place is no longer in the log");
    }
    struct Copies {
      std::deque<bus::Message> messages;
      std::deque<std::vector<bus::HeaderView>> headers;
    };
    const auto copies = std::make_shared<Copies>();
    bus::RecordBatch batch;
    for (; next_ < range.end && batch.records.size() < records_max; ++next_) {
      const auto& log = client_.bus_.Log(target_.first, target_.second);
      const bus::Message& message =
          copies->messages.emplace_back(log[static_cast<size_t>(next_ - range.first)]);
      std::vector<bus::HeaderView>& headers = copies->headers.emplace_back();
      for (const bus::Header& header : message.headers) {
        headers.push_back({header.name, header.value});
      }
      batch.records.push_back({.partition = target_.second,
                               .offset = next_,
                               .key = message.key,
                               .value = message.value,
                               .headers = headers});
    }
    batch.storage = copies;
    return batch;
  }

 private:
  SimClient& client_;
  const TopicPartition target_;
  int64_t next_;
};

absl::StatusOr<std::unique_ptr<bus::Reader>> SimClient::NewReader(absl::string_view topic,
                                                                  int32_t partition,
                                                                  int64_t offset) {
  RETURN_IF_ERROR(Failing("NewReader"));
  return std::make_unique<SimReader>(*this, TopicPartition(topic, partition), offset);
}

}  // namespace bellwether::stream::testing
