#include "services/gateway/web/request_guard.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"

namespace bellwether::gateway {
namespace {

constexpr absl::string_view kLoopbackNames[] = {"localhost", "127.0.0.1", "[::1]"};

// "[::1]:8080" → "[::1]"
absl::string_view NameOf(absl::string_view authority) {
  const size_t colon = authority.rfind(':');
  const size_t bracket = authority.rfind(']');
  if (colon == absl::string_view::npos) return authority;
  if (bracket != absl::string_view::npos && colon < bracket) return authority;
  return authority.substr(0, colon);
}

absl::Status Deny(absl::string_view reason, absl::string_view field, absl::string_view message) {
  return Error(absl::StatusCode::kPermissionDenied, {std::string(reason), std::string(field), ""},
               message);
}

}  // namespace

absl::Status GuardRequest(const http::ServerRequest& request, const std::vector<std::string>& hosts,
                          bool changes) {
  const std::string host = absl::AsciiStrToLower(request.Header("host").value_or(""));
  const absl::string_view name = NameOf(host);
  const bool known = std::find(std::begin(kLoopbackNames), std::end(kLoopbackNames), name) !=
                         std::end(kLoopbackNames) ||
                     std::find(hosts.begin(), hosts.end(), name) != hosts.end();
  if (!known) {
    return Deny("HOST_NOT_ALLOWED", "host",
                "this server is not known by that name; http-hosts names those it has");
  }
  if (const auto origin = request.Header("origin"); origin.has_value()) {
    absl::string_view authority = *origin;
    const bool scheme =
        absl::ConsumePrefix(&authority, "http://") || absl::ConsumePrefix(&authority, "https://");
    if (!scheme || !absl::EqualsIgnoreCase(authority, host)) {
      return Deny("ORIGIN_NOT_ALLOWED", "origin", "pages of other origins may not call");
    }
  }
  if (changes && !request.Header("connect-protocol-version").has_value()) {
    return Deny("HEADER_REQUIRED", "connect-protocol-version",
                "a call that changes something needs the header \"Connect-Protocol-Version: 1\"");
  }
  return absl::OkStatus();
}

}  // namespace bellwether::gateway
