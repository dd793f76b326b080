#include "tests/contract/cache_contract.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace bellwether::cache {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

void CacheContract::Put(const std::string& key, int64_t version, const std::string& value,
                        std::vector<Write::Rank> ranks) {
  const Write write{{key, version, value}, false, std::move(ranks)};
  const absl::Status status = cache_->Apply(0, {write});
  EXPECT_TRUE(status.ok()) << status;
}

void CacheContract::Delete(const std::string& key, int64_t version) {
  const Write write{{key, version, ""}, true, {}};
  const absl::Status status = cache_->Apply(0, {write});
  EXPECT_TRUE(status.ok()) << status;
}

std::string CacheContract::ValueOf(const std::string& key) {
  const auto entry = cache_->Get(key);
  if (!entry.ok()) return entry.status().ToString();
  if (!entry->has_value()) return "none";
  EXPECT_EQ((*entry)->key, key);
  return absl::StrCat((*entry)->version, ":", (*entry)->value);
}

std::vector<std::string> CacheContract::Lowest(const std::string& ranking, size_t limit,
                                               const std::optional<Ranked>& after) {
  const auto ranked = cache_->Lowest(ranking, limit, after);
  if (!ranked.ok()) return {ranked.status().ToString()};
  std::vector<std::string> lines;
  for (const Ranked& one : *ranked) lines.push_back(absl::StrCat(one.key, "=", one.score));
  return lines;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CacheContract);

TEST_P(CacheContract, GivesBackWhatWasPut) {
  EXPECT_EQ(ValueOf("a"), "none");
  Put("a", 1, std::string("\0\xff", 2));
  EXPECT_EQ(ValueOf("a"), absl::StrCat("1:", std::string("\0\xff", 2)));
  Put("empty", 0, "");
  EXPECT_EQ(ValueOf("empty"), "0:");
}

TEST_P(CacheContract, DropsWhatIsNotNewer) {
  Put("a", 5, "five");
  Put("a", 4, "four");
  Put("a", 5, "another five");
  EXPECT_EQ(ValueOf("a"), "5:five");
  Put("a", 6, "six");
  EXPECT_EQ(ValueOf("a"), "6:six");
}

