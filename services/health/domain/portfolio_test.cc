#include "services/health/domain/portfolio.h"

#include <algorithm>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::health::portfolio_test {
namespace {

constexpr int64_t kPoint = kMicrosPerUnit;

TEST(ScoreBins, CoverZeroToAHundredWithoutGapsAndHoldTheHighestInTheLast) {
  for (const int points : {1, 5, 7, 30, 50}) {
    ScoreBins bins(points);
    EXPECT_EQ(bins.from_micros(0), 0);
    for (size_t bin = 1; bin < bins.size(); ++bin) {
      EXPECT_EQ(bins.from_micros(bin), bins.below_micros(bin - 1)) << points;
    }
    EXPECT_EQ(bins.below_micros(bins.size() - 1), 100 * kPoint + 1) << points;
    bins.Add(0);
    bins.Add(100 * kPoint);
    EXPECT_EQ(bins.count(0), 1) << points;
    EXPECT_EQ(bins.count(bins.size() - 1), 1) << points;
  }
}

TEST(ScoreBins, ALowerEdgeBelongsToItsBin) {
  ScoreBins bins(5);
  bins.Add(5 * kPoint - 1);
  bins.Add(5 * kPoint);
  EXPECT_EQ(bins.count(0), 1);
  EXPECT_EQ(bins.count(1), 1);
}

TEST(BandCounts, CountByTheBandThatAScoreLiesIn) {  // H3
  const std::vector<Band> bands = {
      {"healthy", 80 * kPoint}, {"watch", 60 * kPoint}, {"at-risk", 10 * kPoint}};
  BandCounts counts(bands);
  for (const int64_t score : {80 * kPoint, 80 * kPoint - 1, 60 * kPoint, 10 * kPoint, int64_t{0}}) {
    counts.Add(score);
  }
  counts.AddLowConfidence();
  EXPECT_EQ(counts.count(0), 1);
  EXPECT_EQ(counts.count(1), 2);
  EXPECT_EQ(counts.count(2), 2) << "what lies below the last one, too";
  EXPECT_EQ(counts.low_confidence(), 1);
}

TEST(Moves, AreListedByDirectionAndSizeTheFurthestFirst) {
  const Move fallen{"acme", 80, 50};
  const Move risen{"bell", 50, 70};
  const Move still{"cook", 50, 50};
  EXPECT_TRUE(IsListed(fallen, MoveOrder::kGreatest, 30));
  EXPECT_FALSE(IsListed(fallen, MoveOrder::kGreatest, 31));
  EXPECT_TRUE(IsListed(fallen, MoveOrder::kFallen, 0));
  EXPECT_FALSE(IsListed(fallen, MoveOrder::kRisen, 0));
  EXPECT_TRUE(IsListed(risen, MoveOrder::kRisen, 0));
  EXPECT_FALSE(IsListed(still, MoveOrder::kGreatest, 0));
  std::vector<Move> moves = {{"zeta", 0, 20}, risen, fallen};
  std::sort(moves.begin(), moves.end(), MovesBefore);
  EXPECT_EQ(moves[0].account, "acme");
  EXPECT_EQ(moves[1].account, "bell");
  EXPECT_EQ(moves[2].account, "zeta");
}

}  // namespace
}  // namespace bellwether::health::portfolio_test
