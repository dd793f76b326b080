// One HTTP POST, as webhooks need it.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_HTTP_POST_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_HTTP_POST_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/alerts/domain/delivery.h"

namespace bellwether::alerts {

struct HttpUrl {
  bool tls = false;
  std::string host;
  std::string port;
  std::string target;  // path and query; "/" if there is none
  bool default_port = true;

  // As the Host header wants it.
  std::string Authority() const;
};

// INVALID_ARGUMENT / URL_INVALID for anything but http:// or https:// with a host; user names and
// fragments are refused.
absl::StatusOr<HttpUrl> ParseHttpUrl(absl::string_view url);

struct HttpPostRequest {
  HttpUrl url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // For looking up the name, connecting, sending and the head of the answer together.
  absl::Duration timeout = absl::Seconds(10);
};

// Sends the request on a connection of its own and reads the head of the answer; never follows a
// redirect. Blocks until it is answered for, at most `timeout`, and longer only where the system
// takes longer to look up the name, which it lets nobody cut short. Nothing is sent once the time
// is up, whatever took so long: a process that was frozen wakes up too late and says nothing. HTTPS
// verifies the certificate against the system's authorities and the host's name. Throws nothing.
// Thread-safe.
Answer HttpPost(const HttpPostRequest& request);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_HTTP_POST_H_
