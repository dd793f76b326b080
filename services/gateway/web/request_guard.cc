#include "services/gateway/web/request_guard.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/http/host.h"

namespace bellwether::gateway {
namespace {

constexpr absl::string_view kLoopbackNames[] = {"localhost", "127.0.0.1", "[::1]"};

absl::Status Deny(absl::string_view reason, absl::string_view field, absl::string_view message) {
  return Error(absl::StatusCode::kPermissionDenied, {std::string(reason), std::string(field), ""},
               message);
}

bool IsKnown(absl::string_view name, const std::vector<std::string>& hosts) {
  return std::find(std::begin(kLoopbackNames), std::end(kLoopbackNames), name) !=
             std::end(kLoopbackNames) ||
         std::find(hosts.begin(), hosts.end(), name) != hosts.end();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ParseHosts(absl::string_view text) {
  std::vector<std::string> hosts;
  if (absl::StripAsciiWhitespace(text).empty()) return hosts;
  for (const absl::string_view each : absl::StrSplit(text, ',')) {
    const std::string host = absl::AsciiStrToLower(absl::StripAsciiWhitespace(each));
    const auto refuse = [&](absl::string_view why) {
      return InvalidArgument("HTTP_HOSTS_INVALID", "http-hosts",
                             absl::StrCat("http-hosts: \"", host, "\" ", why));
    };
    if (host.empty()) return refuse("is no name: there is a comma too many");
    if (host.find_first_of("/*@?#\"\\ \t\r\n") != std::string::npos) {
      return refuse("is no name alone: no scheme, path, wildcard or blank");
    }
    if (http::HostNameOf(host) != host) return refuse("has a port: names are known on every port");
    hosts.push_back(host);
  }
  return hosts;
}

absl::Status GuardPage(const http::ServerRequest& request, const std::vector<std::string>& hosts) {
  const std::string host = absl::AsciiStrToLower(request.Header("host").value_or(""));
  if (IsKnown(http::HostNameOf(host), hosts)) return absl::OkStatus();
  return Deny("HOST_NOT_ALLOWED", "host",
              "this server is not known by that name; http-hosts names those it has");
}

absl::Status GuardRequest(const http::ServerRequest& request, const std::vector<std::string>& hosts,
                          bool changes) {
  RETURN_IF_ERROR(GuardPage(request, hosts));
  const absl::string_view host = request.Header("host").value_or("");
  if (const auto origin = request.Header("origin"); origin.has_value()) {
    absl::string_view authority = *origin;
    const bool scheme =
        absl::ConsumePrefix(&authority, "http://") || absl::ConsumePrefix(&authority, "https://");
    if (!scheme || !absl::EqualsIgnoreCase(authority, host)) {
      return Deny("ORIGIN_NOT_ALLOWED", "origin", "pages of other origins may not call");
    }
  }
  // What an image or a form of another page asks for has no Origin.
  if (const auto site = request.Header("sec-fetch-site");
      site.has_value() && *site != "same-origin" && *site != "none") {
    return Deny("SITE_NOT_ALLOWED", "sec-fetch-site", "pages of other origins may not call");
  }
  if (changes && !request.Header("connect-protocol-version").has_value()) {
    return Deny("HEADER_REQUIRED", "connect-protocol-version",
                "a call that changes something needs the header \"Connect-Protocol-Version: 1\"");
  }
  return absl::OkStatus();
}

}  // namespace bellwether::gateway
