// What people do at the board: filters and their counts, acknowledging many, taking it back (L3,
// L7).
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/testing/alerts_deployment.h"

namespace bellwether::alerts::board_test {
namespace {

using testing::AlertsDeployment;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Stub = v1::AlertsService::Stub;

std::string ReasonOf(const absl::Status& status) {
  return DetailOf(status).value_or(ErrorDetail{status.ToString(), "", ""}).reason;
}

class Board : public ::testing::Test {
 protected:
  // acme red, bell orange, cook yellow; all of li.
  Board() {
    alerts_.Start();
    alerts_.PublishSignal("acme", 1, 55);
    alerts_.PublishSignal("bell", 1, 65);
    alerts_.PublishSignal("cook", 1, 75);
    for (const char* subject : {"acme", "bell", "cook"}) {
      EXPECT_TRUE(alerts_.AwaitState(absl::StrCat("R13.", subject, ".1"), v1::ALERT_STATE_FIRING));
    }
  }

  v1::BatchAcknowledgeAlertsResponse Batch(const std::vector<std::string>& subjects,
                                           const std::string& request_id = "",
                                           const std::string& by = "wang") {
    v1::BatchAcknowledgeAlertsRequest request;
    request.set_request_id(request_id);
    request.set_note("all of them");
    for (const std::string& subject : subjects) {
      request.add_alerts()->set_name(absl::StrCat("alerts/R13.", subject, ".1"));
    }
    const auto response = alerts_.Call(&Stub::BatchAcknowledgeAlerts, request, by);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(v1::BatchAcknowledgeAlertsResponse());
  }
  // "acme ok", "bell NOT_FIRING": what became of each.
  static std::vector<std::string> Results(const v1::BatchAcknowledgeAlertsResponse& response) {
    std::vector<std::string> results;
    for (const v1::AcknowledgeResult& result : response.results()) {
      results.push_back(absl::StrCat(
          result.name(), " ",
          result.has_refusal() ? result.refusal().detail().reason() : result.alert().assignee()));
    }
    return results;
  }

  std::set<std::string> Listed(const v1::AlertFilter& filter, const std::string& by = "") {
    v1::ListAlertsRequest request;
    *request.mutable_filter() = filter;
    const auto page = alerts_.Call(&Stub::ListAlerts, request, by);
    EXPECT_TRUE(page.ok()) << page.status();
    std::set<std::string> subjects;
    if (page.ok()) {
      for (const v1::Alert& alert : page->alerts()) subjects.insert(alert.subject());
    }
    return subjects;
  }
  v1::CountAlertsResponse Counted(const v1::AlertFilter& filter, const std::string& by = "") {
    v1::CountAlertsRequest request;
    *request.mutable_filter() = filter;
    const auto counted = alerts_.Call(&Stub::CountAlerts, request, by);
    EXPECT_TRUE(counted.ok()) << counted.status();
    return counted.value_or(v1::CountAlertsResponse());
  }
  // Every count is the number of rows that its choice lists.
  void ExpectCountsEqualRows(const v1::AlertFilter& filter) {
    const v1::CountAlertsResponse counted = Counted(filter, "wang");
    const auto rows = [&](const v1::AlertFilter& chosen) {
      return static_cast<int64_t>(Listed(chosen, "wang").size());
    };
    EXPECT_EQ(counted.total(), rows(filter));
    v1::AlertFilter chosen;
    for (const v1::LevelCount& level : counted.levels()) {
      (chosen = filter).clear_levels();
      chosen.add_levels(level.level());
      EXPECT_EQ(level.count(), rows(chosen)) << v1::Level_Name(level.level());
    }
    for (const v1::StateCount& state : counted.states()) {
      (chosen = filter).clear_states();
      chosen.add_states(state.state());
      EXPECT_EQ(state.count(), rows(chosen)) << v1::AlertState_Name(state.state());
    }
    for (const v1::FacetCount& rule : counted.rules()) {
      (chosen = filter).clear_rule_ids();
      chosen.add_rule_ids(rule.value());
      EXPECT_EQ(rule.count(), rows(chosen)) << rule.value();
    }
    for (const v1::FacetCount& tier : counted.tiers()) {
      (chosen = filter).clear_tiers();
      chosen.add_tiers(tier.value());
      EXPECT_EQ(tier.count(), rows(chosen)) << tier.value();
    }
    for (const v1::FacetCount& assignee : counted.assignees()) {
      (chosen = filter).clear_assignees();
      chosen.add_assignees(assignee.value());
      EXPECT_EQ(assignee.count(), rows(chosen)) << assignee.value();
    }
    (chosen = filter).set_mine(true);
    EXPECT_EQ(counted.mine(), rows(chosen));
  }

