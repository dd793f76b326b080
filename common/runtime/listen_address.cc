#include "common/runtime/listen_address.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"

namespace bellwether::runtime {

std::string ListenAddress::ToString() const {
  if (absl::StrContains(host, ":")) return absl::StrCat("[", host, "]:", port);
  return absl::StrCat(host, ":", port);
}

absl::StatusOr<ListenAddress> ParseListenAddress(absl::string_view text) {
  const auto refuse = [&] {
    return InvalidArgument("LISTEN_ADDRESS_INVALID", "listen",
                           absl::StrCat("\"", text, "\" is not an address such as 127.0.0.1:7304"));
  };
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return refuse();
  absl::string_view host = text.substr(0, colon);
  const bool bracketed = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  if (host.empty() || (!bracketed && absl::StrContains(host, ":"))) return refuse();
  if (absl::StrContains(host, "[") || absl::StrContains(host, "]")) return refuse();
  uint32_t port = 0;
  if (!absl::SimpleAtoi(text.substr(colon + 1), &port) || port > 65'535) return refuse();
  return ListenAddress{std::string(host), static_cast<uint16_t>(port)};
}

absl::Status RequireLoopback(const ListenAddress& address) {
  if (address.host == "127.0.0.1" || address.host == "::1" || address.host == "localhost") {
    return absl::OkStatus();
  }
  return FailedPrecondition(
      "LISTEN_NEEDS_TLS", "listen",
      absl::StrCat("refusing to listen on ", address.ToString(),
                   ": traffic would be neither encrypted nor authenticated; listen on the loopback "
                   "interface (127.0.0.1, ::1, localhost)"));
}

}  // namespace bellwether::runtime
