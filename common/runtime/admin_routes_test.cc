#include "common/runtime/admin_routes.h"

#include "absl/strings/str_cat.h"
#include "common/http/server.h"
#include "common/http/testing/raw_client.h"
#include "common/metrics/metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::runtime::admin_routes_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class AdminRoutesTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server_.Start().ok()); }

  std::string Get(const std::string& path) { return http::RawClient(server_.port()).Get(path); }

  Readiness readiness_;
  metrics::Registry metrics_;
  http::Server server_{{}, metrics_};
  std::unique_ptr<http::Router::Registration> routes_ =
      server_.router().Add(AdminRoutes(readiness_, metrics_));
};

TEST_F(AdminRoutesTest, IsHealthyWhileItRuns) {
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(AdminRoutesTest, ListsEveryComponentAndAnswers503WhileOneIsNotReady) {
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

TEST_F(AdminRoutesTest, ShowsMetrics) {
  metrics_.GaugeOf("bellwether_depth", "Depth.").Set(7);
  EXPECT_THAT(Get("/metrics"), HasSubstr("bellwether_depth 7"));
}

TEST_F(AdminRoutesTest, RefusesOtherMethodsAndBodies) {
  http::RawClient client(server_.port());
  EXPECT_THAT(
      client.Exchange("POST /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
      AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("allow: GET, HEAD")));
  EXPECT_THAT(client.Exchange(
                  "POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"),
              StartsWith("HTTP/1.1 413"));
}

TEST_F(AdminRoutesTest, AnswersByAddressAndNotByNamesThatAnybodyMayPointAtUs) {
  http::RawClient client(server_.port());
  const auto get = [&](absl::string_view path, absl::string_view host) {
    return client.Exchange(
        absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: ", host, "\r\nConnection: close\r\n\r\n"));
  };
  for (const char* path : {"/healthz", "/readyz", "/metrics"}) {
    for (const char* host :
         {"127.0.0.1:8080", "10.244.3.17:8080", "[fd00::17]:8080", "LocalHost"}) {
      EXPECT_THAT(get(path, host), StartsWith("HTTP/1.1 200")) << path << " by " << host;
    }
    for (const char* host : {"evil.example:8080", "127.0.0.1.evil.example", ""}) {
      EXPECT_THAT(get(path, host), StartsWith("HTTP/1.1 403")) << path << " by " << host;
    }
    EXPECT_THAT(client.Exchange(absl::StrCat("GET ", path, " HTTP/1.0\r\n\r\n")),
                StartsWith("HTTP/1.1 200"))
        << "as simple probes ask";
  }
}

}  // namespace
}  // namespace bellwether::runtime::admin_routes_test
