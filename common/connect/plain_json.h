// Messages into JSON where nothing special is in them: most of what streams carry.
#ifndef BELLWETHER_COMMON_CONNECT_PLAIN_JSON_H_
#define BELLWETHER_COMMON_CONNECT_PLAIN_JSON_H_

#include <optional>
#include <string>

#include "google/protobuf/message.h"

namespace bellwether::connect {

// Protobuf's JSON form of a message made of integers, booleans, texts, bytes, enums, timestamps,
// durations, and lists, maps and messages of these. Nothing where it holds anything else, or a
// timestamp or duration out of range: that is for protobuf's own writer, which describes every
// type anew for every message and takes ten times as long.
std::optional<std::string> WritePlainJson(const google::protobuf::Message& message);

}  // namespace bellwether::connect

#endif  // BELLWETHER_COMMON_CONNECT_PLAIN_JSON_H_
