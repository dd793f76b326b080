#include "services/alerts/adapters/http_post.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "boost/asio/connect.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/host_name_verification.hpp"
#include "boost/asio/ssl/stream.hpp"
#include "boost/beast/core.hpp"
#include "boost/beast/http.hpp"
#include "boost/beast/ssl.hpp"
#include "common/base/status.h"

namespace bellwether::alerts {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;
// STYLE(clock): what Asio's timers go by
using SteadyClock = std::chrono::steady_clock;

constexpr uint32_t kAnswerHeadBytesMax = 16 << 10;
constexpr absl::Duration kRetryAfterDateMax = absl::Hours(24);

// Retry-After: seconds, or a date (RFC 9110), which is taken against the receiver's own Date.
std::optional<absl::Duration> RetryAfterOf(const http::fields& fields) {
  const auto text = [&](http::field name) {
    const auto value = fields[name];
    return std::string(value.data(), value.size());
  };
  const std::string after = text(http::field::retry_after);
  if (after.empty()) return std::nullopt;
  int64_t seconds = 0;
  if (absl::SimpleAtoi(after, &seconds)) {
    return seconds < 0 ? absl::ZeroDuration() : absl::Seconds(seconds);
  }
  constexpr char kHttpDate[] = "%a, %d %b %E4Y %H:%M:%S GMT";
  absl::Time until, date;
  std::string error;
  if (!absl::ParseTime(kHttpDate, after, &until, &error) ||
      !absl::ParseTime(kHttpDate, text(http::field::date), &date, &error)) {
    return std::nullopt;
  }
  return std::min(std::max(until - date, absl::ZeroDuration()), kRetryAfterDateMax);
}

// One exchange; lives for one call, all on the calling thread.
template <typename Stream>
class Exchange {
 public:
  Exchange(asio::io_context& io, Stream& stream, const HttpPostRequest& request,
           SteadyClock::time_point deadline)
      : io_(io), stream_(stream), deadline_(deadline) {
    message_.method(http::verb::post);
    message_.version(11);
    message_.target(request.url.target);
    message_.set(http::field::host, request.url.Authority());
    message_.set(http::field::user_agent, "bellwether-alerts");
    message_.set(http::field::connection, "close");
    for (const auto& [name, value] : request.headers) message_.set(name, value);
    message_.body() = request.body;
    message_.prepare_payload();
    parser_.header_limit(kAnswerHeadBytesMax);
  }

  Answer Run(const tcp::resolver::results_type& endpoints) {
    beast::get_lowest_layer(stream_).expires_at(deadline_);
    beast::get_lowest_layer(stream_).async_connect(
        endpoints, [this](beast::error_code error, const tcp::endpoint&) {
          if (Failed(error, "connect")) return;
          Secure();
        });
    io_.run();
    return std::move(answer_);
  }

 private:
  bool Failed(beast::error_code error, absl::string_view what) {
    if (!error) return false;
    answer_.kind = sent_ ? AnswerKind::kNoAnswer : AnswerKind::kNotSent;
    answer_.detail = absl::StrCat(
        what, ": ", error == beast::error::timeout ? std::string("timed out") : error.message());
    return true;
  }

  void Secure() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      stream_.async_handshake(asio::ssl::stream_base::client, [this](beast::error_code error) {
        if (Failed(error, "TLS")) return;
        Send();
      });
    } else {
      Send();
    }
  }

  void Send() {
    // The timer alone does not keep us from it: after a freeze what came in meanwhile may go first.
    if (SteadyClock::now() >= deadline_) {
      Failed(beast::error::timeout, "send");
      return;
    }
    sent_ = true;  // from the first byte on nobody can say what was received
    http::async_write(stream_, message_, [this](beast::error_code error, size_t) {
      if (Failed(error, "send")) return;
      Receive();
    });
  }

  void Receive() {
    http::async_read_header(stream_, buffer_, parser_, [this](beast::error_code error, size_t) {
      if (Failed(error, "receive")) return;
      answer_.kind = AnswerKind::kAnswered;
      answer_.status = static_cast<int>(parser_.get().result_int());
      answer_.retry_after = RetryAfterOf(parser_.get());
      answer_.detail = absl::StrCat("HTTP ", answer_.status);
      // The answer is known; what happens to the connection no longer matters.
      beast::error_code ignored;
      beast::get_lowest_layer(stream_).socket().shutdown(tcp::socket::shutdown_both, ignored);
    });
  }

  asio::io_context& io_;
  Stream& stream_;
  const SteadyClock::time_point deadline_;
  http::request<http::string_body> message_;
  beast::flat_buffer buffer_;
  http::response_parser<http::empty_body> parser_;
  bool sent_ = false;
  Answer answer_;
};

