#include "common/stream/partition_cache.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/cache/memory_cache.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::stream::partition_cache_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::UnixEpoch();

// Counts what reaches it, and fails on demand.
class WatchedCache final : public cache::Cache {
 public:
  absl::Status Apply(int32_t partition, absl::Span<const cache::Write> writes,
                     const Advance* advance) override {
    if (away) return absl::UnavailableError("away");
    if (refuses_writes && !writes.empty()) return absl::FailedPreconditionError("full");
    calls.push_back(writes.size());
    return real->Apply(partition, writes, advance);
  }
  absl::Status Forget(int32_t partition, int64_t below_version) override {
    if (away || refuses_to_forget) return absl::UnavailableError("away");
    return real->Forget(partition, below_version);
  }
  absl::StatusOr<std::optional<cache::Entry>> Get(absl::string_view key) override {
    return real->Get(key);
  }
  absl::StatusOr<std::vector<std::optional<cache::Entry>>> GetMany(
      absl::Span<const std::string> keys) override {
    return real->GetMany(keys);
  }
  absl::StatusOr<std::vector<cache::Ranked>> Lowest(
      absl::string_view ranking, int32_t partitions, size_t limit,
      const std::optional<cache::Ranked>& after) override {
    return real->Lowest(ranking, partitions, limit, after);
  }
  absl::StatusOr<std::vector<cache::Write>> ChangedAfter(int32_t partition,
                                                         const cache::Position& after,
                                                         size_t limit) override {
    return real->ChangedAfter(partition, after, limit);
  }
  absl::StatusOr<std::optional<Sentinel>> GetSentinel(int32_t partition) override {
    if (away) return absl::UnavailableError("away");
    return real->GetSentinel(partition);
  }
  absl::Status SetSentinel(int32_t partition, const Sentinel& sentinel) override {
    if (away) return absl::UnavailableError("away");
    return real->SetSentinel(partition, sentinel);
  }

  bool away = false;
  bool refuses_writes = false;
  bool refuses_to_forget = false;
  std::vector<size_t> calls;
  std::unique_ptr<cache::MemoryCache> real = std::make_unique<cache::MemoryCache>();
};

using Sentinel = cache::Cache::Sentinel;

class PartitionCacheTest : public ::testing::Test {
 protected:
  static cache::Write Write(std::string key, int64_t version, std::string value) {
    cache::Write write;
    write.entry = {std::move(key), version, std::move(value)};
    return write;
  }
  void Add(std::vector<cache::Write> writes) { partition_.Add(writes); }
  std::string Cached(const std::string& key) {
    const auto entry = watched_.real->Get(key);
    return entry->has_value() ? (*entry)->value : "nothing";
  }
  std::optional<Sentinel> Found() { return watched_.real->GetSentinel(3).value(); }
  // The partition is this owner's and filled up to `version`.
  void Own(int64_t version) {
    ASSERT_TRUE(watched_.SetSentinel(3, {"log", version}).ok());
    partition_.Check(version, kNow);
    ASSERT_FALSE(partition_.stale());
  }
  void ExpectRefillDueAfter(absl::Duration wait) {
    EXPECT_TRUE(partition_.stale());
    EXPECT_FALSE(partition_.RefillDue(kNow + wait - absl::Nanoseconds(1)));
    EXPECT_TRUE(partition_.RefillDue(kNow + wait));
  }

  WatchedCache watched_;
  Counters counters_;
  std::vector<std::string> shown_;
  PartitionCache partition_{&watched_, 3, "log",
                            [this](absl::Span<const cache::Write> writes) {
                              for (const auto& write : writes) {
                                shown_.push_back(write.entry.value);
                              }
                            },
                            counters_};
};

TEST_F(PartitionCacheTest, WritesTheLatestOfAKeyOncePerBatch) {
  Own(0);
  Add({Write("a", 1, "old"), Write("b", 1, "b")});
  Add({Write("a", 2, "new")});
  EXPECT_EQ(Cached("a"), "nothing");
  partition_.Flush(2, kNow);
  EXPECT_EQ(Cached("a"), "new");
  EXPECT_THAT(watched_.calls, ElementsAre(2u));
  partition_.Flush(2, kNow);
  EXPECT_THAT(watched_.calls, ElementsAre(2u));
}

TEST_F(PartitionCacheTest, WritesManyInCallsOfALimitedSize) {
  Own(0);
  std::vector<cache::Write> writes;
  for (size_t i = 0; i < kCacheWritesPerCall + 1; ++i)
    writes.push_back(Write(absl::StrCat(i), 1, ""));
  Add(std::move(writes));
  partition_.Flush(1, kNow);
  EXPECT_THAT(watched_.calls, ElementsAre(kCacheWritesPerCall, 1u));
  EXPECT_EQ(Found(), (Sentinel{"log", 1}));
}

TEST_F(PartitionCacheTest, MovesTheSentinelWithEveryBatch) {
  Own(0);
  Add({Write("a", 8, "a")});
  partition_.Flush(9, kNow);
  EXPECT_EQ(Found(), (Sentinel{"log", 9}));
}

