#include "common/http/testing/http_receiver.h"

#include <atomic>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/write.hpp"
#include "boost/beast/core.hpp"
#include "boost/beast/http.hpp"

namespace bellwether::http::testing {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;

ReceivedRequest Copied(const http::request<http::string_body>& request) {
  ReceivedRequest out{.target = std::string(request.target()), .body = request.body()};
  for (const auto& field : request) {
    out.headers[absl::AsciiStrToLower(std::string(field.name_string()))] =
        std::string(field.value());
  }
  return out;
}

std::string TextOf(const ReceiverAnswer& answer) {
  std::string text = absl::StrCat("HTTP/1.1 ", answer.status, " Status\r\n");
  for (const auto& [name, value] : answer.headers) {
    absl::StrAppend(&text, name, ": ", value, "\r\n");
  }
  absl::StrAppend(&text, "Connection: close\r\nContent-Length: ", answer.body.size(), "\r\n\r\n",
                  answer.body);
  return text;
}

}  // namespace

// The socket and its thread.
class HttpReceiver::Listener {
 public:
  explicit Listener(HttpReceiver& receiver)
      : receiver_(receiver),
        acceptor_(io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        thread_([this] { Run(); }) {}
  ~Listener() {
    stopping_.store(true);
    // Wakes the accept.
    beast::error_code ignored;
    boost::asio::io_context io;
    tcp::socket socket(io);
    socket.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }

  int port() const { return acceptor_.local_endpoint().port(); }

 private:
  void Run() {
    while (!stopping_.load()) {
      beast::error_code error;
      tcp::socket socket(io_);
      acceptor_.accept(socket, error);
      if (!error && !stopping_.load()) Serve(std::move(socket));
    }
  }

  void Serve(tcp::socket socket) {
    beast::error_code error;
    beast::flat_buffer buffer;
    http::request<http::string_body> request;
    http::read(socket, buffer, request, error);
    if (error) return;
    const ReceiverAnswer answer = receiver_.Receive(Copied(request));
    if (answer.silent) {
      char byte;
      socket.read_some(boost::asio::buffer(&byte, 1), error);
      return;
    }
    boost::asio::write(socket, boost::asio::buffer(TextOf(answer)), error);
    socket.shutdown(tcp::socket::shutdown_send, error);
  }

  HttpReceiver& receiver_;
  boost::asio::io_context io_;
  tcp::acceptor acceptor_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

HttpReceiver::HttpReceiver(Script script)
    : script_(std::move(script)), listener_(std::make_unique<Listener>(*this)) {}

HttpReceiver::~HttpReceiver() = default;

std::string HttpReceiver::url(const std::string& target) const {
  return absl::StrCat("http://127.0.0.1:", listener_->port(), target);
}

std::vector<ReceivedRequest> HttpReceiver::received() const {
  absl::MutexLock lock(&mutex_);
  return received_;
}

ReceiverAnswer HttpReceiver::Receive(const ReceivedRequest& request) {
  size_t before = 0;
  {
    absl::MutexLock lock(&mutex_);
    before = received_.size();
    received_.push_back(request);
  }
  return script_ == nullptr ? ReceiverAnswer() : script_(before, request);
}

}  // namespace bellwether::http::testing
