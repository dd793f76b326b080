// The address of an HTTP service.
#ifndef BELLWETHER_COMMON_HTTP_URL_H_
#define BELLWETHER_COMMON_HTTP_URL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace bellwether::http {

struct Url {
  bool tls = false;
  std::string host;  // an IPv6 address without its brackets
  std::string port;
  std::string target;  // path and query; "/" if there is none
  bool default_port = true;

  // As the Host header wants it.
  std::string Authority() const;
  std::string ToString() const;
};

// INVALID_ARGUMENT / URL_INVALID for anything but http:// or https:// with a host; user names and
// fragments are refused.
absl::StatusOr<Url> ParseUrl(absl::string_view url);

}  // namespace bellwether::http

#endif  // BELLWETHER_COMMON_HTTP_URL_H_
