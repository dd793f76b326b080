// The whole service on a real Redis that is killed, emptied, hung and filled with rubbish.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "common/cache/open_cache.h"
#include "common/stream/partition_cache.h"
#include "gmock/gmock.h"
#include "services/health/testing/app_fixture.h"
#include "tests/support/redis_server.h"

namespace bellwether::health::redis_test {
namespace {

using bellwether::testing::Await;
using bellwether::testing::RedisServer;
using ::testing::ElementsAreArray;
using ::testing::Not;

// Before the app, which stands on it.
struct OwnRedis {
  RedisServer redis;
  metrics::Registry redis_metrics;
};

class HealthOnRedis : protected OwnRedis, public HealthApp {
 protected:
  HealthOnRedis()
      : HealthApp(cache::OpenCache(redis.Url("?timeout=300ms&connect-timeout=200ms"), redis_metrics)
                      .value()) {
    for (int i = 0; i < 5; ++i) {
      const std::string account = Account(i);
      Describe(account, i < 3 ? "core" : "potential");
      // The longer ago the last order, the lower the score.
      Order(account, "first", FoldRig::Noon(-30 * (5 - i)), 1'000);
    }
    // What is to be read without the cache has been committed.
    EXPECT_TRUE(Await([this] {
      const auto all = hosted_->app->folds().Status();
      return std::all_of(all.begin(), all.end(),
                         [](const auto& p) { return p.committed_offset == p.next_offset; });
    }));
  }

  static std::string Account(int i) { return "a" + std::to_string(i); }

  // The cache has it all again. The rig's clock moves, as it does for waiting readers.
  bool AwaitRefilled() {
    return Await([this] {
      rig_.clock.Advance(stream::kCacheRetryAfter);
      const std::vector<std::string> ranked = Rank();
      return std::none_of(ranked.begin(), ranked.end(),
                          [](const auto& line) { return absl::EndsWith(line, " stored"); });
    });
  }
  // How often reads fell back for `reason`.
  std::string StoreReads(const std::string& call, const std::string& reason) {
    const std::string exposed = hosted_->metrics.Expose();
    const std::string series = absl::StrCat("bellwether_health_store_reads_total{call=\"", call,
                                            "\",reason=\"", reason, "\"} ");
    const size_t at = exposed.find(series);
    if (at == std::string::npos) return "never";
    const size_t begin = at + series.size();
    return exposed.substr(begin, exposed.find('\n', begin) - begin);
  }
  static std::vector<std::string> Stored(std::vector<std::string> ranked) {
    for (std::string& line : ranked) line += " stored";
    return ranked;
  }
};

TEST_F(HealthOnRedis, AnswersFromTheStoreWhileRedisIsAwayAndSaysSo) {  // H9
  const std::vector<std::string> ranked = Rank();
  const std::vector<std::string> core = Rank(2, "core");
  ASSERT_EQ(ranked.size(), 5u);
  const v1::AccountHealth cached = Get("a1");
  EXPECT_FALSE(cached.as_of_checkpoint());
  v1::RankHealthRequest page;
  page.set_page_size(3);
  page.set_page_token(Call(&v1::HealthService::Stub::RankHealth, page).next_page_token());

  redis.Kill();
  const v1::AccountHealth stored = Get("a1");
  EXPECT_TRUE(stored.as_of_checkpoint());
  EXPECT_EQ(stored.score_micros(), cached.score_micros());
  EXPECT_EQ(stored.version(), cached.version());
  EXPECT_EQ(stored.metrics_size(), cached.metrics_size());
  v1::BatchGetHealthRequest many;
  for (int i = 0; i < 5; ++i) many.add_accounts("accounts/" + Account(i));
  many.add_accounts("accounts/nobody");
  const auto batch = Call(&v1::HealthService::Stub::BatchGetHealth, many);
  ASSERT_EQ(batch.healths_size(), 5);
  for (const auto& health : batch.healths()) EXPECT_TRUE(health.as_of_checkpoint());
  EXPECT_THAT(Rank(), ElementsAreArray(Stored(ranked)));
  EXPECT_THAT(Rank(1, "core"), ElementsAreArray(Stored(core)));
  EXPECT_EQ(Call(&v1::HealthService::Stub::RankHealth, page).healths_size(), 2)
      << "a page begun with the cache goes on without it";
  EXPECT_EQ(StoreReads("get", "CACHE_UNAVAILABLE"), "7") << "one and six";
  EXPECT_NE(StoreReads("rank", "CACHE_CIRCUIT_OPEN"), "never") << hosted_->metrics.Expose();

  redis.Start();  // with nothing in it
  ASSERT_TRUE(AwaitRefilled());
  EXPECT_THAT(Rank(), ElementsAreArray(ranked));
  EXPECT_FALSE(Get("a1").as_of_checkpoint());
}

TEST_F(HealthOnRedis, FoldsOnAndNotifiesWatchersWhileRedisIsAway) {  // H9
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  v1::WatchHealthRequest request;
  request.add_accounts("accounts/a1");
  const auto reader = stub_->WatchHealth(&context, request);
  v1::WatchHealthResponse seen;
  while (seen.mark().kind() != type::v1::WATCH_MARK_KIND_SNAPSHOT_END) {
    ASSERT_TRUE(reader->Read(&seen));
  }
  redis.Kill();
  Order("a1", "while away", FoldRig::Noon(), 5'000);
  Order("a2", "not watched", FoldRig::Noon(), 5'000);
  ASSERT_TRUE(reader->Read(&seen));
  EXPECT_EQ(seen.cause().id(), "while away");
  const int64_t score = seen.health().score_micros();
  EXPECT_TRUE(Await([&] { return Get("a1").score_micros() == score; })) << "with the checkpoint";
  EXPECT_TRUE(Get("a1").as_of_checkpoint());

  redis.Start();
  ASSERT_TRUE(AwaitRefilled());
  EXPECT_EQ(Get("a1").score_micros(), score);
  Order("a1", "when back", FoldRig::Noon(), 900'000);
  ASSERT_TRUE(reader->Read(&seen));
  EXPECT_EQ(seen.cause().id(), "when back") << "a refill is no change";
  context.TryCancel();
  reader->Finish();
}

// Everything a watcher of these accounts gets, read on demand.
class Watcher {
 public:
  Watcher(v1::HealthService::Stub& stub, const std::vector<std::string>& accounts) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    v1::WatchHealthRequest request;
    for (const std::string& account : accounts) request.add_accounts("accounts/" + account);
    reader_ = stub.WatchHealth(&context_, request);
  }
  ~Watcher() {
    context_.TryCancel();
    reader_->Finish();
  }
  // Reads until each account was moved by the fact.
  bool Sees(std::set<std::string> accounts, const std::string& fact) {
    v1::WatchHealthResponse seen;
    while (!accounts.empty() && reader_->Read(&seen)) {
      if (seen.cause().id() == fact) accounts.erase(seen.health().account());
    }
    return accounts.empty();
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchHealthResponse>> reader_;
};

TEST_F(HealthOnRedis, WatchersOfEitherReplicaAreSentEveryAccount) {  // H9
  const Hosted other(config_, rig_, *cache_);
  const auto other_stub = v1::HealthService::NewStub(
      grpc::CreateChannel(other.server.target(), grpc::InsecureChannelCredentials()));
  const auto folds_one = [](const Hosted& hosted) {
    const auto all = hosted.app->folds().Status();
    return all.size() == 1 && all[0].state == stream::PartitionState::kLive;
  };
  ASSERT_TRUE(Await([&] { return folds_one(*hosted_) && folds_one(other); }));
  std::map<int32_t, std::string> by_partition;
  for (int i = 0; i < 5; ++i) by_partition[FoldRig::PartitionFor(Account(i))] = Account(i);
  ASSERT_EQ(by_partition.size(), 2u);
  const std::string &a = by_partition[0], &b = by_partition[1];
  Watcher here(*stub_, {a, b}), there(*other_stub, {a, b});
  EXPECT_TRUE(here.Sees({"accounts/" + a, "accounts/" + b}, "first")) << "what is there";
  EXPECT_TRUE(there.Sees({"accounts/" + a, "accounts/" + b}, "first"));
  rig_.SendOrder(a, "new", FoldRig::Noon(), 5'000);
  rig_.SendOrder(b, "new", FoldRig::Noon(), 5'000);
  EXPECT_TRUE(here.Sees({"accounts/" + a, "accounts/" + b}, "new"));
  EXPECT_TRUE(there.Sees({"accounts/" + a, "accounts/" + b}, "new"));
}

TEST_F(HealthOnRedis, IsFilledAgainAfterAFlush) {
  const std::vector<std::string> ranked = Rank();
  ASSERT_EQ(redis.Command({"FLUSHALL"}), "OK");
  EXPECT_TRUE(Get("a3").as_of_checkpoint());
  EXPECT_EQ(StoreReads("get", "CACHE_MISSING"), "1");
  EXPECT_THAT(Rank(), ElementsAreArray(Stored(ranked))) << "not the empty one of the cache";
  EXPECT_NE(StoreReads("rank", "CACHE_INCOMPLETE"), "never");
  rig_.clock.Advance(stream::kCacheCheckInterval);  // though nothing happens
  ASSERT_TRUE(AwaitRefilled());
  EXPECT_THAT(Rank(), ElementsAreArray(ranked));

  ASSERT_EQ(redis.Command({"FLUSHALL"}), "OK");
  Order("a3", "after", FoldRig::Noon(), 100);  // with the next write, at once
  EXPECT_TRUE(Await([&] { return Rank().size() == 5 && !Get("a0").as_of_checkpoint(); }));
}

TEST_F(HealthOnRedis, ANextOwnerFillsWhatARestartedRedisLost) {
  const std::vector<std::string> ranked = Rank();
  Stop();
  redis.Kill();
  redis.Start();
  HealthApp::Start();
  ASSERT_TRUE(AwaitRefilled());
  EXPECT_THAT(Rank(), ElementsAreArray(ranked));
}

TEST_F(HealthOnRedis, AHungRedisDelaysAFewCallsAndNoMore) {
  const std::vector<std::string> ranked = Rank();
  const v1::AccountHealth before = Get("a1");
  redis.Pause();
  const absl::Time begin = absl::Now();
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(Get("a1").as_of_checkpoint());
  EXPECT_LT(absl::Now() - begin, 50 * absl::Milliseconds(200)) << "50 timeouts";
  EXPECT_NE(StoreReads("get", "CACHE_TIMEOUT"), "never");
  EXPECT_NE(StoreReads("get", "CACHE_CIRCUIT_OPEN"), "never");
  EXPECT_THAT(redis_metrics.Expose(), ::testing::HasSubstr("bellwether_cache_circuit_open 1"));
  Order("a1", "while hung", FoldRig::Noon(), 5'000);
  redis.Resume();
  // Until the owner tries again it shows what it had, with the instant of that.
  EXPECT_TRUE(Await([&] {
    rig_.clock.Advance(stream::kCacheRetryAfter);
    const v1::AccountHealth health = Get("a1");
    return !health.as_of_checkpoint() && health.score_micros() > before.score_micros();
  }));
  EXPECT_THAT(Rank(), Not(ElementsAreArray(ranked)));
}

TEST_F(HealthOnRedis, RubbishInTheCacheIsReadFromTheStoreInstead) {
  const std::string key = "bellwether:entry:health/a1";
  const int64_t score = Get("a1").score_micros();
  ASSERT_EQ(redis.Command({"HSET", key, "value", "\x01no protobuf"}), "0");
  EXPECT_TRUE(Get("a1").as_of_checkpoint());
  EXPECT_EQ(Get("a1").score_micros(), score);
  EXPECT_EQ(StoreReads("get", "CACHE_CORRUPT"), "2");
  ASSERT_EQ(redis.Command({"DEL", key}), "1");
  ASSERT_EQ(redis.Command({"SET", key, "of another kind"}), "OK");
  EXPECT_TRUE(Get("a1").as_of_checkpoint());
  EXPECT_EQ(StoreReads("get", "CACHE_KEY_FOREIGN"), "1");
}

// Killed again and again in the middle of writes: what is cached in the end is what the fold has.
TEST_F(HealthOnRedis, ComesToTheFoldsStateHoweverOftenItIsKilledUnderWrites) {
  for (int kill = 0; kill < 5; ++kill) {
    FoldRig::Sent last;
    for (int i = 0; i < 200; ++i) {
      last = rig_.SendOrder(Account(i % 40), absl::StrCat("o-", kill, "-", i), FoldRig::Noon(),
                            100 * (i % 17));
      if (i == 60 + 20 * kill) redis.Kill();
      if (i == 150) redis.Start();
    }
    AwaitApplied(last);
  }
  ASSERT_TRUE(AwaitRefilled());
  const auto verified = Call(&v1::HealthService::Stub::VerifyHealth, v1::VerifyHealthRequest());
  EXPECT_EQ(verified.difference_count(), 0);
  std::vector<std::string> expected = Rank(100);
  EXPECT_EQ(expected.size(), 40u);
  for (int i = 0; i < 40; ++i) {
    const v1::AccountHealth cached = Get(Account(i));
    EXPECT_FALSE(cached.as_of_checkpoint());
    int64_t live = -1;
    ASSERT_TRUE(hosted_->app->folds()
                    .Inspect(FoldRig::PartitionFor(Account(i)),
                             [&](const stream::PartitionFold& fold) {
                               const auto view =
                                   dynamic_cast<const HealthFold&>(fold).View(Account(i));
                               if (view) live = view->account.score();
                             })
                    .ok());
    EXPECT_EQ(cached.score_micros(), live) << Account(i);
  }
}

}  // namespace
}  // namespace bellwether::health::redis_test
