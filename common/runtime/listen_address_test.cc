#include "common/runtime/listen_address.h"

#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::runtime::listen_address_test {
namespace {

TEST(ListenAddress, ReadsHostAndPort) {
  const auto address = ParseListenAddress("127.0.0.1:7304");
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->host, "127.0.0.1");
  EXPECT_EQ(address->port, 7304);
  EXPECT_EQ(ParseListenAddress("[::1]:0")->host, "::1");
  EXPECT_EQ(ParseListenAddress("[::1]:0")->ToString(), "[::1]:0");
  EXPECT_EQ(ParseListenAddress("localhost:65535")->port, 65535);
}

TEST(ListenAddress, RefusesWhatIsNone) {
  for (const char* text : {"", "7304", ":7304", "localhost:", "localhost:65536", "localhost:-1",
                           "::1:7304", "[::1]", "[::1:7304", "a:b:1"}) {
    EXPECT_EQ(ParseListenAddress(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(ListenAddress, MayOnlyBeTheLoopbackInterfaceWithoutTls) {
  for (const char* text : {"127.0.0.1:1", "[::1]:1", "localhost:1"}) {
    EXPECT_TRUE(RequireLoopback(*ParseListenAddress(text)).ok()) << text;
  }
  for (const char* text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.com:1", "127.0.0.1.x:1"}) {
    const absl::Status status = RequireLoopback(*ParseListenAddress(text));
    ASSERT_TRUE(DetailOf(status).has_value()) << text;
    EXPECT_EQ(DetailOf(status)->reason, "LISTEN_NEEDS_TLS") << text;
  }
}

}  // namespace
}  // namespace bellwether::runtime::listen_address_test
