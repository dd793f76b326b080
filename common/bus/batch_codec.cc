#include "common/bus/batch_codec.h"

#include <iterator>

#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "common/bus/topics.h"

namespace bellwether::bus {
namespace {

// Blob: format byte, then per record
//   header count, per header: name code (0: length, name), length, value; length, key; length,
//   value
// with every number a little-endian base-128 varint.
constexpr char kFormat = 1;

// Names that nearly every record has are stored as their place here, from 1. Part of the format:
// append only, never reorder.
constexpr absl::string_view kCodedNames[] = {
    kHeaderSpecVersion, kHeaderId,      kHeaderSource,      kHeaderType,
    kHeaderTime,        kHeaderSubject, kHeaderContentType, kHeaderTraceParent,
    kHeaderRecordedAt,  kHeaderOrigin,  kHeaderBackfill,
};

size_t CodeOf(absl::string_view name) {
  for (size_t i = 0; i < std::size(kCodedNames); ++i) {
    if (kCodedNames[i] == name) return i + 1;
  }
  return 0;
}

void PutNumber(std::string& to, size_t number) {
  while (number >= 0x80) {
    to.push_back(static_cast<char>(number | 0x80));
    number >>= 7;
  }
  to.push_back(static_cast<char>(number));
}

void PutBytes(std::string& to, absl::string_view bytes) {
  PutNumber(to, bytes.size());
  to.append(bytes.data(), bytes.size());
}

bool TakeNumber(absl::string_view& from, size_t& number) {
  number = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    if (from.empty()) return false;
    const auto byte = static_cast<unsigned char>(from[0]);
    from.remove_prefix(1);
    number |= static_cast<size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool TakeBytes(absl::string_view& from, absl::string_view& bytes) {
  size_t size = 0;
  if (!TakeNumber(from, size) || size > from.size()) return false;
  bytes = from.substr(0, size);
  from.remove_prefix(size);
  return true;
}

bool TakeHeader(absl::string_view& from, HeaderView& header) {
  size_t code = 0;
  if (!TakeNumber(from, code) || code > std::size(kCodedNames)) return false;
  if (code > 0) {
    header.name = kCodedNames[code - 1];
  } else if (!TakeBytes(from, header.name)) {
    return false;
  }
  return TakeBytes(from, header.value);
}

}  // namespace

void BatchBuilder::Add(const Message& message) {
  if (bytes_.empty()) bytes_.push_back(kFormat);
  PutNumber(bytes_, message.headers.size());
  for (const Header& header : message.headers) {
    const size_t code = CodeOf(header.name);
    PutNumber(bytes_, code);
    if (code == 0) PutBytes(bytes_, header.name);
    PutBytes(bytes_, header.value);
  }
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
  absl::string_view rest = bytes_;
  // A record takes at least three bytes, so that a damaged count cannot ask for all memory.
  if (rest.empty() || rest[0] != kFormat || count_ < 1 ||
      static_cast<size_t>(count_) * 3 > rest.size()) {
    return damaged;
  }
  rest.remove_prefix(1);
  constexpr size_t kHeadersUsual = 8;
  std::vector<size_t> header_counts;
  header_counts.reserve(count_);
  headers_.reserve(count_ * kHeadersUsual);
  records_.reserve(count_);
  for (int32_t i = 0; i < count_; ++i) {
    size_t header_count = 0;
    if (!TakeNumber(rest, header_count) || header_count > kHeadersMax) return damaged;
    for (size_t h = 0; h < header_count; ++h) {
      HeaderView header;
      if (!TakeHeader(rest, header)) return damaged;
      headers_.push_back(header);
    }
    Record& record = records_.emplace_back();
    record.partition = partition_;
    record.offset = first_offset_ + i;
    if (!TakeBytes(rest, record.key) || !TakeBytes(rest, record.value)) return damaged;
    header_counts.push_back(header_count);
  }
  if (!rest.empty()) return damaged;
  // headers_ does not move any more.
  size_t at = 0;
  for (int32_t i = 0; i < count_; ++i) {
    records_[i].headers = absl::MakeConstSpan(headers_).subspan(at, header_counts[i]);
    at += header_counts[i];
  }
  return absl::OkStatus();
}

}  // namespace bellwether::bus