TEST_F(PartitionCacheTest, MarksHowFarItIsFilledBeforeACheckpointAndNeverBackwards) {
  Own(0);
  partition_.Mark(7, kNow);
  EXPECT_EQ(Found(), (Sentinel{"log", 7}));
  Add({Write("a", 8, "a")});
  partition_.Mark(8, kNow);
  EXPECT_EQ(Cached("a"), "a");
  EXPECT_EQ(Found(), (Sentinel{"log", 8}));
  partition_.Mark(5, kNow);
  EXPECT_EQ(Found(), (Sentinel{"log", 8}));
}

TEST_F(PartitionCacheTest, AsksForARefillAfterAFailedWriteOnceARetryIsDue) {
  Own(0);
  watched_.away = true;
  Add({Write("a", 1, "a")});
  partition_.Flush(1, kNow);
  EXPECT_EQ(counters_.cache_failures, 1);
  ExpectRefillDueAfter(kCacheRetryAfter);
  EXPECT_FALSE(partition_.BeginRefill(kNow));
  ExpectRefillDueAfter(kCacheRetryAfter);
  watched_.away = false;
  ASSERT_TRUE(partition_.BeginRefill(kNow));
  EXPECT_EQ(Found(), (Sentinel{"log", std::nullopt}));
  partition_.Refill({Write("a", 5, "all")}, 5, kNow);
  EXPECT_FALSE(partition_.stale());
  EXPECT_EQ(Cached("a"), "all");
  EXPECT_EQ(Found(), (Sentinel{"log", 5}));
  EXPECT_EQ(counters_.cache_refills, 1);
}

TEST_F(PartitionCacheTest, WritesNothingWhileARefillIsOutstanding) {
  partition_.Check(7, kNow);
  ASSERT_TRUE(partition_.stale());
  Add({Write("a", 8, "a")});
  partition_.Flush(8, kNow);
  partition_.Mark(8, kNow);
  EXPECT_TRUE(watched_.calls.empty());
  EXPECT_EQ(Found(), std::nullopt);
}

TEST_F(PartitionCacheTest, ShowsEveryBatchOnceWhetherOrNotTheCacheTakesIt) {
  Own(0);
  Add({Write("a", 1, "old"), Write("a", 1, "kept")});
  EXPECT_THAT(shown_, IsEmpty());
  partition_.Flush(1, kNow);
  watched_.away = true;
  Add({Write("a", 2, "failing")});
  partition_.Flush(2, kNow);
  Add({Write("a", 3, "stale")});
  partition_.Flush(3, kNow);
  watched_.away = false;
  Add({Write("a", 4, "before the refill")});
  partition_.Flush(4, kNow);
  ASSERT_TRUE(partition_.BeginRefill(kNow));
  partition_.Refill({Write("a", 4, "not shown again")}, 4, kNow);
  Add({Write("a", 5, "with a checkpoint")});
  partition_.Mark(5, kNow);
  partition_.Flush(5, kNow);
  EXPECT_THAT(shown_,
              ElementsAre("kept", "failing", "stale", "before the refill", "with a checkpoint"));
}

TEST_F(PartitionCacheTest, DoesNotGatherBeforeItsFirstCheck) {
  Add({Write("a", 8, "a")});
  partition_.Flush(8, kNow);
  partition_.Mark(8, kNow);
  EXPECT_TRUE(watched_.calls.empty());
  partition_.Invalidate(kNow);
  EXPECT_TRUE(partition_.RefillDue(kNow));
}

TEST_F(PartitionCacheTest, IsRefilledAtStartUnlessTheSentinelIsOfItsLogAndAsNewAsTheState) {
  const std::vector<std::pair<std::optional<Sentinel>, bool>> cases = {
      {std::nullopt, true},
      {Sentinel{"log", 6}, true},
      {Sentinel{"log", std::nullopt}, true},
      {Sentinel{"another log", 9}, true},
      {Sentinel{"log", 7}, false},
      {Sentinel{"log", 8}, false},
  };
  for (const auto& [sentinel, refilled] : cases) {
    watched_.real = std::make_unique<cache::MemoryCache>();
    if (sentinel.has_value()) {
      ASSERT_TRUE(watched_.SetSentinel(3, *sentinel).ok());
    }
    PartitionCache loaded(&watched_, 3, "log", nullptr, counters_);
    loaded.Check(7, kNow);
    EXPECT_EQ(loaded.RefillDue(kNow), refilled) << (sentinel ? sentinel->run_id : "none");
  }
}

TEST_F(PartitionCacheTest, IsRefilledWhenItCannotBeAskedAtStart) {
  watched_.away = true;
  partition_.Check(7, kNow);
  ExpectRefillDueAfter(kCacheRetryAfter);
}

TEST_F(PartitionCacheTest, NoticesWithTheNextWriteThatTheCacheForgot) {
  Own(7);
  watched_.real = std::make_unique<cache::MemoryCache>();
  Add({Write("a", 8, "a")});
  partition_.Flush(8, kNow);
  EXPECT_TRUE(partition_.RefillDue(kNow)) << "at once: the cache is there";
  EXPECT_EQ(counters_.cache_losses, 1);
  EXPECT_EQ(Cached("a"), "nothing");
}

