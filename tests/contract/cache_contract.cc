#include "tests/contract/cache_contract.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "gmock/gmock.h"

namespace bellwether::cache {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

std::string ReasonOf(const absl::Status& status) {
  if (status.ok()) return "OK";
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

}  // namespace

CacheContract::CacheContract() : cache_(GetParam().make_empty()) {
  EXPECT_TRUE(cache_->SetSentinel(0, {"run", 0}).ok());
}

void CacheContract::Put(const std::string& key, int64_t version, const std::string& value,
                        std::vector<Write::Rank> ranks, int32_t partition) {
  const Write write{{key, version, value}, false, std::move(ranks)};
  const absl::Status status = cache_->Apply(partition, {write}, nullptr);
  EXPECT_TRUE(status.ok()) << status;
}

void CacheContract::Delete(const std::string& key, int64_t version) {
  const Write write{{key, version, ""}, true, {}};
  const absl::Status status = cache_->Apply(0, {write}, nullptr);
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
                                               const std::optional<Ranked>& after,
                                               int32_t partitions) {
  const auto ranked = cache_->Lowest(ranking, partitions, limit, after);
  if (!ranked.ok()) return {ReasonOf(ranked.status())};
  std::vector<std::string> lines;
  for (const Ranked& one : *ranked) lines.push_back(absl::StrCat(one.key, "=", one.score));
  return lines;
}

std::string CacheContract::Advance(std::optional<int64_t> from, std::optional<int64_t> to,
                                   const std::string& key, const std::string& run_id) {
  const Cache::Advance advance{run_id, from, to};
  return ReasonOf(cache_->Apply(0, {Write{{key, 1, "value"}, false, {}}}, &advance));
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
    EXPECT_EQ(ReasonOf(cache_->Apply(0, {write}, nullptr)), "VERSION_OUT_OF_RANGE");
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
  ASSERT_TRUE((*entries)[4].has_value()) << "known to be deleted";
  EXPECT_TRUE((*entries)[4]->tombstone);
  EXPECT_EQ((*entries)[4]->version, 4);
  EXPECT_EQ((*entries)[4]->value, "");
  EXPECT_FALSE((*entries)[0]->tombstone);
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
  ASSERT_TRUE(cache_->SetSentinel(3, {"run-3", std::nullopt}).ok());
  EXPECT_EQ(**cache_->GetSentinel(3), (Cache::Sentinel{"run-3", std::nullopt}));
}

TEST_P(CacheContract, MovesTheSentinelWithTheWritesAndNeverBack) {
  EXPECT_EQ(Advance(0, 10, "a"), "OK");
  EXPECT_EQ(**cache_->GetSentinel(0), (Cache::Sentinel{"run", 10}));
  EXPECT_EQ(Advance(10, 7, "b"), "OK");
  EXPECT_EQ(**cache_->GetSentinel(0), (Cache::Sentinel{"run", 10}));
  EXPECT_EQ(Advance(3, 12, "c"), "OK") << "another owner may have moved it further";
  EXPECT_EQ(Advance(12, std::nullopt, "d"), "OK");
  EXPECT_EQ(**cache_->GetSentinel(0), (Cache::Sentinel{"run", 12}));
  const Cache::Advance advance{"run", 12, 14};
  ASSERT_TRUE(cache_->Apply(0, {}, &advance).ok());
  EXPECT_EQ(**cache_->GetSentinel(0), (Cache::Sentinel{"run", 14}));
}

TEST_P(CacheContract, SaysThatItLostWhatTheOwnerThinksItHolds) {
  EXPECT_EQ(Advance(1, 2, "a"), "CACHE_LOST") << "an older state";
  EXPECT_EQ(Advance(0, 2, "a", "another run"), "CACHE_LOST");
  EXPECT_EQ(Advance(std::nullopt, 2, "a"), "CACHE_LOST") << "somebody else has filled it";
  EXPECT_EQ(ValueOf("a"), "none");
  EXPECT_EQ(**cache_->GetSentinel(0), (Cache::Sentinel{"run", 0}));
  const Cache::Advance advance{"run", 0, 2};
  EXPECT_EQ(ReasonOf(cache_->Apply(1, {}, &advance)), "CACHE_LOST") << "nothing at all";
  EXPECT_EQ(*cache_->GetSentinel(1), std::nullopt);
}

TEST_P(CacheContract, IsBeingFilledUntilTheOwnerSaysUpToWhere) {
  ASSERT_TRUE(cache_->SetSentinel(0, {"run", std::nullopt}).ok());
  EXPECT_EQ(Advance(0, 5, "a"), "CACHE_LOST");
  EXPECT_EQ(Advance(std::nullopt, std::nullopt, "a"), "OK");
  EXPECT_THAT(Lowest("all"), ElementsAre("CACHE_INCOMPLETE"));
  EXPECT_EQ(Advance(std::nullopt, 5, "b"), "OK");
  EXPECT_EQ(**cache_->GetSentinel(0), (Cache::Sentinel{"run", 5}));
  EXPECT_THAT(Lowest("all"), IsEmpty());
}

TEST_P(CacheContract, MovesTheSentinelOnlyWithTheLastOfManyWrites) {
  std::vector<Write> writes;
  for (int i = 0; i < 5'000; ++i) {
    const std::string key = absl::StrCat("key-", i);
    writes.push_back({{key, 1, std::string(i % 700, 'x')}, false, {{"all", i}}});
  }
  const Cache::Advance advance{"run", 0, 5'000};
  ASSERT_TRUE(cache_->Apply(0, writes, &advance).ok());
  EXPECT_EQ(**cache_->GetSentinel(0), (Cache::Sentinel{"run", 5'000}));
  const auto last = cache_->Lowest("all", 1, 10'000, std::nullopt);
  ASSERT_TRUE(last.ok()) << last.status();
  ASSERT_EQ(last->size(), 5'000u);
  EXPECT_EQ(last->back().key, "key-4999");
  std::vector<std::string> keys;
  for (const Write& write : writes) keys.push_back(write.entry.key);
  const auto entries = cache_->GetMany(keys);
  ASSERT_TRUE(entries.ok());
  for (size_t i = 0; i < writes.size(); ++i) EXPECT_EQ((*entries)[i]->value, writes[i].entry.value);
}

TEST_P(CacheContract, ForgetsOldVersionsOfOnePartitionOnly) {
  ASSERT_TRUE(cache_->SetSentinel(1, {"run", 0}).ok());
  for (int i = 0; i < 1'200; ++i) Put(absl::StrCat("old-", i), 4, "", {{"all", i}, {"old", i}});
  Put("new", 5, "N", {{"all", -1}});
  Put("other", 4, "O", {{"all", -2}}, /*partition=*/1);
  Delete("gone", 4);
  ASSERT_TRUE(cache_->Forget(0, 5).ok());
  EXPECT_EQ(ValueOf("old-7"), "none");
  EXPECT_THAT(Lowest("all", 10, std::nullopt, 2), ElementsAre("other=-2", "new=-1"));
  EXPECT_THAT(Lowest("old"), IsEmpty());
  Put("gone", 1, "again");
  EXPECT_EQ(ValueOf("gone"), "1:again") << "the tombstone is forgotten too";
  ASSERT_TRUE(cache_->Forget(0, kExactEnd).ok());
  EXPECT_EQ(ValueOf("new"), "none");
  EXPECT_EQ(ValueOf("other"), "4:O");
}

TEST_P(CacheContract, RanksOverPartitionsAndOnlyWhenAllAreFilled) {
  Put("b", 1, "", {{"all", 20}}, 0);
  Put("c", 1, "", {{"all", 20}}, 1);
  Put("a", 1, "", {{"all", 20}}, 2);
  Put("d", 1, "", {{"all", 10}}, 2);
  EXPECT_THAT(Lowest("all", 9, std::nullopt, 3), ElementsAre("CACHE_INCOMPLETE"));
  ASSERT_TRUE(cache_->SetSentinel(1, {"run", 0}).ok());
  ASSERT_TRUE(cache_->SetSentinel(2, {"run", std::nullopt}).ok());
  EXPECT_THAT(Lowest("all", 9, std::nullopt, 3), ElementsAre("CACHE_INCOMPLETE"));
  ASSERT_TRUE(cache_->SetSentinel(2, {"run", 0}).ok());
  EXPECT_THAT(Lowest("all", 9, std::nullopt, 3), ElementsAre("d=10", "a=20", "b=20", "c=20"));
  EXPECT_THAT(Lowest("all", 2, Ranked{"a", 20}, 3), ElementsAre("b=20", "c=20"));
  EXPECT_THAT(Lowest("all", 2, Ranked{"bb", 20}, 3), ElementsAre("c=20"));
  EXPECT_THAT(Lowest("all", 2, Ranked{"", 20}, 3), ElementsAre("a=20", "b=20"));
  EXPECT_THAT(Lowest("all", 1, Ranked{"z", 19}, 3), ElementsAre("a=20"));
}

TEST_P(CacheContract, AnEntryThatChangesItsPartitionLeavesTheRankingsOfTheOldOne) {
  ASSERT_TRUE(cache_->SetSentinel(1, {"run", 0}).ok());
  Put("a", 1, "one", {{"all", 1}}, 0);
  Put("a", 2, "two", {{"all", 2}}, 1);
  EXPECT_THAT(Lowest("all", 9, std::nullopt, 2), ElementsAre("a=2"));
  ASSERT_TRUE(cache_->Forget(0, kExactEnd).ok());
  EXPECT_EQ(ValueOf("a"), "2:two");
}

// Pages of every size, many ties, places that have gone since: as a sorted list would give them.
TEST_P(CacheContract, PagesExactlyAsASortedListWould) {
  constexpr int kPartitions = 3, kKeys = 300;
  std::mt19937 random(7);
  std::vector<std::pair<int64_t, std::string>> sorted;
  for (int p = 1; p < kPartitions; ++p) ASSERT_TRUE(cache_->SetSentinel(p, {"run", 0}).ok());
  for (int i = 0; i < kKeys; ++i) {
    std::string key;
    for (int c = static_cast<int>(random() % 4); c >= 0; --c) {
      key += "aAb\xff\x01:é"[random() % 8];
    }
    absl::StrAppend(&key, "-", i);
    const auto score = static_cast<int64_t>(random() % 5) - 2;
    Put(key, 1, "", {{"all", score}}, i % kPartitions);
    sorted.emplace_back(score, key);
  }
  std::sort(sorted.begin(), sorted.end());
  for (const size_t page : {size_t{1}, size_t{7}, size_t{299}, size_t{300}, size_t{301}}) {
    std::vector<std::pair<int64_t, std::string>> paged;
    std::optional<Ranked> after;
    while (true) {
      const auto places = cache_->Lowest("all", kPartitions, page, after);
      ASSERT_TRUE(places.ok()) << places.status();
      if (places->empty()) break;
      for (const Ranked& place : *places) paged.emplace_back(place.score, place.key);
      after = places->back();
    }
    EXPECT_EQ(paged, sorted) << "in pages of " << page;
  }
  for (int i = 0; i < 200; ++i) {
    const auto score = static_cast<int64_t>(random() % 7) - 3;
    const std::string key(random() % 3, "aAb\xff"[random() % 4]);
    const auto places = cache_->Lowest("all", kPartitions, 5, Ranked{key, score});
    ASSERT_TRUE(places.ok());
    auto expected = std::upper_bound(sorted.begin(), sorted.end(), std::pair(score, key));
    for (const Ranked& place : *places) {
      ASSERT_NE(expected, sorted.end());
      EXPECT_EQ(std::pair(place.score, place.key), *expected++);
    }
    EXPECT_EQ(places->size(), std::min<size_t>(5, places->size() + (sorted.end() - expected)));
  }
}

TEST_P(CacheContract, ListsWhatChangedInAPartitionOldestFirst) {
  Put("b", 5, "old");
  Put("a", 6, "A");
  Put("c", 6, "C");
  Put("b", 7, "B");
  Put("gone", 8, "G");
  Delete("gone", 9);
  Put("elsewhere", 7, "E", {}, /*partition=*/1);
  const auto changed = [this](const Position& after, size_t limit = 100) {
    std::vector<std::string> lines;
    const auto changes = cache_->ChangedAfter(0, after, limit);
    EXPECT_TRUE(changes.ok()) << changes.status();
    if (!changes.ok()) return lines;
    for (const Write& change : *changes) {
      lines.push_back(absl::StrCat(change.entry.key, " ", change.entry.version, ":",
                                   change.delete_entry ? "deleted" : change.entry.value));
    }
    return lines;
  };
  EXPECT_THAT(changed({0, ""}), ElementsAre("a 6:A", "c 6:C", "b 7:B", "gone 9:deleted"));
  EXPECT_THAT(changed({6, "a"}, 1), ElementsAre("c 6:C"));
  EXPECT_THAT(changed({6, "b"}), ElementsAre("c 6:C", "b 7:B", "gone 9:deleted"));
  EXPECT_THAT(changed({6, "c"}, 1), ElementsAre("b 7:B"));
  EXPECT_THAT(changed({7, ""}, 1), ElementsAre("b 7:B"));
  EXPECT_THAT(changed({9, "gone"}), IsEmpty());
  EXPECT_THAT(changed({0, ""}, 0), IsEmpty());
  Put("a", 10, "moved");
  EXPECT_THAT(changed({6, "a"}, 1), ElementsAre("c 6:C")) << "where it stood is still a place";
}

TEST_P(CacheContract, FollowsManyChangesOfOneVersionInPages) {
  std::vector<Write> writes;
  for (int i = 0; i < 500; ++i) writes.push_back({{absl::StrCat(i), 3, ""}, false, {}});
  ASSERT_TRUE(cache_->Apply(0, writes, nullptr).ok());
  std::vector<std::string> keys;
  Position after;
  while (true) {
    const auto changes = cache_->ChangedAfter(0, after, 70);
    ASSERT_TRUE(changes.ok()) << changes.status();
    if (changes->empty()) break;
    for (const Write& change : *changes) keys.push_back(change.entry.key);
    after = {changes->back().entry.version, changes->back().entry.key};
  }
  EXPECT_EQ(keys.size(), 500u);
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
}

TEST_P(CacheContract, KeysAndRankingsMayHoldAnyBytes) {
  const std::string odd("3:a\0\n\r\n\xff{}:", 11);
  Put(odd, 1, odd, {{odd, 1}, {"", 2}, {"5:", 3}});
  EXPECT_EQ(ValueOf(odd), absl::StrCat("1:", odd));
  EXPECT_THAT(Lowest(odd), ElementsAre(absl::StrCat(odd, "=1")));
  EXPECT_THAT(Lowest(""), ElementsAre(absl::StrCat(odd, "=2")));
  Put(odd, 2, "", {{"5:", 4}});
  EXPECT_THAT(Lowest(odd), IsEmpty());
  EXPECT_THAT(Lowest(""), IsEmpty());
  EXPECT_THAT(Lowest("5:"), ElementsAre(absl::StrCat(odd, "=4")));
}

TEST_P(CacheContract, RanksByScoresExactlyUpToTheirLimit) {
  const int64_t highest = kExactEnd - 1;
  Put("a", 1, "", {{"all", highest}});
  Put("b", 1, "", {{"all", highest - 1}});
  Put("c", 1, "", {{"all", -highest}});
  EXPECT_THAT(Lowest("all"),
              ElementsAre(absl::StrCat("c=", -highest), absl::StrCat("b=", highest - 1),
                          absl::StrCat("a=", highest)));
  EXPECT_THAT(Lowest("all", 9, Ranked{"b", highest - 1}), ElementsAre(absl::StrCat("a=", highest)));
  for (const int64_t score : {highest + 1, -highest - 1}) {
    const Write write{{"d", 1, ""}, false, {{"all", score}}};
    EXPECT_EQ(ReasonOf(cache_->Apply(0, {write}, nullptr)), "SCORE_OUT_OF_RANGE");
  }
  EXPECT_EQ(ValueOf("d"), "none");
}

TEST_P(CacheContract, RefusesWhatIsTooLarge) {
  Put("a", 1, std::string(kEntryBytesMax - 1, 'x'));
  EXPECT_EQ((*cache_->Get("a"))->value.size(), kEntryBytesMax - 1);
  const Write write{{"a", 2, std::string(kEntryBytesMax, 'x')}, false, {}};
  EXPECT_EQ(ReasonOf(cache_->Apply(0, {write}, nullptr)), "ENTRY_TOO_LARGE");
  EXPECT_EQ((*cache_->Get("a"))->version, 1);
  EXPECT_THAT(Lowest("all", kRankedMax + 1), ElementsAre("LIMIT_OUT_OF_RANGE"));
}

// Writers of the same keys in different orders: the highest version wins everywhere, and rankings
// agree with entries.
TEST_P(CacheContract, AgreesWithItselfAfterConcurrentWrites) {
  constexpr int kWriters = 4, kKeys = 50, kVersions = 40;
  for (int w = 1; w < kWriters; ++w) ASSERT_TRUE(cache_->SetSentinel(w, {"run", 0}).ok());
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
        EXPECT_TRUE(cache_->Apply(w, writes, nullptr).ok());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  for (int k = 0; k < kKeys; ++k) {
    EXPECT_EQ(ValueOf(absl::StrCat("key-", k)), absl::StrCat(kVersions - 1, ":", kVersions - 1));
  }
  for (int r = 0; r < 3; ++r) {
    EXPECT_EQ(Lowest(absl::StrCat("ranking-", r), 1'000, std::nullopt, kWriters).size(),
              r == (kVersions - 1) % 3 ? static_cast<size_t>(kKeys) : 0u);
  }
}

}  // namespace bellwether::cache
