#include "services/health/adapters/history/message_codec.h"

#include <cstdint>
#include <utility>

#include "common/base/status.h"

namespace bellwether::health {

void PutStoredHeaders(std::string& to, absl::Span<const bus::HeaderView> headers) {
  PutVarint(to, headers.size());
  for (const bus::HeaderView& header : headers) {
    PutBytes(to, header.name);
    PutBytes(to, header.value);
  }
}

void TakeStoredHeaders(PackedReader& from, std::vector<bus::Header>& headers) {
  for (uint64_t left = from.VarintUpTo(bus::kHeadersMax); left > 0 && from.ok(); --left) {
    std::string name = std::string(from.Bytes());
    headers.push_back({std::move(name), std::string(from.Bytes())});
  }
}

std::string StoredMessage(const bus::Message& message) {
  std::vector<bus::HeaderView> headers;
  for (const bus::Header& header : message.headers) headers.push_back({header.name, header.value});
  std::string bytes;
  PutBytes(bytes, message.key);
  PutStoredHeaders(bytes, headers);
  PutBytes(bytes, message.value);
  return bytes;
}

absl::StatusOr<bus::Message> ParseStoredMessage(absl::string_view bytes) {
  PackedReader reader(bytes);
  bus::Message message;
  message.key = std::string(reader.Bytes());
  TakeStoredHeaders(reader, message.headers);
  message.value = std::string(reader.Bytes());
  if (!reader.ok() || !reader.AtEnd()) {
    return Error(absl::StatusCode::kDataLoss, {"STATE_CORRUPT", "", ""},
                 "a stored record cannot be read");
  }
  return message;
}

}  // namespace bellwether::health
