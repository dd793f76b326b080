#include "common/http/url.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "curl/curl.h"

namespace bellwether::http {
namespace {

constexpr int kPortMax = 65'535;

using CurlUrl = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::optional<std::string> PartOf(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return std::nullopt;
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, curl_free);
  return std::string(text);
}

absl::Status Invalid(absl::string_view why) { return InvalidArgument("URL_INVALID", "url", why); }

// What curl would read as something else than it looks like.
absl::Status CheckText(absl::string_view url) {
  absl::string_view rest = url;
  if (!absl::ConsumePrefix(&rest, "http://") && !absl::ConsumePrefix(&rest, "https://")) {
    return Invalid("must begin with http:// or https://");
  }
  if (absl::StartsWith(rest, "/")) return Invalid("must name a host");
  for (const char c : url) {
    if (!absl::ascii_isgraph(c)) return Invalid("must not contain blanks or control characters");
  }
  if (absl::StrContains(url, '#')) return Invalid("must not have a fragment");
  return absl::OkStatus();
}

}  // namespace

std::string Url::Authority() const {
  const std::string name = absl::StrContains(host, ':') ? absl::StrCat("[", host, "]") : host;
  return default_port ? name : absl::StrCat(name, ":", port);
}

std::string Url::ToString() const {
  return absl::StrCat(tls ? "https://" : "http://", Authority(), target);
}

absl::StatusOr<Url> ParseUrl(absl::string_view url) {
  RETURN_IF_ERROR(CheckText(url));
  const CurlUrl parsed(curl_url(), curl_url_cleanup);
  const std::string text(url);
  const CURLUcode error = curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(),
                                       CURLU_PATH_AS_IS | CURLU_DISALLOW_USER);
  if (error == CURLUE_USER_NOT_ALLOWED) return Invalid("must not name a user");
  if (error == CURLUE_NO_HOST) return Invalid("must name a host");
  if (error == CURLUE_BAD_PORT_NUMBER) return Invalid("has no proper port");
  if (error != CURLUE_OK) return Invalid("is no address of an HTTP service");
  Url out;
  out.tls = PartOf(parsed.get(), CURLUPART_SCHEME) == "https";
  const std::string host = PartOf(parsed.get(), CURLUPART_HOST).value_or("");
  out.host = std::string(absl::StripSuffix(absl::StripPrefix(host, "["), "]"));
  if (out.host.empty()) return Invalid("must name a host");
  const std::optional<std::string> port = PartOf(parsed.get(), CURLUPART_PORT);
  out.default_port = !port.has_value();
  out.port = port.value_or(out.tls ? "443" : "80");
  int number = 0;
  if (!absl::SimpleAtoi(out.port, &number) || number < 1 || number > kPortMax) {
    return Invalid("has no proper port");
  }
  out.target = PartOf(parsed.get(), CURLUPART_PATH).value_or("/");
  if (const auto query = PartOf(parsed.get(), CURLUPART_QUERY); query.has_value()) {
    absl::StrAppend(&out.target, "?", *query);
  }
  return out;
}

}  // namespace bellwether::http
