#include "common/bus/kafka_batch.h"

namespace bellwether::bus {
namespace {

absl::string_view View(const void* bytes, size_t size) {
  return {static_cast<const char*>(bytes), bytes == nullptr ? 0 : size};
}

}  // namespace

KafkaBatchBuilder::KafkaBatchBuilder(std::shared_ptr<KafkaClient> client)
    : client_(std::move(client)) {}

void KafkaBatchBuilder::Add(KafkaMessage message) {
  if (storage_ == nullptr) storage_ = std::make_shared<Storage>(Storage{client_, {}, {}});
  Record& record = records_.emplace_back();
  record.partition = message->partition;
  record.offset = message->offset;
  record.key = View(message->key, message->key_len);
  record.value = View(message->payload, message->len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message.get(), &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    for (size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      storage_->headers.push_back({name, View(value, size)});
    }
  }
  headers_end_.push_back(storage_->headers.size());
  storage_->messages.push_back(std::move(message));
}

void KafkaBatchBuilder::Clear() {
  records_.clear();
  headers_end_.clear();
  storage_ = nullptr;
}

RecordBatch KafkaBatchBuilder::Take() {
  RecordBatch batch;
  size_t begin = 0;
  for (size_t i = 0; i < records_.size(); ++i) {
    records_[i].headers =
        absl::MakeConstSpan(storage_->headers.data() + begin, headers_end_[i] - begin);
    begin = headers_end_[i];
  }
  batch.records = std::move(records_);
  batch.storage = std::move(storage_);
  Clear();
  return batch;
}

}  // namespace bellwether::bus
