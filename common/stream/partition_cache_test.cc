#include "common/stream/partition_cache.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/cache/memory_cache.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::stream {
namespace {

using ::testing::ElementsAre;

const absl::Time kNow = absl::UnixEpoch();

// Counts what reaches it, and fails while told to.
class WatchedCache final : public cache::Cache {
 public:
  absl::Status Apply(int32_t partition, absl::Span<const cache::Write> writes) override {
    if (away) return absl::UnavailableError("away");
    calls.push_back(writes.size());
    return real.Apply(partition, writes);
  }
  absl::StatusOr<std::optional<cache::Entry>> Get(absl::string_view key) override {
    return real.Get(key);
  }
  absl::StatusOr<std::vector<std::optional<cache::Entry>>> GetMany(
      absl::Span<const std::string> keys) override {
    return real.GetMany(keys);
  }
  absl::StatusOr<std::vector<cache::Ranked>> Lowest(
      absl::string_view ranking, size_t limit, const std::optional<cache::Ranked>& after) override {
    return real.Lowest(ranking, limit, after);
  }
  absl::StatusOr<std::optional<Sentinel>> GetSentinel(int32_t partition) override {
    if (away) return absl::UnavailableError("away");
    return real.GetSentinel(partition);
  }
  absl::Status SetSentinel(int32_t partition, const Sentinel& sentinel) override {
    if (away) return absl::UnavailableError("away");
    return real.SetSentinel(partition, sentinel);
  }

  bool away = false;
  std::vector<size_t> calls;
  cache::MemoryCache real;
};

class PartitionCacheTest : public ::testing::Test {
 protected:
  static cache::Write Write(std::string key, int64_t version, std::string value) {
    cache::Write write;
    write.entry = {std::move(key), version, std::move(value)};
    return write;
  }
  void Add(std::vector<cache::Write> writes) { partition_.Add(writes); }
  std::string Cached(const std::string& key) {
    const auto entry = watched_.real.Get(key);
    return entry->has_value() ? (*entry)->value : "nothing";
  }

  WatchedCache watched_;
  Counters counters_;
  PartitionCache partition_{&watched_, 3, "log", counters_};
};

TEST_F(PartitionCacheTest, WritesTheLatestOfAKeyOncePerBatch) {
  Add({Write("a", 1, "old"), Write("b", 1, "b")});
  Add({Write("a", 2, "new")});
  EXPECT_EQ(Cached("a"), "nothing");
  partition_.Flush(kNow);
  EXPECT_EQ(Cached("a"), "new");
  EXPECT_THAT(watched_.calls, ElementsAre(2u));
  partition_.Flush(kNow);
  EXPECT_THAT(watched_.calls, ElementsAre(2u));
}

TEST_F(PartitionCacheTest, WritesManyInCallsOfALimitedSize) {
  std::vector<cache::Write> writes;
  for (size_t i = 0; i < kCacheWritesPerCall + 1; ++i)
    writes.push_back(Write(absl::StrCat(i), 1, ""));
  Add(std::move(writes));
  partition_.Flush(kNow);
  EXPECT_THAT(watched_.calls, ElementsAre(kCacheWritesPerCall, 1u));
}

TEST_F(PartitionCacheTest, AsksForARefillAfterAFailedWriteOnceARetryIsDue) {
  watched_.away = true;
  Add({Write("a", 1, "a")});
  partition_.Flush(kNow);
  EXPECT_TRUE(partition_.stale());
  EXPECT_EQ(counters_.cache_failures, 1);
  EXPECT_FALSE(partition_.RefillDue(kNow));
  EXPECT_TRUE(partition_.RefillDue(kNow + kCacheRetryAfter));
  partition_.Refill({Write("a", 5, "all")}, 5, kNow);
  EXPECT_TRUE(partition_.stale());
  watched_.away = false;
  partition_.Refill({Write("a", 5, "all")}, 5, kNow);
  EXPECT_FALSE(partition_.stale());
  EXPECT_EQ(Cached("a"), "all");
  EXPECT_EQ(watched_.real.GetSentinel(3)->value(), (cache::Cache::Sentinel{"log", 5}));
}

TEST_F(PartitionCacheTest, DoesNotGatherWhileARefillIsOutstanding) {
  partition_.Check(7, kNow);
  ASSERT_TRUE(partition_.stale());
  Add({Write("a", 8, "a")});
  partition_.Flush(kNow);
  EXPECT_TRUE(watched_.calls.empty());
}

TEST_F(PartitionCacheTest, IsRefilledAtStartWhenTheSentinelIsMissingOlderOrOfAnotherLog) {
  partition_.Check(7, kNow);
  EXPECT_TRUE(partition_.RefillDue(kNow));

  ASSERT_TRUE(watched_.SetSentinel(3, {"log", 6}).ok());
  PartitionCache older(&watched_, 3, "log", counters_);
  older.Check(7, kNow);
  EXPECT_TRUE(older.RefillDue(kNow));

  ASSERT_TRUE(watched_.SetSentinel(3, {"another log", 9}).ok());
  PartitionCache other(&watched_, 3, "log", counters_);
  other.Check(7, kNow);
  EXPECT_TRUE(other.RefillDue(kNow));
}

TEST_F(PartitionCacheTest, IsLeftAloneAtStartWhenTheSentinelIsAsNewAsTheState) {
  ASSERT_TRUE(watched_.SetSentinel(3, {"log", 7}).ok());
  partition_.Check(7, kNow);
  EXPECT_FALSE(partition_.stale());
}

TEST_F(PartitionCacheTest, IsRefilledWhenItCannotBeAskedAtStart) {
  watched_.away = true;
  partition_.Check(7, kNow);
  EXPECT_TRUE(partition_.stale());
}

TEST_F(PartitionCacheTest, MarksHowFarItIsFilledBeforeACheckpointAndNeverBackwards) {
  partition_.Mark(7, kNow);
  EXPECT_EQ(watched_.real.GetSentinel(3)->value().version, 7);
  partition_.Mark(5, kNow);
  EXPECT_EQ(watched_.real.GetSentinel(3)->value().version, 7);
}

TEST_F(PartitionCacheTest, NoticesAtACheckpointThatTheCacheLostWhatItHeld) {
  partition_.Mark(7, kNow);
  ASSERT_TRUE(watched_.SetSentinel(3, {"log", 2}).ok());
  partition_.Mark(8, kNow);
  EXPECT_TRUE(partition_.RefillDue(kNow));
  EXPECT_EQ(watched_.real.GetSentinel(3)->value().version, 2);
}

TEST_F(PartitionCacheTest, DoesNothingWithoutACache) {
  PartitionCache none(nullptr, 3, "log", counters_);
  none.Check(7, kNow);
  std::vector<cache::Write> writes = {Write("a", 1, "a")};
  none.Add(writes);
  none.Flush(kNow);
  none.Mark(7, kNow);
  EXPECT_FALSE(none.stale());
  EXPECT_TRUE(writes.empty());
}

}  // namespace
}  // namespace bellwether::stream
