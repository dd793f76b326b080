#include "services/accounts/domain/rfm.h"

#include "gtest/gtest.h"

namespace bellwether::accounts::rfm_test {
namespace {

const RfmScheme kScheme{200'000, 300'000, 500'000, {100'000, 200'000, 300'000, 250'000, 150'000}};

// n accounts of which account i is better than account i − 1 in every figure.
std::vector<RfmOrders> Ladder(int n) {
  std::vector<RfmOrders> orders;
  for (int i = 0; i < n; ++i) {
    orders.push_back({"account-" + std::to_string(1'000 + i), n - i, i + 1, 100 * (i + 1)});
  }
  return orders;
}

std::array<int, kRfmLevels> CountsByLevel(const std::vector<RfmPlace>& places) {
  std::array<int, kRfmLevels> counts = {};
  for (const RfmPlace& place : places) ++counts[static_cast<size_t>(place.level)];
  return counts;
}

TEST(RfmScores, AreQuintilesByRank) {  // A3
  const std::vector<RfmPlace> places = RankRfm(Ladder(10), kScheme);
  ASSERT_EQ(places.size(), 10u);
  const int expected[] = {5, 5, 4, 4, 3, 3, 2, 2, 1, 1};
  for (size_t i = 0; i < places.size(); ++i) {
    EXPECT_EQ(places[i].recency_score, expected[i]) << i;
    EXPECT_EQ(places[i].frequency_score, expected[i]) << i;
    EXPECT_EQ(places[i].monetary_score, expected[i]) << i;
    EXPECT_EQ(places[i].composite_micros, expected[i] * kMicros) << i;
  }
}

TEST(RfmScores, RoundDownWhenQuintilesAreUneven) {
  // 5 · worse / n for n = 7: 0, 0.7, 1.4, 2.1, 2.8, 3.5, 4.2.
  const std::vector<RfmPlace> places = RankRfm(Ladder(7), kScheme);
  const int expected[] = {5, 4, 3, 3, 2, 1, 1};
  for (size_t i = 0; i < places.size(); ++i) EXPECT_EQ(places[i].monetary_score, expected[i]) << i;
}

TEST(RfmScores, AreEqualForEqualFigures) {
  std::vector<RfmOrders> orders = Ladder(10);
  for (RfmOrders& each : orders) each.order_count = 3;
  for (const RfmPlace& place : RankRfm(orders, kScheme)) EXPECT_EQ(place.frequency_score, 1);
}

TEST(RfmScores, ASingleAccountScoresOneEverywhere) {
  const std::vector<RfmPlace> places = RankRfm(Ladder(1), kScheme);
  ASSERT_EQ(places.size(), 1u);
  EXPECT_EQ(places[0].composite_micros, kMicros);
}

TEST(RfmRanking, WeighsMonetaryValueMost) {  // A3
  // Each figure favours another account.
  std::vector<RfmOrders> orders = {
      {"recent", 0, 1, 1}, {"frequent", 50, 99, 1}, {"rich", 50, 1, 99}};
  const std::vector<RfmPlace> places = RankRfm(orders, kScheme);
  EXPECT_EQ(places[0].orders.account_id, "rich");
  EXPECT_EQ(places[1].orders.account_id, "frequent");
  EXPECT_EQ(places[2].orders.account_id, "recent");
}

TEST(RfmRanking, BreaksTiesByValueThenByAccountId) {  // A3
  // b and c are equal in everything; a has more value within the same score.
  const std::vector<RfmPlace> places =
      RankRfm({{"c", 1, 1, 10}, {"b", 1, 1, 10}, {"a", 1, 1, 10}, {"z", 1, 1, 10}}, kScheme);
  EXPECT_EQ(places[0].orders.account_id, "a");
  EXPECT_EQ(places[1].orders.account_id, "b");
  EXPECT_EQ(places[3].orders.account_id, "z");

  // Twelve accounts, so that neighbours in value may share a score.
  std::vector<RfmOrders> orders = Ladder(12);
  for (RfmOrders& each : orders) each.recency_days = each.order_count = 1;
  const std::vector<RfmPlace> by_value = RankRfm(orders, kScheme);
  for (size_t i = 1; i < by_value.size(); ++i) {
    EXPECT_GT(by_value[i - 1].orders.order_value_minor, by_value[i].orders.order_value_minor);
  }
}

TEST(RfmLevels, AreCutAtTheFloorOfTheCumulativeShare) {  // A3
  EXPECT_EQ(CountsByLevel(RankRfm(Ladder(100), kScheme)), (std::array<int, 5>{10, 20, 30, 25, 15}));
  // Ends at 1.9 → 1, 5.7 → 5, 11.4 → 11, 16.15 → 16, 19.
  EXPECT_EQ(CountsByLevel(RankRfm(Ladder(19), kScheme)), (std::array<int, 5>{1, 4, 6, 5, 3}));
  // Ends at 0.9 → 0, 2.7 → 2, 5.4 → 5, 7.65 → 7, 9.
  EXPECT_EQ(CountsByLevel(RankRfm(Ladder(9), kScheme)), (std::array<int, 5>{0, 2, 3, 2, 2}));
  // Ends at 1, 3, 6, 8.5 → 8, 10.
  EXPECT_EQ(CountsByLevel(RankRfm(Ladder(10), kScheme)), (std::array<int, 5>{1, 2, 3, 2, 2}));
  EXPECT_EQ(CountsByLevel(RankRfm(Ladder(1), kScheme)), (std::array<int, 5>{0, 0, 0, 0, 1}));
  EXPECT_TRUE(RankRfm({}, kScheme).empty());
}

TEST(RfmLevels, NameTheTiersOfTheServicePackages) {
  EXPECT_EQ(TierOf(RfmLevel::kStrategicPartner), "strategic-partner");
  EXPECT_EQ(TierOf(RfmLevel::kMaintenance), "maintenance");
}

TEST(RfmScheme, AddsUpToOne) {
  EXPECT_TRUE(Validate(kScheme).ok());
  RfmScheme scheme = kScheme;
  ++scheme.monetary_weight_micros;
  EXPECT_FALSE(Validate(scheme).ok());
  scheme = kScheme;
  --scheme.share_micros[4];
  EXPECT_FALSE(Validate(scheme).ok());
  scheme = kScheme;
  scheme.share_micros[0] -= 2 * kMicros;
  scheme.share_micros[1] += 2 * kMicros;
  EXPECT_FALSE(Validate(scheme).ok());
}

}  // namespace
}  // namespace bellwether::accounts::rfm_test
