// Keeps other web pages from acting through a browser that can reach us.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEB_REQUEST_GUARD_H_
#define BELLWETHER_SERVICES_GATEWAY_WEB_REQUEST_GUARD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/http/message.h"

namespace bellwether::gateway {

// The names of `http-hosts`, with commas between them, in lower case. INVALID_ARGUMENT /
// HTTP_HOSTS_INVALID for what is no name alone: ports, schemes, wildcards, blanks, empty ones.
absl::StatusOr<std::vector<std::string>> ParseHosts(absl::string_view text);

// A page that a browser is to show, which a link elsewhere may lead to. PERMISSION_DENIED /
// HOST_NOT_ALLOWED: the Host is neither of the loopback interface nor one of `hosts`: somebody may
// have given a name of his own our address.
absl::Status GuardPage(const http::ServerRequest& request, const std::vector<std::string>& hosts);

// A call. What GuardPage refuses; PERMISSION_DENIED:
//   ORIGIN_NOT_ALLOWED  the request comes from a page of another origin
//   SITE_NOT_ALLOWED    so the browser says (Sec-Fetch-Site), of what has no origin, as an image
//   HEADER_REQUIRED     it changes something, without a header that no foreign page may send
//                       unasked: Connect-Protocol-Version
absl::Status GuardRequest(const http::ServerRequest& request, const std::vector<std::string>& hosts,
                          bool changes);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEB_REQUEST_GUARD_H_
