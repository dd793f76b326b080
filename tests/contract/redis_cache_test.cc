// What only a real Redis can do to the cache: die, hang, forget, fill up, hold what is not ours.
#include "common/cache/redis_cache.h"

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/cache/open_cache.h"
#include "common/log/log.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/redis_server.h"

namespace bellwether::cache::redis_cache_test {
namespace {

using bellwether::testing::Await;
using bellwether::testing::RedisServer;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string ReasonOf(const absl::Status& status) {
  if (status.ok()) return "OK";
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

class RedisCacheTest : public ::testing::Test {
 protected:
  std::unique_ptr<Cache> Open(const std::string& rest = "?timeout=300ms&connect-timeout=200ms") {
    auto cache = OpenCache(redis_.Url(rest), metrics_);
    EXPECT_TRUE(cache.ok()) << cache.status();
    EXPECT_TRUE((*cache)->SetSentinel(0, {"run", 0}).ok());
    return *std::move(cache);
  }
  std::string Put(Cache& cache, const std::string& key, int64_t version, int64_t score = 1) {
    const Write write{{key, version, absl::StrCat("v", version)}, false, {{"all", score}}};
    return ReasonOf(cache.Apply(0, {write}, nullptr));
  }
  static std::string Get(Cache& cache, const std::string& key) {
    const auto entry = cache.Get(key);
    if (!entry.ok()) return ReasonOf(entry.status());
    return entry->has_value() ? (*entry)->value : "none";
  }
  static std::string Lowest(Cache& cache) {
    const auto places = cache.Lowest("all", 1, 100, std::nullopt);
    if (!places.ok()) return ReasonOf(places.status());
    std::string line;
    for (const Ranked& place : *places) absl::StrAppend(&line, place.key, "=", place.score, " ");
    return line;
  }

  metrics::Registry metrics_;
  RedisServer redis_;
};

TEST_F(RedisCacheTest, LoadsItsScriptsAgainWhenTheServerForgotThem) {
  const auto cache = Open();
  EXPECT_EQ(Put(*cache, "a", 1), "OK");
  ASSERT_EQ(redis_.Command({"SCRIPT", "FLUSH"}), "OK");
  EXPECT_EQ(Put(*cache, "a", 2), "OK");
  ASSERT_EQ(redis_.Command({"SCRIPT", "FLUSH"}), "OK");
  EXPECT_EQ(Lowest(*cache), "a=1 ");
  EXPECT_EQ(Get(*cache, "a"), "v2");
}

TEST_F(RedisCacheTest, FailsWhileTheServerIsDeadAndGoesOnWhenItIsBack) {
  std::vector<std::string> lines;
  LogCapture capture([&](absl::string_view line) { lines.emplace_back(line); });
  const auto cache = Open();
  EXPECT_EQ(Put(*cache, "a", 1), "OK");
  redis_.Kill();
  const auto entry = cache->Get("a");
  EXPECT_TRUE(absl::IsUnavailable(entry.status()));
  EXPECT_THAT(std::string(entry.status().message()), Not(HasSubstr("refused"))) << "driver text";
  EXPECT_TRUE(Await([&] { return Get(*cache, "a") == "CACHE_CIRCUIT_OPEN"; }));
  redis_.Start();
  EXPECT_TRUE(Await([&] { return Get(*cache, "a") == "none"; }));
  EXPECT_EQ(Put(*cache, "a", 1), "OK");
  EXPECT_THAT(lines, ::testing::Contains(HasSubstr("Connection refused")));
  EXPECT_THAT(metrics_.Expose(), HasSubstr("bellwether_cache_circuit_open 0"));
}

TEST_F(RedisCacheTest, AnIdleConnectionThatTheServerClosedIsNoFailure) {
  const auto cache = Open();
  EXPECT_EQ(Put(*cache, "a", 1), "OK");
  ASSERT_EQ(redis_.Command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}), "1");
  EXPECT_EQ(Get(*cache, "a"), "v1");
}

TEST_F(RedisCacheTest, RefusesTheNextWriteAfterAFlush) {
  const auto cache = Open();
  const Cache::Advance advance{"run", 0, 5};
  ASSERT_TRUE(cache->Apply(0, {Write{{"a", 5, "x"}, false, {}}}, &advance).ok());
  ASSERT_EQ(redis_.Command({"FLUSHALL"}), "OK");
  const Cache::Advance next{"run", 5, 6};
  EXPECT_EQ(ReasonOf(cache->Apply(0, {Write{{"b", 6, "x"}, false, {}}}, &next)), "CACHE_LOST");
  EXPECT_EQ(Get(*cache, "b"), "none");
}

TEST_F(RedisCacheTest, RefusesTheNextWriteAfterARestartFromAnOlderCopyOnDisk) {
  const auto cache = Open();
  const Cache::Advance first{"run", 0, 5};
  ASSERT_TRUE(cache->Apply(0, {Write{{"a", 5, "x"}, false, {}}}, &first).ok());
  ASSERT_EQ(redis_.Command({"SAVE"}), "OK");
  const Cache::Advance second{"run", 5, 6};
  ASSERT_TRUE(cache->Apply(0, {Write{{"b", 6, "x"}, false, {}}}, &second).ok());
  redis_.Kill();
  redis_.Start();
  ASSERT_EQ(redis_.Command({"EXISTS", "bellwether:entry:a", "bellwether:entry:b"}), "1");
  const Cache::Advance third{"run", 6, 7};
  EXPECT_EQ(ReasonOf(cache->Apply(0, {Write{{"c", 7, "x"}, false, {}}}, &third)), "CACHE_LOST");
}

TEST_F(RedisCacheTest, AHungServerCostsAFewTimeoutsAndThenNothing) {
  const auto cache = Open();
  EXPECT_EQ(Put(*cache, "a", 1), "OK");
  redis_.Pause();
  const absl::Time begin = absl::Now();
  EXPECT_EQ(Get(*cache, "a"), "CACHE_TIMEOUT");
  const absl::Duration waited = absl::Now() - begin;
  EXPECT_GE(waited, absl::Milliseconds(300));
  EXPECT_LT(waited, absl::Seconds(3));
  int refused = 0;
  for (int i = 0; i < 1'000; ++i) refused += Get(*cache, "a") == "CACHE_CIRCUIT_OPEN" ? 1 : 0;
  EXPECT_GT(refused, 900);
  redis_.Resume();
  EXPECT_TRUE(Await([&] { return Get(*cache, "a") == "v1"; }));
}

TEST_F(RedisCacheTest, WritesUnderKillsNeverShowAnythingOlderThanWhatIsThere) {
  const auto cache = Open();
  std::atomic<bool> stop = false;
  std::atomic<int64_t> written = 0;
  std::thread writer([&] {
    for (int64_t version = 1; !stop; ++version) {
      std::vector<Write> writes;
      for (int k = 0; k < 300; ++k) {
        writes.push_back(
            {{absl::StrCat("key-", k), version, absl::StrCat(version)}, false, {{"all", version}}});
      }
      if (cache->Apply(0, writes, nullptr).ok()) written = version;
    }
  });
  for (int kill = 0; kill < 4; ++kill) {
    const int64_t before = written;
    EXPECT_TRUE(Await([&] { return written > before + 3; }));
    redis_.Kill();
    redis_.Start();
  }
  const int64_t before = written;
  EXPECT_TRUE(Await([&] { return written > before + 1; }));
  stop = true;
  writer.join();
  // The last complete write or, in part, one that failed after it.
  for (int k = 0; k < 300; ++k) {
    const auto entry = cache->Get(absl::StrCat("key-", k));
    ASSERT_TRUE(entry.ok() && entry->has_value());
    EXPECT_GE((*entry)->version, written);
    EXPECT_EQ((*entry)->value, absl::StrCat((*entry)->version));
    EXPECT_EQ(redis_.Command({"ZSCORE", "bellwether:ranking:0:all", absl::StrCat("key-", k)}),
              (*entry)->value);
  }
}

TEST_F(RedisCacheTest, SaysSoWhenAKeyHoldsWhatNobodyHereWroteAndTakesTheRest) {
  const auto cache = Open();
  for (const char* key : {"bellwether:entry:b", "bellwether:ranking:0:theirs"}) {
    ASSERT_EQ(redis_.Command({"SET", key, "theirs"}), "OK");
  }
  const std::vector<Write> writes = {
      {{"a", 1, "A"}, false, {{"all", 1}}},
      {{"b", 1, "B"}, false, {{"all", 2}}},
      {{"c", 1, "C"}, false, {{"all", 3}, {"theirs", 3}}},
      {{"d", 1, "D"}, false, {{"all", 4}}},
  };
  const Cache::Advance advance{"run", 0, 1};
  EXPECT_EQ(ReasonOf(cache->Apply(0, writes, &advance)), "CACHE_KEY_FOREIGN");
  EXPECT_EQ(Get(*cache, "a"), "A");
  EXPECT_EQ(Get(*cache, "b"), "CACHE_KEY_FOREIGN");
  EXPECT_EQ(Get(*cache, "c"), "none") << "never without its rankings";
  EXPECT_EQ(Get(*cache, "d"), "D");
  EXPECT_EQ(cache->GetSentinel(0)->value().version, std::nullopt) << "not everything is there";
  EXPECT_EQ(Lowest(*cache), "CACHE_INCOMPLETE");
  EXPECT_EQ(redis_.Command({"GET", "bellwether:entry:b"}), "theirs") << "left alone";

  ASSERT_EQ(redis_.Command({"DEL", "bellwether:entry:b", "bellwether:ranking:0:theirs"}), "2");
  const Cache::Advance again{"run", std::nullopt, 1};
  EXPECT_EQ(ReasonOf(cache->Apply(0, writes, &again)), "OK");
  EXPECT_EQ(Lowest(*cache), "a=1 b=2 c=3 d=4 ");
}

TEST_F(RedisCacheTest, SaysSoWhenItsOwnBookkeepingIsNotItsOwn) {
  const auto cache = Open();
  EXPECT_EQ(Put(*cache, "a", 1), "OK");
  const std::vector<std::vector<std::string>> rubbish = {
      {"SET", "bellwether:sentinel:0", "theirs"},
      {"SET", "bellwether:versions:0", "theirs"},
      {"SET", "bellwether:ranking:0:all", "theirs"},
  };
  for (const std::vector<std::string>& command : rubbish) {
    ASSERT_EQ(redis_.Command(command), "OK");
    const Cache::Advance advance{"run", 0, 1};
    const Write write{{"a", 2, "x"}, false, {{"all", 1}}};
    EXPECT_EQ(ReasonOf(cache->Apply(0, {write}, &advance)), "CACHE_KEY_FOREIGN") << command[1];
    EXPECT_THAT(Lowest(*cache), AnyOf("CACHE_KEY_FOREIGN", "CACHE_INCOMPLETE", "a=1 "));
    EXPECT_EQ(Get(*cache, "a"), "v1");
    redis_.Command({"DEL", command[1]});
    ASSERT_TRUE(cache->SetSentinel(0, {"run", 0}).ok());
  }
  const std::vector<std::vector<std::string>> odd = {
      {"HSET", "bellwether:entry:a", "version", "newest"},
      {"HSET", "bellwether:entry:a", "version", "1", "rankings", "99:x-1:y"},
      {"HSET", "bellwether:sentinel:0", "version", "latest"},
      {"ZADD", "bellwether:ranking:0:all", "1.5", "a"},
  };
  for (const std::vector<std::string>& command : odd) {
    redis_.Command(command);
    const Cache::Advance advance{"run", 0, 1};
    (void)cache->Apply(0, {Write{{"a", 2, "x"}, false, {{"all", 1}}}}, &advance).ok();
    (void)cache->GetSentinel(0).ok();
    (void)Lowest(*cache);
    EXPECT_THAT(Get(*cache, "a"), AnyOf("CACHE_KEY_FOREIGN", "v1", "x"));
    ASSERT_TRUE(cache->SetSentinel(0, {"run", 0}).ok()) << "alive after " << command[3];
  }
}

TEST_F(RedisCacheTest, WaitsOutAServerThatTakesNoWrites) {
  const auto cache = Open();
  EXPECT_EQ(Put(*cache, "a", 1), "OK");
  ASSERT_EQ(redis_.Command({"REPLICAOF", "127.0.0.1", "1"}), "OK");
  EXPECT_EQ(Put(*cache, "a", 2), "CACHE_UNAVAILABLE");
  ASSERT_EQ(redis_.Command({"REPLICAOF", "NO", "ONE"}), "OK");
  EXPECT_TRUE(Await([&] { return Put(*cache, "a", 2) == "OK"; }));

  ASSERT_EQ(redis_.Command({"CONFIG", "SET", "maxmemory", "1"}), "OK");
  EXPECT_EQ(Put(*cache, "a", 3), "CACHE_FULL");
  EXPECT_EQ(Get(*cache, "a"), "v2");
  ASSERT_EQ(redis_.Command({"CONFIG", "SET", "maxmemory", "0"}), "OK");
  EXPECT_EQ(Put(*cache, "a", 3), "OK");
}

TEST_F(RedisCacheTest, APartitionIsIncompleteOnceAWriteFoundNoMemory) {
  const auto cache = Open();
  const Cache::Advance first{"run", 0, 5};
  ASSERT_TRUE(cache->Apply(0, {Write{{"a", 5, "x"}, false, {{"all", 1}}}}, &first).ok());
  const Cache::Advance next{"run", 5, 6};
  const std::vector<Write> writes = {{{"a", 6, "y"}, false, {{"all", 2}}},
                                     {{"unranked", 6, "y"}, false, {}}};
  for (const Write& write : writes) {
    ASSERT_TRUE(cache->SetSentinel(0, {"run", 5}).ok());
    ASSERT_EQ(redis_.Command({"CONFIG", "SET", "maxmemory", "1"}), "OK");
    EXPECT_EQ(ReasonOf(cache->Apply(0, {write}, &next)), "CACHE_FULL");
    ASSERT_EQ(redis_.Command({"CONFIG", "SET", "maxmemory", "0"}), "OK");
    EXPECT_EQ(cache->GetSentinel(0)->value(), (Cache::Sentinel{"run", std::nullopt}));
    EXPECT_EQ(Lowest(*cache), "CACHE_INCOMPLETE");
  }
  const Cache::Advance again{"run", std::nullopt, 6};
  EXPECT_EQ(ReasonOf(cache->Apply(0, writes, &again)), "OK");
  EXPECT_EQ(Lowest(*cache), "a=2 ");
}

TEST_F(RedisCacheTest, AFillOfManyScriptsIsCompleteOnlyIfEveryOneWas) {
  const auto cache = Open();
  std::vector<Write> writes;
  for (size_t i = 0; i < 3 * kScriptWritesMax; ++i) {
    writes.push_back({{absl::StrCat("k", i), 7, "v"}, false, {}});
  }
  ASSERT_EQ(redis_.Command({"SET", "bellwether:entry:k0", "theirs"}), "OK");
  ASSERT_TRUE(cache->SetSentinel(0, {"run", std::nullopt}).ok());
  const Cache::Advance fills{"run", std::nullopt, 7};
  EXPECT_EQ(ReasonOf(cache->Apply(0, writes, &fills)), "CACHE_KEY_FOREIGN");
  EXPECT_EQ(cache->GetSentinel(0)->value(), (Cache::Sentinel{"run", std::nullopt}));
  EXPECT_EQ(Get(*cache, writes.back().entry.key), "v") << "it stands in the way of no other";

  ASSERT_EQ(redis_.Command({"DEL", "bellwether:entry:k0"}), "1");
  EXPECT_EQ(ReasonOf(cache->Apply(0, writes, &fills)), "OK");
  EXPECT_EQ(cache->GetSentinel(0)->value(), (Cache::Sentinel{"run", 7}));
}

TEST_F(RedisCacheTest, KeepsPrefixesAndDatabasesApart) {
  const auto one = Open();
  const auto other = Open("?prefix=other:");
  const auto elsewhere = Open("/3");
  EXPECT_EQ(Put(*one, "a", 1), "OK");
  EXPECT_EQ(Get(*other, "a"), "none");
  EXPECT_EQ(Get(*elsewhere, "a"), "none");
  EXPECT_EQ(Put(*other, "a", 7, 70), "OK");
  EXPECT_EQ(Lowest(*one), "a=1 ");
  EXPECT_EQ(Lowest(*other), "a=70 ");
  EXPECT_EQ(redis_.Command({"EXISTS", "other:entry:a"}), "1");
}

TEST_F(RedisCacheTest, OpensNoMoreConnectionsThanItMay) {
  const auto cache = Open("?connections=2");
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) EXPECT_EQ(Put(*cache, absl::StrCat(t), i), "OK");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(metrics_.Expose(), AnyOf(HasSubstr("bellwether_cache_connections_opened_total 1\n"),
                                       HasSubstr("bellwether_cache_connections_opened_total 2\n")));
  // The two, and the one that asks.
  EXPECT_THAT(redis_.Command({"INFO", "clients"}),
              AnyOf(HasSubstr("connected_clients:2"), HasSubstr("connected_clients:3")));
}

TEST(RedisLogin, NeedsThePasswordAndNeverPrintsIt) {
  const RedisServer redis({"--requirepass", "hunter2"});
  metrics::Registry metrics;
  std::vector<std::string> lines;
  LogCapture capture([&](absl::string_view line) { lines.emplace_back(line); });
  const auto with = [&](const std::string& name, const std::string& value) {
    setenv(name.c_str(), value.c_str(), 1);
    auto cache = OpenCache(redis.Url("?password-variable=" + name), metrics);
    return ReasonOf((*cache)->SetSentinel(0, {"run", 0}));
  };
  EXPECT_EQ(with("BELLWETHER_TEST_RIGHT", "hunter2"), "OK");
  EXPECT_EQ(with("BELLWETHER_TEST_WRONG", "hunter3"), "CACHE_UNAVAILABLE");
  EXPECT_EQ(ReasonOf((*OpenCache(redis.Url(), metrics))->SetSentinel(0, {"run", 0})),
            "CACHE_UNAVAILABLE");
  for (const std::string& line : lines) EXPECT_THAT(line, Not(HasSubstr("hunter")));
  EXPECT_THAT(lines, ::testing::Contains(HasSubstr("WRONGPASS")));
}

// Two owners, one of which does not know yet that it is none any more: whatever the order in which
// their writes arrive, the newest of each key is there in the end, with its rankings.
TEST_F(RedisCacheTest, TwoWritersWithInterleavedVersionsConverge) {
  const auto one = Open(), other = Open();
  std::mt19937 random(3);
  std::map<std::string, Write> newest;
  for (int round = 0; round < 300; ++round) {
    std::vector<Write> writes;
    for (int i = 0; i < 8; ++i) {
      Write write;
      write.entry.key = absl::StrCat("key-", random() % 20);
      write.entry.version = round + static_cast<int64_t>(random() % 40);
      write.entry.value = absl::StrCat("of ", write.entry.version);
      write.delete_entry = random() % 6 == 0;
      if (!write.delete_entry) {
        for (const char* ranking : {"all", "x", "y"}) {
          if (random() % 2 == 0) {
            write.ranks.push_back({ranking, write.entry.version % 7});
          }
        }
      }
      const auto held = newest.find(write.entry.key);
      if (held == newest.end() || held->second.entry.version < write.entry.version) {
        newest[write.entry.key] = write;
      }
      writes.push_back(std::move(write));
    }
    ASSERT_TRUE((round % 2 == 0 ? one : other)->Apply(0, writes, nullptr).ok());
  }
  std::map<std::string, std::map<std::string, int64_t>> ranked, expected;
  for (const char* ranking : {"all", "x", "y"}) {
    const auto places = one->Lowest(ranking, 1, 100, std::nullopt);
    ASSERT_TRUE(places.ok()) << places.status();
    for (const Ranked& place : *places) ranked[ranking][place.key] = place.score;
  }
  for (const auto& [key, write] : newest) {
    const auto entry = other->Get(key);
    ASSERT_TRUE(entry.ok());
    EXPECT_EQ(entry->has_value() ? (*entry)->value : "none",
              write.delete_entry ? "none" : write.entry.value);
    for (const Write::Rank& rank : write.ranks) expected[rank.ranking][key] = rank.score;
  }
  EXPECT_EQ(ranked, expected);
}

}  // namespace
}  // namespace bellwether::cache::redis_cache_test
