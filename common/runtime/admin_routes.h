// The HTTP paths for probes and metrics.
//
//   /healthz  200 while the process runs
//   /readyz   200 while everything is ready, else 503; a line of JSON per component
//   /metrics  Prometheus text
//
// Asked by an address (any), as localhost, or without a Host; 403 under other names.
#ifndef BELLWETHER_COMMON_RUNTIME_ADMIN_ROUTES_H_
#define BELLWETHER_COMMON_RUNTIME_ADMIN_ROUTES_H_

#include <vector>

#include "common/http/router.h"
#include "common/runtime/readiness.h"

namespace bellwether::metrics {
class Registry;
}

namespace bellwether::runtime {

// `readiness` and `metrics` outlive the routes.
std::vector<http::Route> AdminRoutes(const Readiness& readiness, const metrics::Registry& metrics);

}  // namespace bellwether::runtime

#endif  // BELLWETHER_COMMON_RUNTIME_ADMIN_ROUTES_H_
