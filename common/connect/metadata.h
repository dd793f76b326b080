// HTTP headers ↔ gRPC metadata.
#ifndef BELLWETHER_COMMON_CONNECT_METADATA_H_
#define BELLWETHER_COMMON_CONNECT_METADATA_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/http/message.h"

namespace bellwether::connect {

// What of a request's headers is the call's own: all but those of HTTP, of Connect and of gRPC.
// Values of names that end in "-bin" are decoded from base64, padded or not. INVALID_ARGUMENT /
// HEADER_INVALID, naming the header, for what is no base64 or no printable ASCII.
absl::StatusOr<http::Headers> MetadataOf(const http::Headers& headers);

// Either alphabet, padded or not; false for what is no base64.
bool DecodeBase64(absl::string_view text, std::string& bytes);

// One piece of metadata as a header: "-bin" values in base64 without padding. `prefix` comes before
// the name ("trailer-"). Leaves out what belongs to gRPC itself.
void AddAsHeader(absl::string_view name, absl::string_view value, absl::string_view prefix,
                 http::Headers& headers);

}  // namespace bellwether::connect

#endif  // BELLWETHER_COMMON_CONNECT_METADATA_H_