Answer NotSent(std::string detail) {
  return {.kind = AnswerKind::kNotSent, .detail = std::move(detail)};
}

Answer PostOverTls(asio::io_context& io, const HttpPostRequest& request,
                   const tcp::resolver::results_type& endpoints, SteadyClock::time_point deadline) {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  beast::error_code error;
  tls.set_default_verify_paths(error);
  if (error) return NotSent(absl::StrCat("TLS: ", error.message()));
  tls.set_verify_mode(asio::ssl::verify_peer, error);
  if (error) return NotSent(absl::StrCat("TLS: ", error.message()));
  TlsStream stream(io, tls);
  stream.set_verify_callback(asio::ssl::host_name_verification(request.url.host), error);
  if (error) return NotSent(absl::StrCat("TLS: ", error.message()));
  if (SSL_set_tlsext_host_name(stream.native_handle(), request.url.host.c_str()) != 1) {
    return NotSent("TLS: the host's name cannot be sent");
  }
  return Exchange(io, stream, request, deadline).Run(endpoints);
}

Answer Post(const HttpPostRequest& request) {
  const auto deadline = SteadyClock::now() + absl::ToChronoNanoseconds(request.timeout);
  asio::io_context io(1);
  tcp::resolver resolver(io);
  beast::error_code error;
  const auto endpoints = resolver.resolve(request.url.host, request.url.port, error);
  if (error) return NotSent(absl::StrCat("resolve: ", error.message()));
  if (SteadyClock::now() >= deadline) return NotSent("resolve: timed out");
  if (request.url.tls) return PostOverTls(io, request, endpoints, deadline);
  PlainStream stream(io);
  return Exchange(io, stream, request, deadline).Run(endpoints);
}

absl::Status Invalid(absl::string_view why) {
  return InvalidArgument("URL_INVALID", "url", why, "L6");
}

}  // namespace

std::string HttpUrl::Authority() const {
  const std::string name = absl::StrContains(host, ':') ? absl::StrCat("[", host, "]") : host;
  return default_port ? name : absl::StrCat(name, ":", port);
}

absl::StatusOr<HttpUrl> ParseHttpUrl(absl::string_view url) {
  HttpUrl out;
  if (absl::ConsumePrefix(&url, "https://")) {
    out.tls = true;
  } else if (!absl::ConsumePrefix(&url, "http://")) {
    return Invalid("must begin with http:// or https://");
  }
  for (const char c : url) {
    if (!absl::ascii_isgraph(c)) return Invalid("must not contain blanks or control characters");
  }
  if (absl::StrContains(url, '#')) return Invalid("must not have a fragment");
  const size_t slash = url.find_first_of("/?");
  absl::string_view authority = url.substr(0, slash);
  out.target = slash == absl::string_view::npos ? "/" : std::string(url.substr(slash));
  if (out.target.front() == '?') out.target.insert(0, "/");
  if (absl::StrContains(authority, '@')) return Invalid("must not name a user");
  absl::string_view port;
  if (absl::ConsumePrefix(&authority, "[")) {
    const size_t end = authority.find(']');
    if (end == absl::string_view::npos) return Invalid("has an address without an end");
    out.host = std::string(authority.substr(0, end));
    port = authority.substr(end + 1);
    if (!port.empty() && !absl::ConsumePrefix(&port, ":")) return Invalid("has no proper port");
  } else {
    const size_t colon = authority.find(':');
    out.host = std::string(authority.substr(0, colon));
    if (colon != absl::string_view::npos) port = authority.substr(colon + 1);
  }
  if (out.host.empty()) return Invalid("must name a host");
  out.default_port = port.empty();
  out.port = out.default_port ? (out.tls ? "443" : "80") : std::string(port);
  int number = 0;
  if (!absl::SimpleAtoi(out.port, &number) || number < 1 || number > 65535) {
    return Invalid("has no proper port");
  }
  return out;
}

Answer HttpPost(const HttpPostRequest& request) {
  try {
    return Post(request);
  } catch (const std::exception& exception) {
    // Asio and OpenSSL throw when they run out of memory or descriptors; how far it came is
    // unknown.
    return {.kind = AnswerKind::kNoAnswer, .detail = exception.what()};
  }
}

}  // namespace bellwether::alerts