TEST_P(CacheContract, ComparesVersionsExactlyUpToTheirLimit) {
  const int64_t highest = (int64_t{1} << 53) - 1;
  Put("a", highest - 1, "before");
  Put("a", highest, "last");
  EXPECT_EQ(ValueOf("a"), absl::StrCat(highest, ":last"));
  Put("a", highest - 1, "late");
  EXPECT_EQ(ValueOf("a"), absl::StrCat(highest, ":last"));
  for (const int64_t version : {int64_t{-1}, highest + 1}) {
    const Write write{{"b", version, "x"}, false, {}};
    EXPECT_EQ(cache_->Apply(0, {write}).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(ValueOf("b"), "none");
}

TEST_P(CacheContract, ADeletedEntryIsNotResurrectedByALateWrite) {
  Put("a", 1, "one", {{"by-score", 10}});
  Delete("a", 3);
  EXPECT_EQ(ValueOf("a"), "none");
  EXPECT_THAT(Lowest("by-score"), IsEmpty());
  Put("a", 2, "late", {{"by-score", 10}});
  EXPECT_EQ(ValueOf("a"), "none");
  EXPECT_THAT(Lowest("by-score"), IsEmpty());
  Put("a", 4, "again", {{"by-score", 11}});
  EXPECT_EQ(ValueOf("a"), "4:again");
  EXPECT_THAT(Lowest("by-score"), ElementsAre("a=11"));
}

TEST_P(CacheContract, ALateDeleteChangesNothing) {
  Put("a", 3, "three", {{"by-score", 1}});
  Delete("a", 2);
  EXPECT_EQ(ValueOf("a"), "3:three");
  EXPECT_THAT(Lowest("by-score"), ElementsAre("a=1"));
  Delete("never-there", 5);
  Put("never-there", 4, "late");
  EXPECT_EQ(ValueOf("never-there"), "none");
}

TEST_P(CacheContract, GetsManyInTheOrderAsked) {
  Put("a", 1, "A");
  Put("c", 2, "C");
  Put("d", 3, "D");
  Delete("d", 4);
  const auto entries = cache_->GetMany({"c", "b", "a", "c", "d"});
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 5u);
  EXPECT_EQ((*entries)[0]->value, "C");
  EXPECT_FALSE((*entries)[1].has_value());
  EXPECT_EQ((*entries)[2]->value, "A");
  EXPECT_EQ((*entries)[3]->version, 2);
  EXPECT_FALSE((*entries)[4].has_value());
  EXPECT_THAT(*cache_->GetMany({}), IsEmpty());
}

TEST_P(CacheContract, RanksTheLowestFirstAndTiesByKey) {
  Put("b", 1, "", {{"by-score", 20}});
  Put("a", 1, "", {{"by-score", 20}});
  Put("c", 1, "", {{"by-score", -5}});
  Put("d", 1, "", {{"by-score", 90'000'000}});
  EXPECT_THAT(Lowest("by-score"), ElementsAre("c=-5", "a=20", "b=20", "d=90000000"));
  EXPECT_THAT(Lowest("by-score", 2), ElementsAre("c=-5", "a=20"));
  EXPECT_THAT(Lowest("by-score", 2, Ranked{"a", 20}), ElementsAre("b=20", "d=90000000"));
  EXPECT_THAT(Lowest("by-score", 9, Ranked{"gone", 50}), ElementsAre("d=90000000"));
  EXPECT_THAT(Lowest("by-score", 9, Ranked{"d", 90'000'000}), IsEmpty());
  EXPECT_THAT(Lowest("by-score", 0), IsEmpty());
  EXPECT_THAT(Lowest("unknown"), IsEmpty());
}

TEST_P(CacheContract, AnEntryMovesAndLeavesRankingsWithItsWrites) {
  Put("a", 1, "", {{"all", 10}, {"team-1", 10}});
  Put("b", 1, "", {{"all", 20}, {"team-1", 20}});
  Put("a", 2, "", {{"all", 30}, {"team-2", 30}});
  EXPECT_THAT(Lowest("all"), ElementsAre("b=20", "a=30"));
  EXPECT_THAT(Lowest("team-1"), ElementsAre("b=20"));
  EXPECT_THAT(Lowest("team-2"), ElementsAre("a=30"));
  Put("a", 1, "", {{"team-1", 1}});
  EXPECT_THAT(Lowest("team-1"), ElementsAre("b=20")) << "a late write moves nothing";
  Put("a", 3, "");
  EXPECT_THAT(Lowest("all"), ElementsAre("b=20"));
}

TEST_P(CacheContract, KeepsASentinelPerPartition) {
  EXPECT_EQ(*cache_->GetSentinel(3), std::nullopt);
  ASSERT_TRUE(cache_->SetSentinel(3, {"run-1", 42}).ok());
  EXPECT_EQ(**cache_->GetSentinel(3), (Cache::Sentinel{"run-1", 42}));
  EXPECT_EQ(*cache_->GetSentinel(4), std::nullopt);
  ASSERT_TRUE(cache_->SetSentinel(3, {"run-2", 7}).ok());
  EXPECT_EQ(**cache_->GetSentinel(3), (Cache::Sentinel{"run-2", 7}));
}

// Writers of the same keys in different orders: the highest version wins everywhere, and rankings
// agree with entries.
TEST_P(CacheContract, AgreesWithItselfAfterConcurrentWrites) {
  constexpr int kWriters = 4, kKeys = 50, kVersions = 40;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([this, w] {
      for (int i = 0; i < kVersions; ++i) {
        const int version = w % 2 == 0 ? i : kVersions - 1 - i;
        std::vector<Write> writes;
        for (int k = 0; k < kKeys; ++k) {
          writes.push_back({{absl::StrCat("key-", k), version, absl::StrCat(version)},
                            false,
                            {{absl::StrCat("ranking-", version % 3), version * 100 + k}}});
        }
        EXPECT_TRUE(cache_->Apply(w, writes).ok());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  for (int k = 0; k < kKeys; ++k) {
    EXPECT_EQ(ValueOf(absl::StrCat("key-", k)), absl::StrCat(kVersions - 1, ":", kVersions - 1));
  }
  for (int r = 0; r < 3; ++r) {
    EXPECT_EQ(Lowest(absl::StrCat("ranking-", r)).size(),
              r == (kVersions - 1) % 3 ? static_cast<size_t>(kKeys) : 0u);
  }
}

}  // namespace bellwether::cache
