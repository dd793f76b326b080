// The stored form of a message's headers: in the embedded log, and in outboxes.
#ifndef BELLWETHER_COMMON_BUS_HEADERS_CODEC_H_
#define BELLWETHER_COMMON_BUS_HEADERS_CODEC_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/base/packing.h"
#include "common/bus/bus.h"

namespace bellwether::bus {

void PutHeaders(std::string& to, absl::Span<const Header> headers);

// Adds them to `headers` as views into the bytes; how many. Fails the reader when the bytes are not
// what PutHeaders writes, or more than kHeadersMax of them.
size_t TakeHeaders(PackedReader& from, std::vector<HeaderView>& headers);

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_HEADERS_CODEC_H_
