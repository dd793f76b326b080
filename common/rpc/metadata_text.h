// Text in gRPC metadata, whose values are printable ASCII.
#ifndef BELLWETHER_COMMON_RPC_METADATA_TEXT_H_
#define BELLWETHER_COMMON_RPC_METADATA_TEXT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace bellwether::rpc {

// Percent-encodes what is not printable ASCII, and the percent sign.
std::string EncodeMetadataText(absl::string_view text);
// Nothing where a percent sign is not followed by two hexadecimal digits, or the text is not UTF-8.
std::optional<std::string> DecodeMetadataText(absl::string_view value);

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_METADATA_TEXT_H_
