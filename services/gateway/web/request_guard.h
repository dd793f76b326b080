// Keeps other web pages from acting through a browser that can reach us.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEB_REQUEST_GUARD_H_
#define BELLWETHER_SERVICES_GATEWAY_WEB_REQUEST_GUARD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/http/message.h"

namespace bellwether::gateway {

// PERMISSION_DENIED:
//   HOST_NOT_ALLOWED    the Host is neither of the loopback interface nor one of `hosts`: a page
//   may
//                       have given its own name our address
//   ORIGIN_NOT_ALLOWED  the request comes from a page of another origin
//   HEADER_REQUIRED     it changes something, without a header that no foreign page may send
//                       unasked: Connect-Protocol-Version
absl::Status GuardRequest(const http::ServerRequest& request, const std::vector<std::string>& hosts,
                          bool changes);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEB_REQUEST_GUARD_H_
