#include "services/gateway/web/request_guard.h"

#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::request_guard_test {
namespace {

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

TEST(RequestGuard, WantsAHeaderOfItsOwnForChanges) {
  EXPECT_EQ(Guard({{"host", "localhost"}}, true), "HEADER_REQUIRED");
  EXPECT_EQ(Guard({{"host", "localhost"}, {"connect-protocol-version", "1"}}, true), "");
}

}  // namespace
}  // namespace bellwether::gateway::request_guard_test
