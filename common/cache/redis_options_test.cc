#include "common/cache/redis_options.h"

#include <cstdlib>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::cache::redis_options_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Refusal(const std::string& url) {
  const auto options = ParseRedisUrl(url);
  if (options.ok()) return "accepted";
  EXPECT_EQ(DetailOf(options.status())->reason, "CACHE_URL_INVALID");
  EXPECT_EQ(DetailOf(options.status())->field, "cache");
  return std::string(options.status().message());
}

TEST(RedisUrl, NeedsNoMoreThanAHost) {
  const RedisOptions options = ParseRedisUrl("redis://localhost").value();
  EXPECT_EQ(options.host, "localhost");
  EXPECT_EQ(options.port, 6379);
  EXPECT_EQ(options.database, 0);
  EXPECT_EQ(options.prefix, "bellwether:");
  EXPECT_EQ(options.password, "");
}

TEST(RedisUrl, SetsWhatItNames) {
  const RedisOptions options =
      ParseRedisUrl(
          "redis://127.0.0.1:7379/5?prefix=b:&connect-timeout=50ms&timeout=2s&connections=3")
          .value();
  EXPECT_EQ(options.host, "127.0.0.1");
  EXPECT_EQ(options.port, 7379);
  EXPECT_EQ(options.database, 5);
  EXPECT_EQ(options.prefix, "b:");
  EXPECT_EQ(options.connect_timeout, absl::Milliseconds(50));
  EXPECT_EQ(options.timeout, absl::Seconds(2));
  EXPECT_EQ(options.connections, 3);
}

TEST(RedisUrl, KnowsAddressesInBrackets) {
  EXPECT_EQ(ParseRedisUrl("redis://[::1]").value().host, "::1");
  const RedisOptions options = ParseRedisUrl("redis://[::1]:7000/1").value();
  EXPECT_EQ(options.host, "::1");
  EXPECT_EQ(options.port, 7000);
  EXPECT_THAT(Refusal("redis://[::1"), HasSubstr("]"));
  EXPECT_THAT(Refusal("redis://[::1]7000"), HasSubstr(":PORT"));
}

// hiredis 0.14 has no TLS, so that a password would travel readable, and all else.
TEST(RedisUrl, ConnectsToThisMachineOnly) {
  for (const char* host :
       {"cache.example", "10.0.0.7:7379", "[fe80::1]:7379", "127.cache.example"}) {
    const absl::Status status = ParseRedisUrl(absl::StrCat("redis://", host)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << host;
    EXPECT_EQ(DetailOf(status)->reason, "CACHE_NEEDS_TLS");
    EXPECT_THAT(std::string(status.message()), HasSubstr("docs/redis.md"));
  }
}

TEST(RedisUrl, TakesThePasswordFromAFileOrTheEnvironment) {
  const std::string path = ::testing::TempDir() + "/" + NewUuid();
  std::ofstream(path) << "from a file\nsecond line\n";
  EXPECT_EQ(ParseRedisUrl("redis://localhost?user=u&password-file=" + path).value().password,
            "from a file");
  setenv("BELLWETHER_REDIS_TEST_PASSWORD", "from the environment", 1);
  EXPECT_EQ(ParseRedisUrl("redis://localhost?password-variable=BELLWETHER_REDIS_TEST_PASSWORD")
                .value()
                .password,
            "from the environment");
  EXPECT_THAT(
      Refusal("redis://h?password-variable=BELLWETHER_REDIS_TEST_PASSWORD&password-file=" + path),
      HasSubstr("not both"));
  EXPECT_THAT(Refusal("redis://h?password-file=" + path + "-missing"), HasSubstr("cannot be read"));
  EXPECT_THAT(Refusal("redis://h?password-variable=BELLWETHER_REDIS_TEST_UNSET"),
              HasSubstr("is not set"));
  EXPECT_THAT(Refusal("redis://h?user=u"), HasSubstr("needs password-file"));
}

TEST(RedisUrl, RefusesASecretInItselfWithoutRepeatingIt) {
  for (const char* url :
       {"redis://:hunter2@h", "redis://u:hunter2@h:1/0", "redis://h?password=hunter2"}) {
    EXPECT_THAT(Refusal(url), HasSubstr("password-file")) << url;
    EXPECT_THAT(Refusal(url), Not(HasSubstr("hunter2"))) << url;
  }
}

TEST(RedisUrl, SaysWhatIsWrong) {
  EXPECT_THAT(Refusal("redis://"), HasSubstr("no host"));
  EXPECT_THAT(Refusal("redis://:7379"), HasSubstr("no host"));
  EXPECT_THAT(Refusal("redis://h:0"), HasSubstr("the port"));
  EXPECT_THAT(Refusal("redis://h:65536"), HasSubstr("the port"));
  EXPECT_THAT(Refusal("redis://h/x"), HasSubstr("the database"));
  EXPECT_THAT(Refusal("redis://h?prefix="), HasSubstr("prefix"));
  EXPECT_THAT(Refusal("redis://h?prefix=a*b"), HasSubstr("prefix"));
  EXPECT_THAT(Refusal("redis://h?timeout=1"), HasSubstr("timeout is a duration"));
  EXPECT_THAT(Refusal("redis://h?connect-timeout=9ms"), HasSubstr("connect-timeout is a duration"));
  EXPECT_THAT(Refusal("redis://h?connections=0"), HasSubstr("connections"));
  EXPECT_THAT(Refusal("redis://h?colour=red"), HasSubstr("colour"));
  EXPECT_THAT(Refusal("redis://h?timeout=1s&timeout=2s"), HasSubstr("twice"));
}

}  // namespace
}  // namespace bellwether::cache::redis_options_test
