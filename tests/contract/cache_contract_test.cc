// The cache contract over the cache in memory and over a real Redis.
#include "tests/contract/cache_contract.h"

#include "common/base/status.h"
#include "common/cache/open_cache.h"
#include "tests/support/redis_server.h"

namespace bellwether::cache::cache_contract_test {
namespace {

metrics::Registry& Metrics() {
  static metrics::Registry registry;
  return registry;
}

std::unique_ptr<Cache> EmptyRedis() {
  static testing::RedisServer server;
  EXPECT_EQ(server.Command({"FLUSHALL"}), "OK");
  return *OpenCache(server.Url(), Metrics());
}

INSTANTIATE_TEST_SUITE_P(Memory, CacheContract,
                         ::testing::Values(CacheImplementation{
                             "Memory", [] { return *OpenCache("memory:", Metrics()); }}),
                         [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(Redis, CacheContract,
                         ::testing::Values(CacheImplementation{"Server", EmptyRedis}),
                         [](const auto& info) { return info.param.name; });

TEST(OpenCache, NamesWhatItKnowsWhenItDoesNot) {
  for (const char* url : {"", "memory", "memory:x", "memcached://host"}) {
    const absl::Status status = OpenCache(url, Metrics()).status();
    ASSERT_TRUE(DetailOf(status).has_value()) << url;
    EXPECT_EQ(DetailOf(status)->reason, "UNKNOWN_CACHE");
    EXPECT_NE(status.message().find("memory:"), absl::string_view::npos);
  }
}

TEST(OpenCache, SaysHowTlsIsDone) {
  const absl::Status status = OpenCache("rediss://host", Metrics()).status();
  EXPECT_NE(status.message().find("proxy"), absl::string_view::npos);
}

}  // namespace
}  // namespace bellwether::cache::cache_contract_test