  AlertsDeployment alerts_;
};

TEST_F(Board, CountsOfEveryFacetEqualTheRowsThatItsChoiceListsL7) {
  Batch({"bell"});
  alerts_.PublishSignal("cook", 2, 95);
  ASSERT_TRUE(alerts_.AwaitState("R13.cook.1", v1::ALERT_STATE_RESOLVED));
  v1::AlertFilter filter;
  EXPECT_EQ(Counted(filter).total(), 2);
  EXPECT_EQ(Counted(filter).mine(), 0) << "of nobody";
  ExpectCountsEqualRows(filter);
  filter.add_levels(v1::LEVEL_ORANGE);
  ExpectCountsEqualRows(filter);
  filter.add_states(v1::ALERT_STATE_FIRING);
  ExpectCountsEqualRows(filter);
  filter.set_mine(true);
  ExpectCountsEqualRows(filter);
  filter.clear_states();
  filter.add_assignees("wang");
  filter.add_assignees("");
  ExpectCountsEqualRows(filter);
}

TEST_F(Board, FiltersByWhoHasItLevelTierRuleAndAccountL7) {
  Batch({"bell"});
  v1::AlertFilter filter;
  filter.set_mine(true);
  EXPECT_THAT(Listed(filter, "wang"), ElementsAre("bell"));
  EXPECT_THAT(Listed(filter, "li"), ElementsAre("acme", "cook"));
  v1::ListAlertsRequest request;
  *request.mutable_filter() = filter;
  EXPECT_EQ(ReasonOf(alerts_.Call(&Stub::ListAlerts, request).status()), "PRINCIPAL_REQUIRED");
  filter.Clear();
  filter.add_levels(v1::LEVEL_RED);
  filter.add_levels(v1::LEVEL_YELLOW);
  EXPECT_THAT(Listed(filter), ElementsAre("acme", "cook"));
  filter.set_account_id("cook");
  EXPECT_THAT(Listed(filter), ElementsAre("cook"));
  filter.Clear();
  filter.add_tiers("core");
  EXPECT_THAT(Listed(filter), SizeIs(3));
  filter.add_rule_ids("R39");
  EXPECT_THAT(Listed(filter), IsEmpty());
  for (int i = 0; i < 201; ++i) filter.add_tiers("core");
  *request.mutable_filter() = filter;
  EXPECT_EQ(ReasonOf(alerts_.Call(&Stub::ListAlerts, request).status()), "TOO_MANY_ENTRIES");
}

TEST_F(Board, ABatchAcknowledgesWhatItCanAndSaysOfEachOtherWhyL3) {
  Batch({"bell"}, "", "zhao");
  alerts_.PublishSignal("cook", 2, 95);
  ASSERT_TRUE(alerts_.AwaitState("R13.cook.1", v1::ALERT_STATE_RESOLVED));
  const v1::BatchAcknowledgeAlertsResponse response = Batch({"cook", "acme", "nobody", "bell"});
  EXPECT_THAT(
      Results(response),
      ElementsAre("alerts/R13.cook.1 NOT_FIRING", "alerts/R13.acme.1 wang",
                  "alerts/R13.nobody.1 ALERT_NOT_FOUND", "alerts/R13.bell.1 ALREADY_ACKNOWLEDGED"));
  EXPECT_THAT(response.results(3).refusal().message(), HasSubstr("already acknowledged by zhao"));
  EXPECT_EQ(response.results(3).alert().assignee(), "zhao") << "as it is now";
  EXPECT_FALSE(response.results(2).has_alert());
  EXPECT_EQ(alerts_.Get("R13.acme.1")->timeline(1).note(), "all of them");
}

TEST_F(Board, ABatchThatComesAgainDoesWhatIsLeftL3) {
  const v1::BatchAcknowledgeAlertsResponse first = Batch({"acme"}, "batch-1");
  const v1::BatchAcknowledgeAlertsResponse again = Batch({"acme", "bell"}, "batch-1");
  EXPECT_THAT(Results(again), ElementsAre("alerts/R13.acme.1 wang", "alerts/R13.bell.1 wang"));
  EXPECT_EQ(again.results(0).alert().etag(), first.results(0).alert().etag());
  EXPECT_THAT(alerts_.Get("R13.acme.1")->timeline(), SizeIs(2));
}

TEST_F(Board, ABatchHasOneTo200AlertsEachOnce) {
  v1::BatchAcknowledgeAlertsRequest request;
  const auto reason = [&] {
    return ReasonOf(alerts_.Call(&Stub::BatchAcknowledgeAlerts, request, "wang").status());
  };
  EXPECT_EQ(reason(), "BATCH_SIZE_INVALID");
  request.add_alerts()->set_name("alerts/R13.acme.1");
  request.add_alerts()->set_name("alerts/R13.acme.1");
  EXPECT_EQ(reason(), "NAMED_TWICE");
  request.clear_alerts();
  for (int i = 0; i < 201; ++i) request.add_alerts()->set_name(absl::StrCat("alerts/", i));
  EXPECT_EQ(reason(), "BATCH_SIZE_INVALID");
  EXPECT_EQ(ReasonOf(alerts_.Call(&Stub::BatchAcknowledgeAlerts, request).status()),
            "PRINCIPAL_REQUIRED");
}

TEST_F(Board, AnAcknowledgementCanBeTakenBackL3) {
  Batch({"acme"});
  v1::UnacknowledgeAlertRequest request;
  request.set_name("alerts/R13.acme.1");
  request.set_note("wrong row");
  request.set_request_id("undo-1");
  request.set_etag("0");
  EXPECT_EQ(ReasonOf(alerts_.Call(&Stub::UnacknowledgeAlert, request, "wang").status()),
            "ETAG_MISMATCH");
  request.clear_etag();
  const auto firing = alerts_.Call(&Stub::UnacknowledgeAlert, request, "wang");
  ASSERT_TRUE(firing.ok()) << firing.status();
  EXPECT_EQ(firing->state(), v1::ALERT_STATE_FIRING);
  EXPECT_EQ(firing->assignee(), "li");
  EXPECT_TRUE(firing->has_escalate_time());
  EXPECT_EQ(firing->timeline(2).kind(), v1::TIMELINE_KIND_UNACKNOWLEDGED);
  EXPECT_EQ(firing->timeline(2).actor(), "wang");
  EXPECT_EQ(alerts_.Call(&Stub::UnacknowledgeAlert, request, "wang")->etag(), firing->etag())
      << "the same request gets the first answer";
  request.set_request_id("");
  EXPECT_EQ(ReasonOf(alerts_.Call(&Stub::UnacknowledgeAlert, request, "wang").status()),
            "NOT_ACKNOWLEDGED");
  v1::AlertFilter filter;
  filter.add_assignees("li");
  EXPECT_THAT(Listed(filter), UnorderedElementsAre("acme", "bell", "cook"));
}

TEST_F(Board, RowsFromBeforeTheFiltersAreBroughtUpToThemAtStart) {
  ASSERT_TRUE(bellwether::testing::Await([&] { return alerts_.app().Ready().ok(); }));
  alerts_.Stop();
  const auto transaction = *alerts_.store().Begin();
  ASSERT_TRUE(transaction
                  ->Execute("UPDATE alert_cases SET tier = '', assignee = '', account = '', "
                            "filled = 0",
                            {})
                  .ok());
  ASSERT_TRUE(transaction->Commit().ok());
  alerts_.Start();
  v1::AlertFilter filter;
  filter.add_tiers("core");
  filter.add_assignees("li");
  filter.set_account_id("bell");
  EXPECT_THAT(Listed(filter), ElementsAre("bell"));
}

}  // namespace
}  // namespace bellwether::alerts::board_test
