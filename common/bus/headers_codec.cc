#include "common/bus/headers_codec.h"

#include <iterator>

#include "absl/strings/string_view.h"
#include "common/bus/topics.h"

namespace bellwether::bus {
namespace {

// A count, then per header: name code (0: length, name), length, value; numbers as varints.

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

}  // namespace

void PutHeaders(std::string& to, absl::Span<const Header> headers) {
  PutVarint(to, headers.size());
  for (const Header& header : headers) {
    const size_t code = CodeOf(header.name);
    PutVarint(to, code);
    if (code == 0) PutBytes(to, header.name);
    PutBytes(to, header.value);
  }
}

size_t TakeHeaders(PackedReader& from, std::vector<HeaderView>& headers) {
  const uint64_t count = from.VarintUpTo(kHeadersMax);
  for (uint64_t h = 0; h < count && from.ok(); ++h) {
    HeaderView& header = headers.emplace_back();
    const uint64_t code = from.VarintUpTo(std::size(kCodedNames));
    header.name = code == 0 ? from.Bytes() : kCodedNames[code - 1];
    header.value = from.Bytes();
  }
  return static_cast<size_t>(count);
}

}  // namespace bellwether::bus
