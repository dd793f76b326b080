#include "common/bus/kafka_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/bus/kafka_batch.h"

namespace bellwether::bus {
namespace {

// What lies in the log has to come within this, or the broker is away.
constexpr absl::Duration kFetchMax = absl::Seconds(10);

std::vector<KafkaProperty> ReaderProperties() {
  return {
      // Marks the end of the log.
      {"enable.partition.eof", "true"},
      // A broker holds back the answer for so long when there is nothing, and a client that is used
      // again waits for the answer to its predecessor's last question.
      {"fetch.wait.max.ms", "20"},
      {"queued.max.messages.kbytes", "16384"},
      {"auto.offset.reset", "error"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
  };
}

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaClient>> KafkaReaderClients::Take() {
  {
    absl::MutexLock lock(&mu_);
    if (!idle_.empty()) {
      std::unique_ptr<KafkaClient> client = std::move(idle_.back());
      idle_.pop_back();
      return client;
    }
  }
  return KafkaClient::Open(settings_,
                           {.kind = KafkaClient::Kind::kReader, .properties = ReaderProperties()});
}

void KafkaReaderClients::GiveBack(std::unique_ptr<KafkaClient> client) {
  absl::MutexLock lock(&mu_);
  if (idle_.size() < kIdleMax) idle_.push_back(std::move(client));
}

absl::StatusOr<std::unique_ptr<KafkaReader>> KafkaReader::Open(KafkaReaderClients& clients,
                                                               KafkaTopics& topics,
                                                               const KafkaTopic& topic,
                                                               int32_t partition, int64_t offset) {
  RETURN_IF_ERROR(topics.CheckOffset(topic, partition, offset));
  std::unique_ptr<KafkaReader> reader(new KafkaReader(clients, topics, topic, partition, offset));
  RETURN_IF_ERROR(reader->Start());
  return reader;
}

absl::Status KafkaReader::Start() {
  ASSIGN_OR_RETURN(client_, clients_.Take());
  handle_.reset(rd_kafka_topic_new(client_->get(), topic_.full_name.c_str(), nullptr));
  if (handle_ == nullptr) return KafkaError(rd_kafka_last_error(), Doing());
  queue_.reset(rd_kafka_queue_new(client_->get()));
  if (rd_kafka_consume_start_queue(handle_.get(), partition_, next_, queue_.get()) != 0) {
    return KafkaError(rd_kafka_last_error(), Doing());
  }
  started_ = true;
  return absl::OkStatus();
}

KafkaReader::~KafkaReader() {
  if (started_) rd_kafka_consume_stop(handle_.get(), partition_);
  handle_.reset();
  queue_.reset();
  if (client_ != nullptr) clients_.GiveBack(std::move(client_));
}

absl::StatusOr<RecordBatch> KafkaReader::Read(size_t records_max, absl::Duration max_wait) {
  RETURN_IF_ERROR(std::exchange(failure_, absl::OkStatus()));
  KafkaDeadline deadline(max_wait);
  std::optional<int64_t> end;  // asked for when nothing came
  KafkaBatchBuilder batch;
  while (!batch.IsFull(records_max) && !(end.has_value() && next_ >= *end)) {
    const int wait_ms = batch.empty() ? deadline.PollMs() : 0;
    KafkaMessage message(rd_kafka_consume_queue(queue_.get(), wait_ms));
    if (message == nullptr) {
      if (!batch.empty()) break;
      if (!deadline.passed()) continue;
      if (end.has_value()) return KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, Doing());
      // It may only mean that the broker has not answered yet.
      ASSIGN_OR_RETURN(const OffsetRange range, topics_.Offsets(topic_.name, partition_));
      end = range.end;
      deadline = KafkaDeadline(kFetchMax);
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      // What is no record (the end of a transaction) has an offset, too: all that lies behind us.
      next_ = std::max(next_, message->offset);
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      failure_ = KafkaError(message->err, Doing());
      if (batch.empty()) return std::exchange(failure_, absl::OkStatus());
      break;  // what has been read first
    } else if (message->offset >= next_) {
      next_ = message->offset + 1;
      batch.Add(std::move(message));
    }
  }
  return batch.Take();
}

std::string KafkaReader::Doing() const {
  return absl::StrCat("partition ", partition_, " of ", topic_.name, " cannot be read");
}

}  // namespace bellwether::bus
