// The stored form of journal records: in sealed history, and of activations.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_MESSAGE_CODEC_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_MESSAGE_CODEC_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/packing.h"
#include "common/bus/bus.h"

namespace bellwether::health {

// Headers by their names, unlike the log and the outbox (common/bus/headers_codec.h), which write
// the usual ones as numbers: blocks are compressed, so that a name costs next to nothing, and they
// are kept for good and never written anew, so that a second form would need both readers for ever.
void PutStoredHeaders(std::string& to, absl::Span<const bus::HeaderView> headers);
// Fails the reader when the bytes are not what PutStoredHeaders writes, or more than kHeadersMax.
void TakeStoredHeaders(PackedReader& from, std::vector<bus::Header>& headers);

// A message as bytes: key, headers, value.
std::string StoredMessage(const bus::Message& message);
// DATA_LOSS / STATE_CORRUPT.
absl::StatusOr<bus::Message> ParseStoredMessage(absl::string_view bytes);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_MESSAGE_CODEC_H_
