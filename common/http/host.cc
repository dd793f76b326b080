#include "common/http/host.h"

#include <arpa/inet.h>

#include <array>
#include <string>

#include "absl/strings/strip.h"

namespace bellwether::http {

absl::string_view HostNameOf(absl::string_view authority) {
  const size_t colon = authority.rfind(':');
  const size_t bracket = authority.rfind(']');
  if (colon == absl::string_view::npos) return authority;
  if (bracket != absl::string_view::npos && colon < bracket) return authority;
  return authority.substr(0, colon);
}

bool IsAddress(absl::string_view host_name) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  absl::string_view inner = host_name;
  const bool brackets = absl::ConsumePrefix(&inner, "[") && absl::ConsumeSuffix(&inner, "]");
  return inet_pton(brackets ? AF_INET6 : AF_INET, std::string(inner).c_str(), address.data()) == 1;
}

}  // namespace bellwether::http
