// Sends HTTP requests to other systems, by libcurl.
#ifndef BELLWETHER_COMMON_HTTP_CLIENT_H_
#define BELLWETHER_COMMON_HTTP_CLIENT_H_

#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/http/message.h"
#include "common/http/url.h"

namespace bellwether::http {

struct ClientOptions {
  std::string user_agent = "bellwether";
  // For looking up the name, connecting and TLS together, inside each request's timeout.
  absl::Duration connect_timeout = absl::Seconds(10);
  // "http://HOST:PORT"; empty: none, whatever the environment says.
  std::string proxy;
};

struct Request {
  Url url;
  Headers headers;
  std::string body;
  // From the call to the end of the answer.
  absl::Duration timeout = absl::Seconds(10);
  // The longest body that may be answered. Zero: the head is the answer, no body is waited for.
  size_t response_bytes_max = 0;
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;

  // The first value of the header of this name (in lower case).
  std::optional<absl::string_view> Header(absl::string_view name) const;
};

// Why a request has no answer.
inline constexpr char kNotSent[] = "HTTP_NOT_SENT";  // UNAVAILABLE: certainly not received
// DEADLINE_EXCEEDED: sent at least in part, and then silence: may have been received.
inline constexpr char kNoAnswer[] = "HTTP_NO_ANSWER";
// OUT_OF_RANGE: received, and answered with more than we read.
inline constexpr char kAnswerTooLarge[] = "HTTP_ANSWER_TOO_LARGE";
// CANCELLED: we stopped; whether it was received is not known.
inline constexpr char kCancelled[] = "HTTP_CANCELLED";

// Each request has a connection of its own, so that no request is repeated behind our back because
// an idle connection had died. Redirects are answers like any other: nobody follows them. HTTPS
// verifies the certificate against the authorities of the system (of SSL_CERT_FILE and SSL_CERT_DIR
// where those are set) and the host's name. Nothing is sent once the time is up, whatever took so
// long: a process that was frozen wakes up too late and says nothing.
//
// Thread-safe; lives as long as its calls.
class Client {
 public:
  explicit Client(ClientOptions options = {});

  // Blocks until it is answered, at most the request's timeout or until `stop`; longer only where
  // the system is still looking up the name, which it lets nobody cut short. Every status is an
  // answer. IsRetryable of an error says whether the same request may do better later; its message
  // holds nothing of the address but the stage that failed.
  absl::StatusOr<Response> Post(const Request& request, const std::stop_token& stop = {}) const;

 private:
  const ClientOptions options_;
};

}  // namespace bellwether::http

#endif  // BELLWETHER_COMMON_HTTP_CLIENT_H_
