// What happens only when things happen at once, tried many times.
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "common/http/server.h"
#include "common/http/testing/raw_client.h"
#include "common/metrics/metrics.h"
#include "common/testing/await.h"
#include "gtest/gtest.h"

namespace bellwether::http::server_haste_test {
namespace {

namespace asio = boost::asio;

TEST(ServerUnderHaste, LetsGoOfClientsThatLeaveAtOnce) {
  metrics::Registry metrics;
  Server server({.threads = 2, .connections_max = 100}, metrics);
  ASSERT_TRUE(server.Start().ok());
  RawClient client(server.port());
  for (int i = 0; i < 3'000; ++i) client.Open();
  metrics::Gauge& open =
      metrics.GaugeOf("bellwether_http_connections", "Connections that are open.");
  EXPECT_TRUE(bellwether::testing::Await([&] { return open.Value() == 0; }));
}

// An accept that is done may stand behind the end of accepting.
TEST(ServerUnderHaste, EndsWhileClientsGoOnConnecting) {
  metrics::Registry metrics;
  for (int round = 0; round < 30; ++round) {
    Server server({.threads = 2, .connections_max = 1'000}, metrics);
    ASSERT_TRUE(server.Start().ok());
    std::atomic<bool> enough = false;
    std::atomic<int> connected = 0;
    std::vector<std::jthread> clients;
    for (int i = 0; i < 3; ++i) {
      clients.emplace_back([&] {
        asio::io_context context;
        while (!enough.load()) {
          asio::ip::tcp::socket socket(context, asio::ip::tcp::v4());
          boost::system::error_code refused;  // once it has ended
          socket.connect(
              {asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(server.port())}, refused);
          ++connected;
        }
      });
    }
    EXPECT_TRUE(bellwether::testing::Await([&] { return connected.load() > 50; }));
    server.Stop();  // or the test runs into its time limit
    enough.store(true);
  }
}

// What is written while the threads end must not lie there for good.
TEST(ServerUnderHaste, CallsBackForEveryWriteWhileItEnds) {
  metrics::Registry metrics;
  for (int round = 0; round < 200; ++round) {
    Server server({}, metrics);
    absl::Mutex mutex;
    std::unique_ptr<Exchange> taken;
    const auto routes =
        server.router().Add({{.path = "/*", .handler = [&](std::unique_ptr<Exchange> exchange) {
                                absl::MutexLock lock(&mutex);
                                taken = std::move(exchange);
                              }}});
    ASSERT_TRUE(server.Start().ok());
    RawClient client(server.port());
    auto socket = client.Open();
    RawClient::Send(socket, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto arrived = [&] {
      absl::MutexLock lock(&mutex);
      return taken != nullptr;
    };
    ASSERT_TRUE(bellwether::testing::Await(arrived));
    taken->BeginStream({});
    std::atomic<bool> ended = false;
    std::atomic<int> called_back = 0;
    int written = 0;
    std::thread writing([&] {
      while (!ended.load()) {
        ++written;
        taken->Write("", [&](bool) { ++called_back; });
      }
    });
    server.Stop();
    ended.store(true);
    writing.join();
    ASSERT_EQ(called_back.load(), written) << "in round " << round;
  }
}

}  // namespace
}  // namespace bellwether::http::server_haste_test
