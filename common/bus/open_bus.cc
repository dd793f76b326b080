#include "common/bus/open_bus.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/bus/embedded_bus.h"
#include "common/bus/kafka_bus.h"

namespace bellwether::bus {

absl::StatusOr<std::unique_ptr<Bus>> OpenBus(absl::string_view url) {
  constexpr absl::string_view kEmbedded = "embedded:";
  constexpr absl::string_view kMemory = ":memory:";
  if (absl::StartsWith(url, "kafka:")) return KafkaBus::Open(url);
  absl::string_view directory = url;
  if (!absl::ConsumePrefix(&directory, kEmbedded) || directory.empty()) {
    return InvalidArgument("UNKNOWN_BUS", "bus",
                           absl::StrCat("'", url, "' names no bus; known are embedded:<directory>,",
                                        " embedded::memory: and kafka://<host>:<port>"));
  }
  return EmbeddedBus::Open(directory == kMemory ? "" : std::string(directory));
}

}  // namespace bellwether::bus
