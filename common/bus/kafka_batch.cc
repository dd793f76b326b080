#include "common/bus/kafka_batch.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/functional/function_ref.h"

namespace bellwether::bus {
namespace {

void ForEachHeader(
    rd_kafka_message_t* message,
    absl::FunctionRef<void(const char* name, const void* value, size_t size)> visit) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    visit(name, value, size);
  }
}

size_t SizeOf(rd_kafka_message_t* message) {
  size_t bytes = message->key_len + message->len;
  ForEachHeader(message, [&](const char* name, const void* /*value*/, size_t size) {
    bytes += std::strlen(name) + size;
  });
  return bytes;
}

}  // namespace

void KafkaAside::Push(KafkaMessage message) {
  const size_t bytes = SizeOf(message.get());
  bytes_ += bytes;
  messages_.push_back({std::move(message), bytes});
}

KafkaMessage KafkaAside::Pop() {
  Kept oldest = std::move(messages_.front());
  messages_.pop_front();
  bytes_ -= oldest.bytes;
  return std::move(oldest.message);
}

void KafkaAside::Clear() { *this = KafkaAside(); }

absl::string_view KafkaBatchBuilder::Keep(const void* bytes, size_t size) {
  if (bytes == nullptr || size == 0) return "";
  bytes_ += size;
  if (size > free_bytes_) {
    free_bytes_ = std::max(size, next_chunk_bytes_);
    next_chunk_bytes_ = std::min(2 * next_chunk_bytes_, kChunkBytesMax);
    storage_->chunks.push_back(std::make_unique_for_overwrite<char[]>(free_bytes_));
    free_ = storage_->chunks.back().get();
  }
  std::memcpy(free_, bytes, size);
  const absl::string_view kept(free_, size);
  free_ += size;
  free_bytes_ -= size;
  return kept;
}

void KafkaBatchBuilder::Add(KafkaMessage message) {
  Record& record = records_.emplace_back();
  record.partition = message->partition;
  record.offset = message->offset;
  record.key = Keep(message->key, message->key_len);
  record.value = Keep(message->payload, message->len);
  ForEachHeader(message.get(), [&](const char* name, const void* value, size_t size) {
    storage_->headers.push_back({Keep(name, std::strlen(name)), Keep(value, size)});
  });
  headers_end_.push_back(storage_->headers.size());
}

void KafkaBatchBuilder::Clear() { *this = KafkaBatchBuilder(); }

RecordBatch KafkaBatchBuilder::Take() {
  size_t begin = 0;
  for (size_t i = 0; i < records_.size(); ++i) {
    records_[i].headers =
        absl::MakeConstSpan(storage_->headers.data() + begin, headers_end_[i] - begin);
    begin = headers_end_[i];
  }
  RecordBatch batch{std::move(records_), std::move(storage_)};
  Clear();
  return batch;
}

}  // namespace bellwether::bus
