// Messages ↔ JSON as people and browsers send and get it.
#ifndef BELLWETHER_COMMON_CONNECT_JSON_CODEC_H_
#define BELLWETHER_COMMON_CONNECT_JSON_CODEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace bellwether::connect {

// Protobuf's JSON form. INVALID_ARGUMENT / MALFORMED_JSON for what is no strict JSON, nests deeper
// than kJsonDepthMax or repeats a name; INVALID_ARGUMENT / JSON_NOT_OF_TYPE, with the field, for
// what the message has no place for.
inline constexpr int kJsonDepthMax = 32;
absl::Status ReadJson(absl::string_view json, google::protobuf::Message& message);

// INTERNAL for a message that has no JSON form, as an Any of an unknown type.
absl::StatusOr<std::string> WriteJson(const google::protobuf::Message& message);

}  // namespace bellwether::connect

#endif  // BELLWETHER_COMMON_CONNECT_JSON_CODEC_H_
