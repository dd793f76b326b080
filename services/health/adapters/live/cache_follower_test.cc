#include "services/health/adapters/live/cache_follower.h"

#include "absl/strings/str_cat.h"
#include "common/cache/memory_cache.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::health::cache_follower_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class CacheFollowerTest : public ::testing::Test {
 protected:
  CacheFollowerTest() {
    for (const int32_t partition : {0, 1}) {
      EXPECT_TRUE(cache_.SetSentinel(partition, {"log", 0}).ok());
    }
  }

  // As the owner of the partition does.
  void Write(int32_t partition, const std::string& key, int64_t version,
             const std::string& run_id = "log") {
    const cache::Write write{{key, version, absl::StrCat("v", version)}, false, {}};
    const cache::Cache::Advance advance{run_id, 0, version};
    ASSERT_TRUE(cache_.Apply(partition, {write}, &advance).ok());
  }
  // What is published to watchers now.
  std::vector<std::string> Follow() {
    published_.clear();
    EXPECT_TRUE(follower_.Follow().ok());
    return published_;
  }

  cache::MemoryCache cache_;
  std::set<int32_t> own_ = {0};
  bool watched_ = true;
  std::vector<std::string> published_;
  CacheFollower follower_{
      {.cache = cache_,
       .own = [this] { return own_; },
       .watched = [this] { return watched_; },
       .publish =
           [this](absl::Span<const cache::Write> changes) {
             for (const cache::Write& change : changes) {
               published_.push_back(absl::StrCat(change.entry.key, "=", change.entry.value));
             }
           }},
      /*partitions=*/2};
};

TEST_F(CacheFollowerTest, PublishesWhatOthersChangeOnce) {
  Write(1, "before", 1);
  watched_ = false;
  Follow();
  watched_ = true;
  EXPECT_THAT(Follow(), IsEmpty()) << "what was there is no change";
  Write(1, "a", 2);
  Write(1, "b", 3);
  EXPECT_THAT(Follow(), ElementsAre("a=v2", "b=v3"));
  EXPECT_THAT(Follow(), IsEmpty());
}

TEST_F(CacheFollowerTest, LeavesItsOwnPartitionsToTheirFolds) {
  Follow();
  Write(0, "own", 1);
  EXPECT_THAT(Follow(), IsEmpty());
  own_ = {};  // to another replica
  Write(0, "lost", 2);
  EXPECT_THAT(Follow(), ElementsAre("lost=v2"));
}

TEST_F(CacheFollowerTest, PublishesWhatTheOwnerBeforeChangedLast) {
  Follow();
  Write(1, "last there", 1);
  own_ = {0, 1};
  Write(1, "first here", 2);
  EXPECT_THAT(Follow(), ElementsAre("last there=v1", "first here=v2")) << "rather twice than never";
  Write(1, "own", 3);
  EXPECT_THAT(Follow(), IsEmpty());
}

TEST(FoldedHere, IsWhatIsNotOnlyAssigned) {
  using State = stream::PartitionState;
  for (const State state : {State::kFoldingBack, State::kLive, State::kPaused}) {
    EXPECT_TRUE(IsFoldedHere(state)) << stream::NameOf(state);
  }
  for (const State state : {State::kLoading, State::kRefused, State::kFenced}) {
    EXPECT_FALSE(IsFoldedHere(state)) << stream::NameOf(state);
  }
}

// A cache that cannot be asked about its first partition.
class PartlyAway final : public cache::Cache {
 public:
  absl::StatusOr<std::optional<Sentinel>> GetSentinel(int32_t partition) override {
    if (partition == 0) return absl::UnavailableError("away");
    return real_.GetSentinel(partition);
  }
  absl::Status SetSentinel(int32_t partition, const Sentinel& sentinel) override {
    return real_.SetSentinel(partition, sentinel);
  }
  absl::Status Apply(int32_t partition, absl::Span<const cache::Write> writes,
                     const Advance* advance) override {
    return real_.Apply(partition, writes, advance);
  }
  absl::Status Forget(int32_t partition, int64_t below_version) override {
    return real_.Forget(partition, below_version);
  }
  absl::StatusOr<std::optional<cache::Entry>> Get(absl::string_view key) override {
    return real_.Get(key);
  }
  absl::StatusOr<std::vector<std::optional<cache::Entry>>> GetMany(
      absl::Span<const std::string> keys) override {
    return real_.GetMany(keys);
  }
  absl::StatusOr<std::vector<cache::Ranked>> Lowest(
      absl::string_view ranking, int32_t partitions, size_t limit,
      const std::optional<cache::Ranked>& after) override {
    return real_.Lowest(ranking, partitions, limit, after);
  }
  absl::StatusOr<std::vector<cache::Write>> ChangedAfter(int32_t partition,
                                                         const cache::Position& after,
                                                         size_t limit) override {
    return real_.ChangedAfter(partition, after, limit);
  }

