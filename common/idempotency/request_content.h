// What makes two requests the same.
#ifndef BELLWETHER_COMMON_IDEMPOTENCY_REQUEST_CONTENT_H_
#define BELLWETHER_COMMON_IDEMPOTENCY_REQUEST_CONTENT_H_

#include <string>

#include "google/protobuf/message.h"

namespace bellwether::idempotency {

// The request without its field `request_id`, serialised deterministically.
std::string ContentOf(const google::protobuf::Message& request);

}  // namespace bellwether::idempotency

#endif  // BELLWETHER_COMMON_IDEMPOTENCY_REQUEST_CONTENT_H_
