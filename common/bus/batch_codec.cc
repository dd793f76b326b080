#include "common/bus/batch_codec.h"

#include "absl/strings/string_view.h"
#include "common/base/packing.h"
#include "common/base/status.h"
#include "common/bus/headers_codec.h"

namespace bellwether::bus {
namespace {

// Blob: format byte, then per record its headers, key and value.
constexpr char kFormat = 1;

// What a record takes at least.
constexpr size_t kRecordBytesMin = 3;

}  // namespace

void BatchBuilder::Add(const Message& message) {
  if (bytes_.empty()) bytes_.push_back(kFormat);
  PutHeaders(bytes_, message.headers);
  PutBytes(bytes_, message.key);
  PutBytes(bytes_, message.value);
  ++count_;
}

std::string BatchBuilder::Take() {
  count_ = 0;
  return std::exchange(bytes_, std::string());
}

absl::StatusOr<absl::Span<const Record>> StoredBatch::Records() const {
  absl::call_once(decoded_, [this] { decode_status_ = Decode(); });
  RETURN_IF_ERROR(decode_status_);
  return absl::MakeConstSpan(records_);
}

absl::Status StoredBatch::Decode() const {
  const absl::Status damaged =
      Error(absl::StatusCode::kDataLoss, {"LOG_DAMAGED", "", ""}, "a batch of the log is damaged");
  // So that a damaged count cannot ask for all memory.
  if (bytes_.empty() || bytes_[0] != kFormat || count_ < 1 ||
      static_cast<size_t>(count_) * kRecordBytesMin > bytes_.size()) {
    return damaged;
  }
  PackedReader rest(absl::string_view(bytes_).substr(1));
  constexpr size_t kHeadersUsual = 8;
  std::vector<size_t> header_counts;
  header_counts.reserve(count_);
  headers_.reserve(count_ * kHeadersUsual);
  records_.reserve(count_);
  for (int32_t i = 0; i < count_; ++i) {
    header_counts.push_back(TakeHeaders(rest, headers_));
    Record& record = records_.emplace_back();
    record.partition = partition_;
    record.offset = first_offset_ + i;
    record.key = rest.Bytes();
    record.value = rest.Bytes();
    if (!rest.ok()) return damaged;
  }
  if (!rest.AtEnd()) return damaged;
  // headers_ does not move any more.
  size_t at = 0;
  for (int32_t i = 0; i < count_; ++i) {
    records_[i].headers = absl::MakeConstSpan(headers_).subspan(at, header_counts[i]);
    at += header_counts[i];
  }
  return absl::OkStatus();
}

}  // namespace bellwether::bus
