// The live cache on a real Redis, beside what the same server does bare, in the same run: versioned
// writes with their four rankings next to pipelined HSETs of the same bytes; pages of a ranking
// merged from twelve partitions next to a page of one sorted set; reads of a thousand entries.
// `server_us` is the server's own CPU time per item: what counts where it is not alone.
#include <hiredis/hiredis.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "benchmark/benchmark.h"
#include "common/cache/open_cache.h"
#include "tests/support/redis_server.h"

namespace bellwether::cache {
namespace {

constexpr int kAccounts = 100'000;
constexpr int32_t kPartitions = 12;
constexpr int kWritesPerCall = 1'000;
constexpr size_t kValueBytes = 1'900;  // an AccountHealth of the shipped model
constexpr int kOwners = 200;
constexpr int64_t kScores = 100'000'000;

testing::RedisServer& Server() {
  static testing::RedisServer server;
  return server;
}

Cache& Redis() {
  static metrics::Registry metrics;
  static const std::unique_ptr<Cache> cache =
      OpenCache(Server().Url("?timeout=10s"), metrics).value();
  return *cache;
}

// The server's CPU seconds so far.
double ServerSeconds() {
  double seconds = 0;
  for (const absl::string_view line : absl::StrSplit(Server().Command({"INFO", "cpu"}), "\r\n")) {
    const std::pair<absl::string_view, absl::string_view> pair = absl::StrSplit(line, ':');
    double value = 0;
    if ((pair.first == "used_cpu_user" || pair.first == "used_cpu_sys") &&
        absl::SimpleAtod(pair.second, &value)) {
      seconds += value;
    }
  }
  return seconds;
}

// Reports what was done since it was made.
class Meter {
 public:
  explicit Meter(benchmark::State& state) : state_(state), begin_(ServerSeconds()) {}
  void Report(int64_t items) {
    state_.SetItemsProcessed(items);
    state_.counters["server_us"] = (ServerSeconds() - begin_) * 1e6 / static_cast<double>(items);
  }

 private:
  benchmark::State& state_;
  const double begin_;
};

std::string KeyOf(int account) { return absl::StrCat("health/account-", account); }

Write WriteOf(int account, int64_t version, int64_t score) {
  return {{KeyOf(account), version, std::string(kValueBytes, 'v')},
          false,
          {{"all", score},
           {absl::StrCat("tier/", account % 3), score},
           {absl::StrCat("owner/", account % kOwners), score},
           {absl::StrCat("industry/", account % 20), score}}};
}

// Every account is there, as after a start.
void Fill() {
  static bool filled = false;
  if (filled) return;
  filled = true;
  std::mt19937 random(1);
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    (void)Redis().SetSentinel(partition, {"bench", 0}).ok();
    std::vector<Write> writes;
    for (int account = partition; account < kAccounts; account += kPartitions) {
      writes.push_back(WriteOf(account, 0, static_cast<int64_t>(random() % kScores)));
    }
    (void)Redis().Apply(partition, writes, nullptr).ok();
  }
}

// One trip of as many commands as the cache sends writes.
void BM_BareHset(benchmark::State& state) {
  Fill();
  redisContext* const context = redisConnect("127.0.0.1", Server().port());
  const std::string value(kValueBytes, 'v');
  std::mt19937 random(2);
  Meter meter(state);
  for (auto _ : state) {
    for (int i = 0; i < kWritesPerCall; ++i) {
      const std::string key = absl::StrCat("bare/account-", random() % kAccounts);
      const std::string version = absl::StrCat(random());
      const char* words[] = {"HSET", key.data(), "version", version.data(), "value", value.data()};
      const size_t lengths[] = {4, key.size(), 7, version.size(), 5, value.size()};
      redisAppendCommandArgv(context, 6, words, lengths);
    }
    for (int i = 0; i < kWritesPerCall; ++i) {
      void* reply = nullptr;
      if (redisGetReply(context, &reply) != REDIS_OK) return state.SkipWithError("no answer");
      freeReplyObject(reply);
    }
  }
  redisFree(context);
  meter.Report(state.iterations() * kWritesPerCall);
}
BENCHMARK(BM_BareHset)->UseRealTime();

// Of accounts of one partition, each newer than before.
void BM_VersionedWrite(benchmark::State& state) {
  Fill();
  static int64_t version = 0;
  std::mt19937 random(3);
  Meter meter(state);
  for (auto _ : state) {
    state.PauseTiming();
    ++version;
    const auto partition = static_cast<int32_t>(random() % kPartitions);
    std::vector<Write> writes;
    for (int i = 0; i < kWritesPerCall; ++i) {
      const int account = static_cast<int>(random() % (kAccounts / kPartitions)) * kPartitions;
      writes.push_back(WriteOf(account + partition, version * 1'000 + i,
                               static_cast<int64_t>(random() % kScores)));
    }
    const Cache::Advance advance{"bench", 0, version};
    state.ResumeTiming();
    const absl::Status applied = Redis().Apply(partition, writes, &advance);
    if (!applied.ok()) return state.SkipWithError(applied.ToString().c_str());
  }
  meter.Report(state.iterations() * kWritesPerCall);
}
BENCHMARK(BM_VersionedWrite)->UseRealTime();

// A page from the middle of everybody.
void BM_RankingPage(benchmark::State& state) {
  Fill();
  const auto page = static_cast<size_t>(state.range(0));
  std::mt19937 random(4);
  Meter meter(state);
  for (auto _ : state) {
    const Ranked after{KeyOf(static_cast<int>(random() % kAccounts)),
                       static_cast<int64_t>(random() % (kScores / 2))};
    const auto places = Redis().Lowest("all", kPartitions, page, after);
    if (!places.ok() || places->size() != page) return state.SkipWithError("no page");
  }
  meter.Report(state.iterations());
}
BENCHMARK(BM_RankingPage)->ArgName("places")->Arg(1)->Arg(50)->Arg(1'000)->UseRealTime();

void BM_BareZrange(benchmark::State& state) {
  Fill();
  redisContext* const context = redisConnect("127.0.0.1", Server().port());
  std::mt19937 random(5);
  static bool filled = false;
  for (int account = 0; account < kAccounts && !filled; ++account) {
    freeReplyObject(redisCommand(context, "ZADD bare/ranking %d account-%d",
                                 static_cast<int>(random() % kScores), account));
  }
  filled = true;
  Meter meter(state);
  for (auto _ : state) {
    const int first = static_cast<int>(random() % (kAccounts / 2));
    freeReplyObject(redisCommand(context, "ZRANGE bare/ranking %d %d WITHSCORES", first,
                                 first + static_cast<int>(state.range(0)) - 1));
  }
  redisFree(context);
  meter.Report(state.iterations());
}
BENCHMARK(BM_BareZrange)->ArgName("places")->Arg(1)->Arg(50)->Arg(1'000)->UseRealTime();

void BM_GetMany(benchmark::State& state) {
  Fill();
  std::mt19937 random(6);
  std::vector<std::string> keys;
  for (int i = 0; i < state.range(0); ++i) {
    keys.push_back(KeyOf(static_cast<int>(random() % kAccounts)));
  }
  Meter meter(state);
  for (auto _ : state) {
    const auto entries = Redis().GetMany(keys);
    if (!entries.ok()) return state.SkipWithError("no entries");
  }
  meter.Report(state.iterations() * state.range(0));
}
BENCHMARK(BM_GetMany)->Arg(1)->Arg(1'000)->UseRealTime();

}  // namespace
}  // namespace bellwether::cache

BENCHMARK_MAIN();
