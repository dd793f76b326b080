// Which bus a deployment uses is a URL of its configuration.
#ifndef BELLWETHER_COMMON_BUS_OPEN_BUS_H_
#define BELLWETHER_COMMON_BUS_OPEN_BUS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/bus/bus.h"

namespace bellwether::bus {

// Opens "embedded:<directory>", "kafka://host:port[,host:port]?…" (kafka_url.h) or, for tests,
// "embedded::memory:". INVALID_ARGUMENT / UNKNOWN_BUS for anything else.
absl::StatusOr<std::unique_ptr<Bus>> OpenBus(absl::string_view url);

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_OPEN_BUS_H_
