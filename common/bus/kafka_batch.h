// Messages as librdkafka hands them over, as records of one batch.
#ifndef BELLWETHER_COMMON_BUS_KAFKA_BATCH_H_
#define BELLWETHER_COMMON_BUS_KAFKA_BATCH_H_

#include <deque>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/bus/bus.h"
#include "common/bus/kafka_client.h"

namespace bellwether::bus {

using KafkaMessage = KafkaOwned<rd_kafka_message_t>;

// Messages of one partition that are kept for later, up to a number and up to bytes: others than we
// write to some topics, and their messages may be twice as large as ours.
class KafkaAside {
 public:
  static constexpr size_t kMessagesMax = 1'024;
  // The message that reaches it is still taken.
  static constexpr size_t kBytesMax = 4 << 20;

  bool empty() const { return messages_.empty(); }
  bool full() const { return messages_.size() >= kMessagesMax || bytes_ >= kBytesMax; }
  void Push(KafkaMessage message);
  // The oldest.
  KafkaMessage Pop();
  void Clear();

 private:
  struct Kept {
    KafkaMessage message;
    size_t bytes = 0;
  };

  std::deque<Kept> messages_;
  size_t bytes_ = 0;
};

// Copies each message into memory of the batch and lets go of it at once. Keeping the messages
// instead costs more (measured: a tenth of the polling thread's time): headers are not to be had
// without an allocation each, which are cheap only while they are returned right away. And a batch
// may outlive its client, which could not end before its messages.
class KafkaBatchBuilder {
 public:
  bool empty() const { return records_.empty(); }
  // No more is to be added, by their number or by the bytes of keys, headers and values.
  bool IsFull(size_t records_max) const {
    return records_.size() >= records_max || bytes_ >= kRecordBatchBytesMax;
  }
  void Add(KafkaMessage message);
  void Clear();
  // Leaves the builder empty.
  RecordBatch Take();

 private:
  // Unless one field is larger.
  static constexpr size_t kFirstChunkBytes = 4 << 10;
  static constexpr size_t kChunkBytesMax = 64 << 10;

  struct Storage {
    std::vector<std::unique_ptr<char[]>> chunks;
    std::vector<HeaderView> headers;
  };

  absl::string_view Keep(const void* bytes, size_t size);

  std::unique_ptr<Storage> storage_ = std::make_unique<Storage>();
  char* free_ = nullptr;  // in the last chunk
  size_t free_bytes_ = 0;
  size_t next_chunk_bytes_ = kFirstChunkBytes;
  size_t bytes_ = 0;
  std::vector<Record> records_;
  std::vector<size_t> headers_end_;  // of each record, in storage_->headers, which still grows
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_KAFKA_BATCH_H_
