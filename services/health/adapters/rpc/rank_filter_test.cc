#include "services/health/adapters/rpc/rank_filter.h"

#include "common/base/status.h"
#include "gtest/gtest.h"
#include "services/health/adapters/live/health_messages.h"

namespace bellwether::health::rank_filter_test {
namespace {

constexpr int64_t kPoint = kMicrosPerUnit;

v1::HealthModel Model() {
  v1::HealthModel model;
  const auto add = [&](const char* id, int64_t from) {
    v1::Band& band = *model.add_bands();
    band.set_band_id(id);
    band.set_from_points_micros(from);
  };
  add("healthy", 80 * kPoint);
  add("watch", 60 * kPoint);
  add("at-risk", 0);
  return model;
}

std::string ReasonOf(const absl::Status& status) {
  return DetailOf(status).value_or(ErrorDetail{"OK", "", ""}).reason;
}

TEST(RankFilter, BandsMeetWithoutGapAndLeaveOutScoresOfLowConfidence) {  // H9
  const v1::HealthModel model = Model();
  v1::RankHealthRequest request;
  request.set_band_id("healthy");
  EXPECT_EQ(SpanOf(request, model)->from, 80 * kPoint);
  EXPECT_EQ(SpanOf(request, model)->below, kUnsureFrom);
  request.set_band_id("watch");
  EXPECT_EQ(SpanOf(request, model)->from, 60 * kPoint);
  EXPECT_EQ(SpanOf(request, model)->below, 80 * kPoint);
  request.set_band_id("at-risk");
  EXPECT_EQ(SpanOf(request, model)->from, std::nullopt);
  EXPECT_EQ(SpanOf(request, model)->below, 60 * kPoint);
  request.set_band_id("sunny");
  EXPECT_EQ(ReasonOf(SpanOf(request, model).status()), "BAND_UNKNOWN");
}

TEST(RankFilter, ASpanOfScoresBeginsAtItsLowerEnd) {  // H9
  v1::RankHealthRequest request;
  request.set_score_from_micros(50 * kPoint);
  request.set_score_below_micros(55 * kPoint);
  const RankSpan span = *SpanOf(request, Model());
  EXPECT_EQ(span.Begin()->score, 50 * kPoint - 1) << "after every place with less";
  EXPECT_EQ(span.below, 55 * kPoint);
  request.set_low_confidence_only(true);
  EXPECT_EQ(ReasonOf(SpanOf(request, Model()).status()), "FILTER_INVALID");
  request.clear_score_from_micros();
  request.clear_score_below_micros();
  EXPECT_EQ(SpanOf(request, Model())->from, kUnsureFrom);
  EXPECT_EQ(SpanOf({}, Model())->Begin(), std::nullopt) << "everybody";
}

TEST(RankFilter, OneRankingIsAskedForAtATime) {
  EXPECT_EQ(*RankingOf("", "", "", false), kRankingAll);
  EXPECT_EQ(*RankingOf("core", "", "", false), RankingOfTier("core"));
  EXPECT_EQ(*RankingOf("", "", "", true), RankingOfTier(""));
  EXPECT_EQ(ReasonOf(RankingOf("core", "li", "", false).status()), "FILTER_INVALID");
  EXPECT_EQ(ReasonOf(RankingOf("core", "", "", true).status()), "FILTER_INVALID");
  EXPECT_EQ(ReasonOf(RankingOf("gold", "", "", false).status()), "TIER_UNKNOWN");
}

}  // namespace
}  // namespace bellwether::health::rank_filter_test
