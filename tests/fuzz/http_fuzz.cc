// Requests as they come out of the wire: the server answers or closes, and goes on.
#include <memory>

#include "common/base/check.h"
#include "common/http/server.h"
#include "common/http/testing/raw_client.h"
#include "common/metrics/metrics.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

namespace http = bellwether::http;

// One for all inputs.
class Served {
 public:
  Served() {
    BELLWETHER_CHECK(server_.Start().ok(), "a free port");
    client_ = std::make_unique<http::RawClient>(server_.port());
  }

  void Take(const std::string& input) {
    auto socket = client_->Open();
    http::RawClient::Send(socket, input);
    boost::system::error_code ignored;  // it may have closed first
    socket.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    const std::string answer = http::RawClient::ReadAll(socket);
    BELLWETHER_CHECK(answer.empty() || answer.rfind("HTTP/1.1 ", 0) == 0, "HTTP or nothing");
  }

 private:
  bellwether::metrics::Registry metrics_;
  http::Server server_{{.connections_max = 10'000}, metrics_};
  const std::unique_ptr<http::Router::Registration> routes_ = server_.router().Add(
      {{.path = "/*",
        .body_bytes_max = 100,
        .handler = [](std::unique_ptr<http::Exchange> exchange) {
          const http::ServerRequest& request = exchange->request();
          BELLWETHER_CHECK(request.body.size() <= 100, "no more than the route takes");
          exchange->Respond(http::TextResponse(200, request.path + request.query + request.body));
        }}});
  std::unique_ptr<http::RawClient> client_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Served* const served = new Served();
  served->Take(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  return {"GET /a?b=c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
          "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
          "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nt: v\r\n\r\n",
          "HEAD / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"};
}
