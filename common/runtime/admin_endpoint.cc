#include "common/runtime/admin_endpoint.h"

#include <pthread.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/json/writer.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/runtime/listen_address.h"

namespace bellwether::runtime {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

Response Answer(http::status status, absl::string_view content_type, std::string body) {
  Response response(status, 11);
  response.set(http::field::content_type, std::string(content_type));
  response.set(http::field::cache_control, "no-store");
  response.body() = std::move(body);
  return response;
}

Response AnswerReady(const Readiness& readiness) {
  bool all = true;
  std::string body;
  for (const Readiness::State& state : readiness.Ask()) {
    all = all && state.status.ok();
    json::Writer line;
    line.BeginObject().Name("component").Text(state.name).Name("ready").Bool(state.status.ok());
    if (!state.status.ok()) line.Name("why").Text(state.status.message());
    line.EndObject();
    absl::StrAppend(&body, std::move(line).Take(), "\n");
  }
  return Answer(all ? http::status::ok : http::status::service_unavailable, "application/x-ndjson",
                std::move(body));
}

}  // namespace

// The socket, its thread and its sessions; all but the constructor and destructor on that thread.
class AdminEndpoint::Listener {
 public:
  Listener(const Readiness& readiness, metrics::Registry& metrics)
      : readiness_(readiness),
        metrics_(metrics),
        accept_failures_(metrics.CounterOf("bellwether_admin_accept_failures_total",
                                           "Tries to accept a connection that failed.")),
        acceptor_(context_),
        accept_timer_(context_) {}

  ~Listener() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  // The bound port, or an error's text.
  absl::StatusOr<int> Listen(const ListenAddress& address) {
    beast::error_code error;
    const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
    const tcp::endpoint endpoint(asio::ip::make_address(host, error), address.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(static_cast<int>(kAdminConnectionsMax), error);
    if (error) {
      return Error(absl::StatusCode::kUnavailable, {"LISTEN_FAILED", "listen", ""},
                   absl::StrCat("cannot listen on ", address.ToString(), ": ", error.message()));
    }
    const int port = acceptor_.local_endpoint().port();
    Accept();
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "admin-http");
      context_.run();
    });
    return port;
  }

 private:
  // One connection. Owned by the operation it waits for.
  class Session : public std::enable_shared_from_this<Session> {
   public:
    Session(Listener& listener, tcp::socket socket)
        : listener_(listener), stream_(std::move(socket)) {
      ++listener_.connections_;
    }
    ~Session() { --listener_.connections_; }

    void Read() {
      parser_.emplace();
      parser_->header_limit(kAdminRequestBytesMax);
      parser_->body_limit(0);
      stream_.expires_after(
          std::chrono::milliseconds(absl::ToInt64Milliseconds(kAdminRequestTimeMax)));
      http::async_read(stream_, buffer_, *parser_,
                       [self = shared_from_this()](beast::error_code error, size_t) {
                         if (!error) self->Write();
                       });
    }

   private:
    void Write() {
      const Request request = parser_->release();
      response_ = listener_.Handle(request);
      response_.keep_alive(request.keep_alive());
      // HEAD is answered by the header of what GET would get.
      if (request.method() == http::verb::head) {
        response_.content_length(response_.body().size());
        response_.body().clear();
      } else {
        response_.prepare_payload();
      }
      http::async_write(stream_, response_,
                        [self = shared_from_this()](beast::error_code error, size_t) {
                          if (!error && self->response_.keep_alive()) self->Read();
                        });
    }

    Listener& listener_;
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_{kAdminRequestBytesMax};
    std::optional<http::request_parser<http::empty_body>> parser_;
    Response response_;
  };

  void Accept() {
    acceptor_.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) {
        AcceptLater();
        return;
      }
      if (connections_ < kAdminConnectionsMax) {
        std::make_shared<Session>(*this, std::move(socket))->Read();
      }
      Accept();
    });
  }

  // Without file descriptors (or memory) accepting fails at once, and the connection stays where it
  // is: trying again at once would be all that this thread does.
  void AcceptLater() {
    accept_failures_.Increment();
    accept_timer_.expires_after(
        std::chrono::milliseconds(absl::ToInt64Milliseconds(kAdminAcceptWait)));
    accept_timer_.async_wait([this](beast::error_code error) {
      if (!error) Accept();
    });
  }

  Response Handle(const Request& request) const {
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      return Answer(http::status::method_not_allowed, "text/plain", "only GET and HEAD\n");
    }
    const beast::string_view target = request.target();
    if (target == "/healthz") return Answer(http::status::ok, "text/plain", "ok\n");
    if (target == "/readyz") return AnswerReady(readiness_);
    if (target == "/metrics") {
      return Answer(http::status::ok, "text/plain; version=0.0.4; charset=utf-8",
                    metrics_.Expose());
    }
    return Answer(http::status::not_found, "text/plain", "/healthz, /readyz or /metrics\n");
  }

  const Readiness& readiness_;
  const metrics::Registry& metrics_;
  metrics::Counter& accept_failures_;
  // Before the context: sessions that die with it count down.
  size_t connections_ = 0;
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer accept_timer_;
  std::thread thread_;
};

AdminEndpoint::AdminEndpoint(AdminOptions options, const Readiness& readiness,
                             metrics::Registry& metrics)
    : options_(std::move(options)), readiness_(readiness), metrics_(metrics) {}

AdminEndpoint::~AdminEndpoint() { Stop(); }

absl::Status AdminEndpoint::Start() {
  ASSIGN_OR_RETURN(const ListenAddress address, ParseListenAddress(options_.listen));
  RETURN_IF_ERROR(RequireLoopback(address));
  auto listener = std::make_unique<Listener>(readiness_, metrics_);
  ASSIGN_OR_RETURN(port_, listener->Listen(address));
  listener_ = std::move(listener);
  LogInfo("serving HTTP",
          {{"target", ListenAddress{address.host, static_cast<uint16_t>(port_)}.ToString()}});
  return absl::OkStatus();
}

void AdminEndpoint::Stop() { listener_.reset(); }

}  // namespace bellwether::runtime
