// Whom a request means.
#ifndef BELLWETHER_COMMON_HTTP_HOST_H_
#define BELLWETHER_COMMON_HTTP_HOST_H_

#include "absl/strings/string_view.h"

namespace bellwether::http {

// A Host header without its port: "[::1]:8080" → "[::1]".
absl::string_view HostNameOf(absl::string_view authority);

// "10.1.2.3", "[fd00::1]": no name that somebody could point at another address.
bool IsAddress(absl::string_view host_name);

}  // namespace bellwether::http

#endif  // BELLWETHER_COMMON_HTTP_HOST_H_