TEST_F(PartitionCacheTest, NoticesWithTheNextWriteThatTheCacheWentBackToAnOlderCopy) {
  Own(7);
  Add({Write("a", 8, "a")});
  partition_.Flush(8, kNow);
  watched_.real = std::make_unique<cache::MemoryCache>();
  ASSERT_TRUE(watched_.SetSentinel(3, {"log", 7}).ok());
  Add({Write("b", 9, "b")});
  partition_.Flush(9, kNow);
  EXPECT_TRUE(partition_.RefillDue(kNow));
}

TEST_F(PartitionCacheTest, NoticesALossWithinTheCheckIntervalThoughNothingIsWritten) {
  Own(7);
  watched_.real = std::make_unique<cache::MemoryCache>();
  partition_.Flush(7, kNow + kCacheCheckInterval - absl::Nanoseconds(1));
  EXPECT_FALSE(partition_.stale());
  partition_.Flush(7, kNow + kCacheCheckInterval);
  EXPECT_TRUE(partition_.stale());
}

TEST_F(PartitionCacheTest, LeavesAnotherOwnersProgressAlone) {
  Own(7);
  ASSERT_TRUE(watched_.SetSentinel(3, {"log", 20}).ok());
  Add({Write("a", 8, "a")});
  partition_.Flush(8, kNow);
  EXPECT_FALSE(partition_.stale());
  EXPECT_EQ(Found(), (Sentinel{"log", 20}));
}

TEST_F(PartitionCacheTest, ForgetsWhatAnotherLogLeftBeforeItFills) {
  const auto left = Write("a", 1'000, "of another log");
  ASSERT_TRUE(watched_.real->Apply(3, {left}, nullptr).ok());
  ASSERT_TRUE(watched_.SetSentinel(3, {"another log", 1'000}).ok());
  partition_.Check(5, kNow);
  watched_.refuses_to_forget = true;
  EXPECT_FALSE(partition_.BeginRefill(kNow));
  EXPECT_EQ(Found(), (Sentinel{"another log", std::nullopt})) << "what is there is not ours yet";
  watched_.refuses_to_forget = false;
  ASSERT_TRUE(partition_.BeginRefill(kNow));
  partition_.Refill({Write("b", 5, "b")}, 5, kNow);
  EXPECT_EQ(Cached("a"), "nothing");
  EXPECT_EQ(Cached("b"), "b");
}

TEST_F(PartitionCacheTest, ForgetsWhatTheStateNoLongerKnowsOnceItIsFilled) {
  Own(7);
  ASSERT_TRUE(watched_.real->Apply(3, {Write("gone", 6, "x"), Write("a", 6, "old")}, nullptr).ok());
  partition_.Invalidate(kNow);
  ASSERT_TRUE(partition_.BeginRefill(kNow));
  EXPECT_EQ(Cached("gone"), "x") << "what was shown stays until it is replaced";
  partition_.Refill({Write("a", 100, "new")}, 100, kNow);
  EXPECT_EQ(Cached("gone"), "nothing");
  EXPECT_EQ(Cached("a"), "new");
  EXPECT_EQ(Found(), (Sentinel{"log", 100}));
}

TEST_F(PartitionCacheTest, StartsAnewWhenTheCacheForgetsWhileItIsFilled) {
  partition_.Check(7, kNow);
  ASSERT_TRUE(partition_.BeginRefill(kNow));
  watched_.real = std::make_unique<cache::MemoryCache>();
  partition_.Refill({Write("a", 7, "a")}, 7, kNow);
  EXPECT_TRUE(partition_.stale());
  EXPECT_EQ(Found(), std::nullopt);
}

TEST_F(PartitionCacheTest, WaitsLongerAfterEveryRefillThatBreaksOff) {
  partition_.Check(7, kNow);
  watched_.refuses_writes = true;
  absl::Duration wait = kCacheRetryAfter;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(partition_.BeginRefill(kNow));
    partition_.Refill({Write("a", 7, "a")}, 7, kNow);
    ExpectRefillDueAfter(wait);
    wait = std::min(wait * 2, kCacheRetryMost);
  }
  EXPECT_EQ(wait, kCacheRetryMost);
  watched_.refuses_writes = false;
  ASSERT_TRUE(partition_.BeginRefill(kNow));
  partition_.Refill({Write("a", 7, "a")}, 7, kNow);
  EXPECT_FALSE(partition_.stale());
}

TEST_F(PartitionCacheTest, DoesNothingWithoutACache) {
  PartitionCache none(nullptr, 3, "log", nullptr, counters_);
  none.Check(7, kNow);
  std::vector<cache::Write> writes = {Write("a", 1, "a")};
  none.Add(writes);
  none.Flush(7, kNow + absl::Hours(1));
  none.Mark(7, kNow);
  none.Invalidate(kNow);
  EXPECT_FALSE(none.stale());
  EXPECT_TRUE(writes.empty());
}

}  // namespace
}  // namespace bellwether::stream::partition_cache_test
