#include "common/http/host.h"

#include "gtest/gtest.h"

namespace bellwether::http::host_test {
namespace {

TEST(Host, IsNamedBeforeItsPort) {
  EXPECT_EQ(HostNameOf("console.example:8080"), "console.example");
  EXPECT_EQ(HostNameOf("console.example"), "console.example");
  EXPECT_EQ(HostNameOf("[::1]:8080"), "[::1]");
  EXPECT_EQ(HostNameOf("[::1]"), "[::1]");
}

TEST(Host, IsAnAddressOrAName) {
  for (const char* address : {"127.0.0.1", "10.244.3.17", "[::1]", "[fd00::17]"}) {
    EXPECT_TRUE(IsAddress(address)) << address;
  }
  for (const char* name : {"localhost", "evil.example", "1.2.3", "127.0.0.1.evil.example", "::1",
                           "[::1", "[127.0.0.1]", "[]", ""}) {
    EXPECT_FALSE(IsAddress(name)) << name;
  }
}

}  // namespace
}  // namespace bellwether::http::host_test
