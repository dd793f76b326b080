// Holds docs/redis.md to what it says. Its examples are run: what stands after "$ " must print what
// stands below it.
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "common/base/hash.h"
#include "common/cache/open_cache.h"
#include "gtest/gtest.h"
#include "tests/support/documented_examples.h"
#include "tests/support/redis_server.h"

namespace bellwether::cache::redis_documentation_test {
namespace {

constexpr char kPage[] = "docs/redis.md";
constexpr char kDocumentedPort[] = "-p 7379";
constexpr int64_t kGeneration = int64_t{1} << 40;

// What the page says is in it, put there as the health service does.
void Fill(Cache& cache, const std::string& account, const std::string& name, int64_t version,
          int64_t score, std::vector<Write::Rank> ranks, int64_t reached) {
  health::v1::AccountHealth health;
  health.set_account("accounts/" + account);
  health.set_display_name(name);
  health.set_score_micros(score);
  health.set_band_id("red");
  health.set_confidence_micros(800'000);
  health.set_version(version);
  for (Write::Rank& rank : ranks) rank.score = score;
  const Write write{{"health/" + account, version, health.SerializeAsString()}, false, ranks};
  const int32_t partition = PartitionOf(account, 12);
  const std::string run = "5f0c2ab1-6d7e-4c39-9d5c-0f1e2d3c4b5a";
  ASSERT_TRUE(cache.SetSentinel(partition, {run, 0}).ok());
  const Cache::Advance advance{run, 0, reached};
  ASSERT_TRUE(cache.Apply(partition, {write}, &advance).ok());
}

TEST(RedisDocumentation, ItsExamplesPrintWhatItSays) {
  const testing::RedisServer redis;
  metrics::Registry metrics;
  const auto cache = OpenCache(redis.Url(), metrics).value();
  Fill(*cache, "acme", "Acme", kGeneration + 23, 41'500'000, {{"all"}, {"tier/core"}, {"owner/li"}},
       kGeneration + 25);
  Fill(*cache, "bolt", "Bolt", kGeneration + 1, 38'250'000, {{"all"}, {"tier/core"}},
       kGeneration + 1);
  const auto examples = testing::ReadExamples(kPage);
  ASSERT_GE(examples.size(), 7u);
  for (const testing::DocumentedExample& example : examples) {
    ASSERT_TRUE(absl::StrContains(example.command, kDocumentedPort)) << example.command;
    // As on a terminal, which a pipe is not.
    const std::string command = absl::StrReplaceAll(
        example.command,
        {{"redis-cli -p 7379 --", absl::StrCat("redis-cli -p ", redis.port(), " --")},
         {"redis-cli -p 7379", absl::StrCat("redis-cli --no-raw -p ", redis.port())}});
    EXPECT_EQ(testing::OutputOf(command), example.printed) << example.command;
  }
}

// The line of rights that begins with "+select".
std::vector<std::string> ReadRights() {
  std::ifstream page(kPage);
  for (std::string line; std::getline(page, line);) {
    const size_t begin = line.find("`+select");
    if (begin == std::string::npos) continue;
    const size_t end = line.find('`', begin + 1);
    return absl::StrSplit(line.substr(begin + 1, end - begin - 1), ' ');
  }
  return {};
}

TEST(RedisDocumentation, TheRightsThatItNamesSuffice) {
  const testing::RedisServer redis;
  std::vector<std::string> grant = {"ACL", "SETUSER", "bellwether", "on", ">secret"};
  const std::vector<std::string> rights = ReadRights();
  ASSERT_FALSE(rights.empty());
  grant.insert(grant.end(), rights.begin(), rights.end());
  ASSERT_EQ(redis.Command(grant), "OK");
  setenv("BELLWETHER_TEST_REDIS_ACL", "secret", 1);
  metrics::Registry metrics;
  const auto cache =
      OpenCache(redis.Url("?user=bellwether&password-variable=BELLWETHER_TEST_REDIS_ACL"), metrics)
          .value();
  const std::string run = "run";
  for (const int64_t version : {1, 2}) {
    ASSERT_TRUE(cache->SetSentinel(0, {run, std::nullopt}).ok());
    const std::vector<Write> writes = {
        {{"a", version, "A"}, false, {{version == 1 ? "x" : "y", 5}}},
        {{"b", version, ""}, version == 2, {}},
        {{"c", version, "C"}, false, {{"all", 5}}}};
    const Cache::Advance advance{run, std::nullopt, version};
    const absl::Status applied = cache->Apply(0, writes, &advance);
    ASSERT_TRUE(applied.ok()) << applied;
  }
  EXPECT_EQ(cache->Get("a").value()->value, "A");
  EXPECT_EQ(cache->Lowest("all", 1, 9, Ranked{"c", 5})->size(), 0u);
  EXPECT_EQ(cache->Lowest("all", 1, 9, Ranked{"a", 5})->size(), 1u);
  EXPECT_TRUE(cache->Forget(0, kExactEnd).ok());
  EXPECT_EQ(cache->GetSentinel(0).value()->version, 2);
}

}  // namespace
}  // namespace bellwether::cache::redis_documentation_test
