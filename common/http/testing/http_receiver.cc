#include "common/http/testing/http_receiver.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
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

}  // namespace

HttpReceiver::HttpReceiver(Script script)
    : script_(std::move(script)),
      acceptor_(io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
      thread_([this] { Run(); }) {}

HttpReceiver::~HttpReceiver() {
  stopping_.store(true);
  // Wakes the accept.
  beast::error_code ignored;
  boost::asio::io_context io;
  tcp::socket socket(io);
  socket.connect(acceptor_.local_endpoint(), ignored);
  thread_.join();
}

std::string HttpReceiver::url(const std::string& target) const {
  return absl::StrCat("http://127.0.0.1:", acceptor_.local_endpoint().port(), target);
}

std::vector<ReceivedRequest> HttpReceiver::received() const {
  absl::MutexLock lock(&mutex_);
  return received_;
}

void HttpReceiver::Run() {
  while (!stopping_.load()) {
    beast::error_code error;
    tcp::socket socket(io_);
    acceptor_.accept(socket, error);
    if (!error && !stopping_.load()) Serve(std::move(socket));
  }
}

void HttpReceiver::Serve(tcp::socket socket) {
  beast::error_code error;
  beast::flat_buffer buffer;
  http::request<http::string_body> request;
  http::read(socket, buffer, request, error);
  if (error) return;
  const ReceivedRequest copied = Copied(request);
  size_t before = 0;
  {
    absl::MutexLock lock(&mutex_);
    before = received_.size();
    received_.push_back(copied);
  }
  const ReceiverAnswer answer = script_ == nullptr ? ReceiverAnswer() : script_(before, copied);
  if (answer.silent) {
    char byte;
    socket.read_some(boost::asio::buffer(&byte, 1), error);
    return;
  }
  http::response<http::string_body> response(static_cast<http::status>(answer.status), 11);
  for (const auto& [name, value] : answer.headers) response.set(name, value);
  response.body() = answer.body;
  response.keep_alive(false);
  response.prepare_payload();
  http::write(socket, response, error);
  socket.shutdown(tcp::socket::shutdown_send, error);
}

}  // namespace bellwether::http::testing
