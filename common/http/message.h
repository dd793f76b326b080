// One HTTP request as a server received it, and what it is answered with.
#ifndef BELLWETHER_COMMON_HTTP_MESSAGE_H_
#define BELLWETHER_COMMON_HTTP_MESSAGE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace bellwether::http {

// In order, repeated names as often as they came. Names in lower case where they are received.
using Headers = std::vector<std::pair<std::string, std::string>>;

// The first value of the header of this name (in lower case).
std::optional<absl::string_view> FindHeader(const Headers& headers, absl::string_view name);

struct ServerRequest {
  std::string method;  // "GET"
  std::string path;    // of the target, not decoded: "/healthz"
  std::string query;   // without the question mark, not decoded
  Headers headers;
  std::string body;
  // Longer than its route takes: `body` is empty, and the connection closes after the answer.
  bool body_too_large = false;

  std::optional<absl::string_view> Header(absl::string_view name) const {
    return FindHeader(headers, name);
  }
};

struct ServerResponse {
  int status = 200;
  // Without Content-Length, Transfer-Encoding and Connection, which the server sets.
  Headers headers;
  std::string body;
};

// Whether an If-None-Match names this etag: in a list, weak (W/) or not, or by "*".
bool MatchesEtag(absl::string_view header, absl::string_view etag);

// Whether an Accept-Encoding names this encoding (in lower case) and does not refuse it (q=0).
bool AcceptsEncoding(std::optional<absl::string_view> header, absl::string_view encoding);

// 405, saying which methods there are ("GET, HEAD").
ServerResponse MethodNotAllowed(absl::string_view allowed);

// A body of text: "text/plain; charset=utf-8", not to be stored.
ServerResponse TextResponse(int status, std::string body);

// Whether a query (or a form) says one thing only. INVALID_ARGUMENT, with the parameter as field:
// PARAMETER_MALFORMED (a percent sign that begins no escape), PARAMETER_REPEATED, PARAMETER_UNKNOWN
// (none of `names`; no names: any). A request whose parameter means nothing, or is passed over,
// does something else than it was to.
absl::Status CheckQuery(absl::string_view query, absl::Span<const absl::string_view> names = {});

// The value of the parameter of this name, decoded ("+" is a blank): of the query, or of a form.
// Nothing where there is none or, in a query that CheckQuery refuses, its escapes are broken.
std::optional<std::string> FindParameter(absl::string_view query, absl::string_view name);
// Replaces %XX; nothing where a percent sign is not followed by two hexadecimal digits.
std::optional<std::string> DecodePercent(absl::string_view text);

}  // namespace bellwether::http

#endif  // BELLWETHER_COMMON_HTTP_MESSAGE_H_
