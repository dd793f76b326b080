#include "services/gateway/web/request_guard.h"

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::request_guard_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Guard(http::Headers headers, bool changes = false) {
  const absl::Status status =
      GuardRequest({.headers = std::move(headers)}, {"console.example"}, changes);
  return status.ok() ? "" : DetailOf(status)->reason;
}

TEST(RequestGuard, KnowsTheLoopbackInterfaceAndTheNamesItIsGiven) {
  for (const char* host : {"127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:8080", "[::1]",
                           "console.example", "console.example:443"}) {
    EXPECT_EQ(Guard({{"host", host}}), "") << host;
  }
}

TEST(RequestGuard, RefusesNamesThatAnybodyMayPointAtUs) {
  for (const char* host :
       {"evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example", "", "::1"}) {
    EXPECT_EQ(Guard({{"host", host}}), "HOST_NOT_ALLOWED") << host;
  }
  EXPECT_EQ(Guard({}), "HOST_NOT_ALLOWED");
}

TEST(RequestGuard, RefusesPagesOfOtherOrigins) {
  EXPECT_EQ(Guard({{"host", "localhost:8080"}, {"origin", "http://localhost:8080"}}), "");
  for (const char* origin :
       {"http://localhost:3000", "http://evil.example", "null", "", "file://localhost:8080"}) {
    EXPECT_EQ(Guard({{"host", "localhost:8080"}, {"origin", origin}}), "ORIGIN_NOT_ALLOWED")
        << origin;
  }
}

TEST(RequestGuard, RefusesWhatOtherPagesAskForWithoutAnOrigin) {
  for (const char* site : {"cross-site", "same-site", "", "new-word"}) {
    EXPECT_EQ(Guard({{"host", "localhost"}, {"sec-fetch-site", site}}), "SITE_NOT_ALLOWED") << site;
    EXPECT_TRUE(GuardPage({.headers = {{"host", "localhost"}, {"sec-fetch-site", site}}}, {}).ok())
        << "a link may lead to a page";
  }
  for (const char* site : {"same-origin", "none"}) {
    EXPECT_EQ(Guard({{"host", "localhost"}, {"sec-fetch-site", site}}), "") << site;
  }
}

TEST(RequestGuard, ReadsTheNamesOfItsConfiguration) {
  EXPECT_THAT(*ParseHosts(" Console.Example, b.example ,[FD00::1]"),
              ElementsAre("console.example", "b.example", "[fd00::1]"));
  EXPECT_THAT(*ParseHosts(" "), IsEmpty());
  for (const char* text : {"a.example:8443", "a.example,", ",a.example", "a.example,,b.example",
                           "a example", "https://a.example", "*.example", "[::1]:80", "::1"}) {
    const auto hosts = ParseHosts(text);
    ASSERT_FALSE(hosts.ok()) << text;
    EXPECT_EQ(DetailOf(hosts.status())->reason, "HTTP_HOSTS_INVALID") << text;
  }
}

TEST(RequestGuard, WantsAHeaderOfItsOwnForChanges) {
  EXPECT_EQ(Guard({{"host", "localhost"}}, true), "HEADER_REQUIRED");
  EXPECT_EQ(Guard({{"host", "localhost"}, {"connect-protocol-version", "1"}}, true), "");
}

}  // namespace
}  // namespace bellwether::gateway::request_guard_test
