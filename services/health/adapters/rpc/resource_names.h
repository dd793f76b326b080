// Names of resources in requests.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_RESOURCE_NAMES_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_RESOURCE_NAMES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "services/health/adapters/live/health_messages.h"

namespace bellwether::health {

// The id of "accounts/{account_id}".
inline absl::StatusOr<std::string> AccountIdOf(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, kAccountPrefix) || !IsValidId(name)) {
    return InvalidArgument("NAME_INVALID", "account", "must be accounts/{account_id}");
  }
  return std::string(name);
}

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_RESOURCE_NAMES_H_
