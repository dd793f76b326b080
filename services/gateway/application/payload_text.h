// What a record holds, as people read it.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_PAYLOAD_TEXT_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_PAYLOAD_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "bellwether/ingest/v1/ingest_service.pb.h"

namespace bellwether::gateway {

// JSON of a journal entry or a fact, a text as it is; empty for other bytes. At most `bytes_max`.
std::string PayloadText(absl::string_view value, size_t bytes_max);

// Why something was refused, for those who look.
void SetRejection(const absl::Status& status, ingest::v1::Rejection& rejection);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_PAYLOAD_TEXT_H_
