#include "common/spill/sorted_spill.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"

namespace bellwether::spill::sorted_spill_test {
namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

Entries Read(SortedSpill& spill) {
  EXPECT_TRUE(spill.Sort().ok());
  Entries read;
  absl::string_view key;
  absl::string_view value;
  while (spill.Next(key, value)) read.emplace_back(key, value);
  EXPECT_TRUE(spill.status().ok()) << spill.status();
  return read;
}

TEST(SortedSpill, HoldsNothingWhenNothingWasAdded) {
  SortedSpill spill(1 << 10);
  EXPECT_TRUE(Read(spill).empty());
}

TEST(SortedSpill, SortsInMemoryAndKeepsTheOrderOfEqualKeys) {
  SortedSpill spill(1 << 20);
  for (const char* entry : {"b1", "a1", "b2", "a2"}) {
    ASSERT_TRUE(spill.Add(std::string(1, entry[0]), entry).ok());
  }
  EXPECT_EQ(Read(spill), (Entries{{"a", "a1"}, {"a", "a2"}, {"b", "b1"}, {"b", "b2"}}));
  EXPECT_FALSE(spill.spilled());
}

TEST(SortedSpill, MergesManyRunsInTheSameOrderAsOneSort) {
  Entries expected;
  SortedSpill spill(4 << 10);
  for (int i = 0; i < 5'000; ++i) {
    // Few keys, so that equal ones stand in many runs; values of any length, empty ones too.
    const std::string key = absl::StrCat(Fingerprint64(absl::StrCat(i)) % 97);
    const std::string value(static_cast<size_t>(Fingerprint64(absl::StrCat(i), 1) % 50), 'x');
    expected.emplace_back(key, absl::StrCat(i, value));
    ASSERT_TRUE(spill.Add(key, expected.back().second).ok());
  }
  std::stable_sort(expected.begin(), expected.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  EXPECT_EQ(Read(spill), expected);
  EXPECT_TRUE(spill.spilled());
  EXPECT_EQ(spill.size(), 5'000);
}

TEST(SortedSpill, IsReadAgainFromItsBeginning) {
  for (const size_t memory : {size_t{1} << 20, size_t{1} << 10}) {
    SortedSpill spill(memory);
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(spill.Add(absl::StrCat(i % 7), absl::StrCat(i)).ok());
    const Entries all = Read(spill);
    ASSERT_EQ(all.size(), 500);
    spill.Rewind();
    absl::string_view key;
    absl::string_view value;
    ASSERT_TRUE(spill.Next(key, value));
    spill.Rewind();
    Entries again;
    while (spill.Next(key, value)) again.emplace_back(key, value);
    EXPECT_EQ(again, all);
  }
}

TEST(SortedSpill, TakesEntriesLargerThanItsPieces) {
  SortedSpill spill(1 << 10);
  const std::string large(300'000, 'v');
  for (const char* key : {"c", "a", "b"}) ASSERT_TRUE(spill.Add(key, large).ok());
  const Entries read = Read(spill);
  ASSERT_EQ(read.size(), 3);
  EXPECT_EQ(read[0].first, "a");
  EXPECT_EQ(read[2].second, large);
}

TEST(SortedSpill, RefusesAnEntryPastItsLimit) {
  SortedSpill spill(1 << 10);
  EXPECT_TRUE(spill.Add("k", std::string(kEntryBytesMax - 1, 'v')).ok());
  EXPECT_EQ(DetailOf(spill.Add("k", std::string(kEntryBytesMax, 'v')))->reason, "ENTRY_TOO_LARGE");
}

TEST(SortedSpill, SaysWhenTheFolderCannotTakeTheFile) {
  const char* before = std::getenv("TMPDIR");
  const std::string folder = before == nullptr ? "" : before;
  setenv("TMPDIR", "/no/such/folder", 1);
  SortedSpill spill(10);
  EXPECT_EQ(DetailOf(spill.Add("key", "a value of more than ten bytes"))->reason, "SPILL_FAILED");
  before == nullptr ? unsetenv("TMPDIR") : setenv("TMPDIR", folder.c_str(), 1);
}

}  // namespace
}  // namespace bellwether::spill::sorted_spill_test
