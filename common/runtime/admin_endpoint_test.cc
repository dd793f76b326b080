#include "common/runtime/admin_endpoint.h"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/metrics/metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::runtime::admin_endpoint_test {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class AdminEndpointTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(endpoint_.Start().ok()); }

  asio::ip::tcp::socket Open() {
    asio::ip::tcp::socket socket(context_);
    socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(endpoint_.port())});
    return socket;
  }

  // Sends the text and reads until the server closes.
  std::string Exchange(const std::string& text) {
    asio::ip::tcp::socket socket = Open();
    boost::system::error_code ignored;  // the server may close before it has read all
    asio::write(socket, asio::buffer(text), ignored);
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), ignored);
    return answer;
  }
  std::string Get(const std::string& path) {
    return Exchange(
        absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  }

  asio::io_context context_;
  Readiness readiness_;
  metrics::Registry metrics_;
  AdminEndpoint endpoint_{{}, readiness_, metrics_};
};

TEST_F(AdminEndpointTest, IsHealthyWhileItRuns) {
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(AdminEndpointTest, ListsEveryComponentAndAnswers503WhileOneIsNotReady) {
  absl::Status lag = absl::UnavailableError("lag \"12000\" records");
  readiness_.Add("store", [] { return absl::OkStatus(); });
  readiness_.Add("journal", [&] { return lag; });
  const std::string answer = Get("/readyz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(answer, HasSubstr(R"({"component":"store","ready":true})"));
  EXPECT_THAT(answer,
              HasSubstr(R"({"component":"journal","ready":false,"why":"lag \"12000\" records"})"));
  lag = absl::OkStatus();
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(AdminEndpointTest, ShowsMetrics) {
  metrics_.GaugeOf("bellwether_depth", "Depth.").Set(7);
  EXPECT_THAT(Get("/metrics"), HasSubstr("bellwether_depth 7"));
}

TEST_F(AdminEndpointTest, AnswersSeveralRequestsOnOneConnection) {
  const std::string answer = Exchange(
      "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
      "HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("ok\nHTTP/1.1 200"));
  EXPECT_THAT(answer, Not(::testing::EndsWith("ok\n")));
}

TEST_F(AdminEndpointTest, RefusesOtherPathsMethodsAndBodies) {
  EXPECT_THAT(Get("/"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Exchange("POST /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(Exchange("POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"),
              IsEmpty());
}

TEST_F(AdminEndpointTest, ClosesAConnectionWhoseRequestIsTooLarge) {
  EXPECT_THAT(Exchange(absl::StrCat("GET /", std::string(kAdminRequestBytesMax, 'a'), " HTTP/1.1")),
              IsEmpty());
}

TEST_F(AdminEndpointTest, ClosesConnectionsPastItsLimitAndServesTheOthers) {
  std::vector<asio::ip::tcp::socket> open;
  for (size_t i = 0; i < kAdminConnectionsMax; ++i) {
    open.push_back(Open());
    // A first byte back proves that the connection was accepted.
    asio::write(open.back(), asio::buffer(std::string("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")));
    char byte = 0;
    asio::read(open.back(), asio::buffer(&byte, 1));
  }
  EXPECT_THAT(Get("/healthz"), IsEmpty());
}

// It would be the only thing the thread does, and the connection would be there all the time.
TEST_F(AdminEndpointTest, WaitsBetweenTriesWhileTheProcessHasNoFileDescriptors) {
  asio::ip::tcp::socket socket(context_, asio::ip::tcp::v4());
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest_free = dup(STDERR_FILENO);
  ASSERT_GT(lowest_free, 0);
  close(lowest_free);
  rlimit none_left = before;
  none_left.rlim_cur = static_cast<rlim_t>(lowest_free);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none_left), 0);
  const absl::Time begin = absl::Now();
  socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(endpoint_.port())});
  metrics::Counter& failures = metrics_.CounterOf("bellwether_admin_accept_failures_total",
                                                  "Tries to accept a connection that failed.");
  while (failures.Value() < 3 && absl::Now() - begin < absl::Seconds(20)) std::this_thread::yield();
  const double tries = failures.Value();
  const absl::Duration took = absl::Now() - begin;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_GE(tries, 3) << "it goes on trying";
  EXPECT_LE(tries - 1, took / kAdminAcceptWait) << "and waits between two tries";

  asio::write(
      socket,
      asio::buffer(std::string("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")));
  std::string answer;
  boost::system::error_code end;
  asio::read(socket, asio::dynamic_buffer(answer), end);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200")) << "the one that waited is served";
}

TEST_F(AdminEndpointTest, RefusesEveryAddressButLoopback) {
  AdminEndpoint endpoint({.listen = "0.0.0.0:0"}, readiness_, metrics_);
  EXPECT_EQ(DetailOf(endpoint.Start())->reason, "LISTEN_NEEDS_TLS");
}

TEST_F(AdminEndpointTest, RefusesAPortThatIsTaken) {
  AdminEndpoint endpoint({.listen = absl::StrCat("127.0.0.1:", endpoint_.port())}, readiness_,
                         metrics_);
  EXPECT_EQ(DetailOf(endpoint.Start())->reason, "LISTEN_FAILED");
}

}  // namespace
}  // namespace bellwether::runtime::admin_endpoint_test
