#include "services/health/domain/seen_facts.h"

#include <map>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace bellwether::health::seen_facts_test {
namespace {

FactIdentity Identity(uint64_t id, uint16_t content) { return FactIdentity::Of(id << 16, content); }

TEST(SeenFacts, DistinguishesADuplicateFromAConflict) {
  SeenFacts seen;
  EXPECT_EQ(seen.Look(Identity(1, 7)), DedupeResult::kNew);
  seen.Remember(Identity(1, 7), 100);
  EXPECT_EQ(seen.Look(Identity(1, 7)), DedupeResult::kDuplicate);
  EXPECT_EQ(seen.Look(Identity(1, 8)), DedupeResult::kConflict);
  EXPECT_EQ(seen.Look(Identity(2, 7)), DedupeResult::kNew);
}

TEST(SeenFacts, ForgetsOnTheDayAFactNoLongerCounts) {
  SeenFacts seen;
  seen.Remember(Identity(1, 7), 100);
  seen.Remember(Identity(2, 7), 101);
  seen.Forget(99);
  EXPECT_EQ(seen.size(), 2u);
  seen.Forget(100);
  EXPECT_EQ(seen.Look(Identity(1, 7)), DedupeResult::kNew);
  EXPECT_EQ(seen.Look(Identity(2, 7)), DedupeResult::kDuplicate);
}

RC_GTEST_PROP(SeenFactsProperty, EqualsAMapAndSurvivesStorage,
              (const std::vector<std::tuple<uint8_t, uint16_t, uint8_t>>& facts, uint8_t forget)) {
  SeenFacts seen;
  std::map<uint64_t, std::pair<uint16_t, Day>> expected;
  for (const auto& [id, content, until] : facts) {
    const FactIdentity fact = Identity(id, content);
    const auto known = expected.find(id);
    const DedupeResult sighting = seen.Look(fact);
    if (known == expected.end()) {
      RC_ASSERT(sighting == DedupeResult::kNew);
      seen.Remember(fact, 1'000 + until);
      expected[id] = {content, 1'000 + until};
    } else {
      RC_ASSERT(sighting == (known->second.first == content ? DedupeResult::kDuplicate
                                                            : DedupeResult::kConflict));
    }
  }
  seen.Forget(1'000 + forget);
  std::erase_if(expected, [&](const auto& item) { return item.second.second <= 1'000 + forget; });
  RC_ASSERT(seen.size() == expected.size());
  for (const auto& [id, known] : expected) {
    RC_ASSERT(seen.Look(Identity(id, known.first)) == DedupeResult::kDuplicate);
  }

  std::string bytes;
  seen.AppendTo(bytes);
  PackedReader reader(bytes);
  RC_ASSERT(SeenFacts::Parse(reader) == std::optional(seen));
  RC_ASSERT(reader.AtEnd());
  if (bytes.size() > 1) {
    PackedReader broken(absl::string_view(bytes).substr(0, bytes.size() - 1));
    RC_ASSERT(!SeenFacts::Parse(broken).has_value());
  }
}

}  // namespace
}  // namespace bellwether::health::seen_facts_test
