// The portfolio as a whole: every count opens exactly what it counted, and what moved (H9).
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "common/base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/health/shipped_files.h"
#include "services/health/testing/app_fixture.h"

namespace bellwether::health::portfolio_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Stub = v1::HealthService::Stub;

class Portfolio : public HealthApp {
 protected:
  // One order is enough for a sure score.
  Portfolio() {
    Stop();
    for (const EmbeddedFile& file : ShippedFiles()) {
      if (!absl::EndsWith(file.name, "six-dimension.yaml")) continue;
      std::ofstream(model_file_) << absl::StrReplaceAll(
          file.content, {{"minimum_confidence: 0.5", "minimum_confidence: 0.01"}});
    }
    config_.model = model_file_;
    Start();
  }
  ~Portfolio() override { std::filesystem::remove(model_file_); }

  // Satisfaction of 0–100.
  void Answer(const std::string& account, const std::string& id, absl::Time time, int64_t score) {
    events::v1::Fact fact;
    fact.mutable_survey_answered()->set_kind(events::v1::SURVEY_KIND_CSAT);
    fact.mutable_survey_answered()->set_score_micros(score * kMicrosPerUnit);
    AwaitApplied(rig_.SendFact(account, id, time, fact));
  }

  std::set<std::string> Listed(const v1::RankHealthRequest& filter) {
    v1::RankHealthRequest request = filter;
    request.set_page_size(1);
    std::set<std::string> accounts;
    do {
      const auto page = Call(&Stub::RankHealth, request);
      for (const auto& health : page.healths()) accounts.insert(health.account());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return accounts;
  }
  v1::ListHealthMoversResponse Movers(const v1::ListHealthMoversRequest& request = {}) {
    return Call(&Stub::ListHealthMovers, request);
  }
  static std::vector<std::string> Accounts(const v1::ListHealthMoversResponse& response) {
    std::vector<std::string> accounts;
    for (const v1::HealthMover& mover : response.movers()) accounts.push_back(mover.account());
    return accounts;
  }
  std::string ReasonOfMovers(const v1::ListHealthMoversRequest& request) {
    v1::ListHealthMoversResponse response;
    return ReasonOf(Try(&Stub::ListHealthMovers, request, response));
  }

  const std::string model_file_ = std::filesystem::temp_directory_path() / ("model-" + NewUuid());
};

TEST_F(Portfolio, EveryBinAndCellCountsWhatItsFilterListsH9) {
  for (const char* account : {"a", "b", "c", "d"}) {
    Order(account, "o1", FoldRig::Noon(), 1'000);
  }
  Describe("a", "core");
  Describe("b", "core");
  Describe("c", "strategic-partner");
  Order("a", "o2", FoldRig::Noon(), 500'000);
  const v1::HealthSummary summary = Call(&Stub::SummarizeHealth, v1::SummarizeHealthRequest());
  EXPECT_EQ(summary.scored_count(), 4);
  EXPECT_FALSE(summary.as_of_checkpoint());
  EXPECT_THAT(summary.band_ids(), ElementsAre("healthy", "watch", "at-risk"));
  ASSERT_EQ(summary.bins_size(), 20);
  int64_t in_bins = 0;
  for (const v1::ScoreBin& bin : summary.bins()) {
    v1::RankHealthRequest request;
    request.set_score_from_micros(bin.from_micros());
    request.set_score_below_micros(bin.below_micros());
    EXPECT_EQ(bin.count(), static_cast<int64_t>(Listed(request).size())) << bin.DebugString();
    in_bins += bin.count();
  }
  EXPECT_EQ(in_bins + summary.low_confidence_count(), 4);
  ASSERT_EQ(summary.cells_size(), 6 * 4) << "five levels and none, three bands and low confidence";
  int64_t in_cells = 0;
  int64_t in_core = 0;
  for (const v1::HealthCell& cell : summary.cells()) {
    v1::RankHealthRequest request;
    request.set_tier(cell.tier());
    request.set_without_tier(cell.tier().empty());
    request.set_band_id(cell.band_id());
    request.set_low_confidence_only(cell.band_id().empty());
    EXPECT_EQ(cell.count(), static_cast<int64_t>(Listed(request).size())) << cell.DebugString();
    in_cells += cell.count();
    if (cell.tier() == "core") in_core += cell.count();
  }
  EXPECT_EQ(in_cells, 4);
  EXPECT_EQ(in_core, 2);
  v1::RankHealthRequest untiered;
  untiered.set_without_tier(true);
  EXPECT_THAT(Listed(untiered), ElementsAre("accounts/d"));
}

TEST_F(Portfolio, BinsAreOneToFiftyPointsWide) {
  v1::SummarizeHealthRequest request;
  request.set_bin_points(50);
  EXPECT_EQ(Call(&Stub::SummarizeHealth, request).bins_size(), 2);
  v1::HealthSummary summary;
  for (const int points : {-1, 51}) {
    request.set_bin_points(points);
    EXPECT_EQ(ReasonOf(Try(&Stub::SummarizeHealth, request, summary)), "BIN_POINTS_INVALID");
  }
}

TEST_F(Portfolio, MoversOfTheDayComeWithPointsAndWhatMovedThemMostH9) {
  Describe("acme", "core");
  Answer("acme", "s1", FoldRig::Noon(), 100);
  Answer("bolt", "s1", FoldRig::Noon(), 100);
  EXPECT_THAT(Accounts(Movers()), IsEmpty()) << "nothing is closed yet";
  rig_.clock.Advance(absl::Hours(24));
  Tick(FoldRig::Noon(1));
  const int64_t closed = Get("acme").score_micros();
  Answer("acme", "s2", FoldRig::Noon(1), 20);
  ASSERT_TRUE(bellwether::testing::Await([&] { return Movers().movers_size() > 0; }))
      << "once the day's close is stored";
  const v1::ListHealthMoversResponse movers = Movers();
  ASSERT_EQ(movers.movers(0).account(), "accounts/acme");
  const v1::HealthMover& acme = movers.movers(0);
  EXPECT_EQ(acme.score_after_micros(), Get("acme").score_micros());
  EXPECT_EQ(acme.points_micros(), acme.score_after_micros() - acme.score_before_micros());
  EXPECT_EQ(acme.tier(), "core");
  EXPECT_EQ(acme.display_name(), "The acme");
  EXPECT_LT(acme.points_micros(), 0);
  EXPECT_EQ(acme.main_change().cause().id(), "s2");
  EXPECT_EQ(acme.main_change().score_before_micros(), closed);
  EXPECT_EQ(acme.main_metric(), "survey.csat_90d");
  EXPECT_EQ(acme.main_metric_points_micros(), acme.points_micros());
  EXPECT_EQ(movers.from_time().seconds(), absl::ToUnixSeconds(FoldRig::Midnight(1)));

  v1::ListHealthMoversRequest request;
  request.set_order(v1::MOVER_ORDER_RISEN);
  EXPECT_THAT(Accounts(Movers(request)), IsEmpty());
  request.set_order(v1::MOVER_ORDER_FALLEN);
  EXPECT_THAT(Accounts(Movers(request)), ElementsAre("accounts/acme"));
  request.clear_order();
  request.set_tier("development");
  EXPECT_THAT(Accounts(Movers(request)), IsEmpty());
  request.set_tier("core");
  EXPECT_THAT(Accounts(Movers(request)), ElementsAre("accounts/acme"));
  request.set_minimum_points_micros(100 * kMicrosPerUnit);
  EXPECT_THAT(Accounts(Movers(request)), IsEmpty());
}

TEST_F(Portfolio, MoversArePagedTheFurthestFirst) {
  const std::vector<std::string> accounts = {"a", "b", "c"};
  for (const std::string& account : accounts) Answer(account, "s1", FoldRig::Noon(), 100);
  rig_.clock.Advance(absl::Hours(24));
  Tick(FoldRig::Noon(1));
  for (const std::string& account : accounts) Answer(account, "s2", FoldRig::Noon(1), 20);
  ASSERT_TRUE(bellwether::testing::Await([&] { return Movers().movers_size() == 3; }));
  v1::ListHealthMoversRequest request;
  request.set_page_size(2);
  v1::ListHealthMoversResponse page = Movers(request);
  EXPECT_THAT(Accounts(page), ElementsAre("accounts/a", "accounts/b")) << "ties by account";
  request.set_page_token(page.next_page_token());
  page = Movers(request);
  EXPECT_THAT(Accounts(page), ElementsAre("accounts/c"));
  EXPECT_EQ(page.next_page_token(), "");
}

TEST_F(Portfolio, OnlyDaysThatAreOverCanBeCompared) {
  v1::ListHealthMoversRequest request;
  request.set_from_day("2026-03-02");  // today
  EXPECT_EQ(ReasonOfMovers(request), "DAY_NOT_CLOSED");
  for (const char* none :
       {"yesterday", "0000-01-01", "-0001-12-31", "10000-01-01", "99999999-01-01"}) {
    request.set_from_day(none);
    EXPECT_EQ(ReasonOfMovers(request), "DAY_INVALID") << none;
  }
  request.set_from_day("0001-01-01");
  EXPECT_EQ(ReasonOfMovers(request), "OK");
  request.set_from_day("2026-02-28");
  request.set_to_day("2026-02-28");
  EXPECT_EQ(ReasonOfMovers(request), "DAY_NOT_CLOSED");
  request.set_to_day("2026-03-01");
  EXPECT_EQ(ReasonOfMovers(request), "OK");
  request.set_tier("core");
  request.set_owner("li");
  EXPECT_EQ(ReasonOfMovers(request), "FILTER_INVALID");
}

}  // namespace
}  // namespace bellwether::health::portfolio_test
