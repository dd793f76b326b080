// The cache contract over the in-memory cache.
#include "tests/contract/cache_contract.h"

#include "common/base/status.h"

namespace bellwether::cache {
namespace {

INSTANTIATE_TEST_SUITE_P(Memory, CacheContract,
                         ::testing::Values(CacheImplementation{
                             "Memory", [] { return *OpenCache("memory:"); }}),
                         [](const auto& info) { return info.param.name; });

TEST(OpenCache, NamesWhatItKnowsWhenItDoesNot) {
  for (const char* url : {"", "memory", "memory:x", "memcached://host"}) {
    const absl::Status status = OpenCache(url).status();
    ASSERT_TRUE(DetailOf(status).has_value()) << url;
    EXPECT_EQ(DetailOf(status)->reason, "UNKNOWN_CACHE");
    EXPECT_NE(status.message().find("memory:"), absl::string_view::npos);
  }
}

}  // namespace
}  // namespace bellwether::cache