 private:
  cache::MemoryCache real_;
};

TEST(CacheFollower, GoesOnWithOtherPartitionsWhenOneFails) {
  PartlyAway cache;
  ASSERT_TRUE(cache.SetSentinel(1, {"log", 0}).ok());
  std::vector<std::string> published;
  CacheFollower follower({.cache = cache,
                          .own = [] { return std::set<int32_t>(); },
                          .watched = [] { return true; },
                          .publish =
                              [&](absl::Span<const cache::Write> changes) {
                                for (const auto& change : changes)
                                  published.push_back(change.entry.key);
                              }},
                         /*partitions=*/2);
  const cache::Write write{{"of the second", 1, "v"}, false, {}};
  const cache::Cache::Advance advance{"log", 0, 1};
  ASSERT_TRUE(cache.Apply(1, {write}, &advance).ok());
  EXPECT_TRUE(absl::IsUnavailable(follower.Follow().status()));
  EXPECT_THAT(published, ElementsAre("of the second"));
}

TEST_F(CacheFollowerTest, AWatcherIsSentWhatChangedSinceItWasOpened) {
  watched_ = false;
  Follow();
  Write(1, "unseen", 1);
  EXPECT_THAT(Follow(), IsEmpty());
  Write(1, "just before", 2);
  watched_ = true;
  Write(1, "a", 3);
  EXPECT_THAT(Follow(), ElementsAre("just before=v2", "a=v3")) << "rather twice than never";
}

TEST_F(CacheFollowerTest, AWatcherIsSentAPartitionThatCameAfterIt) {
  cache::MemoryCache empty;
  std::vector<std::string> published;
  CacheFollower follower({.cache = empty,
                          .own = [] { return std::set<int32_t>(); },
                          .watched = [this] { return watched_; },
                          .publish =
                              [&](absl::Span<const cache::Write> changes) {
                                for (const auto& change : changes)
                                  published.push_back(change.entry.key);
                              }},
                         /*partitions=*/1);
  ASSERT_TRUE(follower.Follow().ok());
  ASSERT_TRUE(empty.SetSentinel(0, {"log", 0}).ok());
  const cache::Write write{{"first", 7, "v"}, false, {}};
  const cache::Cache::Advance advance{"log", 0, 7};
  ASSERT_TRUE(empty.Apply(0, {write}, &advance).ok());
  ASSERT_TRUE(follower.Follow().ok());
  EXPECT_THAT(published, ElementsAre("first"));
}

TEST_F(CacheFollowerTest, FollowsManyChangesInPages) {
  Follow();
  for (size_t i = 0; i < 2 * kFollowedAtOnce + 1; ++i) Write(1, absl::StrCat("k", i), 7);
  EXPECT_THAT(Follow(), SizeIs(2 * kFollowedAtOnce + 1));
}

// An owner flushes in several scripts, which are not in the order of versions.
TEST_F(CacheFollowerTest, AChangeThatComesAfterANewerOneOfTheSameFlushIsPublished) {
  Write(1, "a", 1);
  Follow();
  const auto part = [this](const std::string& key, int64_t version) {
    const cache::Write write{{key, version, absl::StrCat("v", version)}, false, {}};
    const cache::Cache::Advance stays{"log", 1, std::nullopt};
    ASSERT_TRUE(cache_.Apply(1, {write}, &stays).ok());
  };
  Write(1, "b", 2);
  part("newest", 9);
  EXPECT_THAT(Follow(), ElementsAre("b=v2", "newest=v9"));
  part("late", 5);
  Write(1, "last", 10);
  EXPECT_THAT(Follow(), ElementsAre("late=v5", "newest=v9", "last=v10"));
  EXPECT_THAT(Follow(), IsEmpty());
}

TEST_F(CacheFollowerTest, BeginsAnewWithAnotherLogAndWaitsWhileAPartitionIsFilled) {
  Write(1, "a", 50);
  Follow();
  ASSERT_TRUE(cache_.Forget(1, cache::kExactEnd).ok());
  ASSERT_TRUE(cache_.SetSentinel(1, {"another log", std::nullopt}).ok());
  EXPECT_THAT(Follow(), IsEmpty());
  ASSERT_TRUE(cache_.SetSentinel(1, {"another log", 0}).ok());
  Write(1, "filled", 1, "another log");
  EXPECT_THAT(Follow(), IsEmpty());
  Write(1, "new", 2, "another log");
  EXPECT_THAT(Follow(), ElementsAre("new=v2"));
}

}  // namespace
}  // namespace bellwether::health::cache_follower_test
