// Imports into a live system, through the whole process (L3): an account that an import touches is
// judged once, against the whole.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/http/testing/http_receiver.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "tests/integration/standalone_fixture.h"

namespace bellwether::import_judgement_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What compares windows fires at once, so that only the import itself keeps the alerts of passing
// states from being told.
constexpr char kPolicy[] = R"yaml(
tier_weights: {strategic-partner: 60, core: 30}
other_tier_weight: 1
escalation_chain:
  - roles: [account-manager]
duties:
  - {level: yellow, rung: 0}
  - {level: orange, rung: 0}
  - {level: red, rung: 0}
reopen_within: 3d
unjudged_kept: 7d
comparison_for: 0s
import_hold_max: )yaml";

class ImportJudgementTest : public StandaloneTest {
 protected:
  ImportJudgementTest() {
    config.alerts.webhooks_file = WriteFile(
        "webhooks.yaml",
        absl::StrCat("targets:\n  - {name: test, url: \"", receiver_.url(),
                     "\", secret_file: ", WriteFile("secret", "sixteen characters"), "}\n"));
    SetHoldMax("15m");
  }
  void SetHoldMax(const std::string& longest) {
    config.alerts.policy_file = WriteFile("policy.yaml", absl::StrCat(kPolicy, longest, "\n"));
  }

  absl::CivilDay DaysAgo(int days) const { return absl::ToCivilDay(absl::Now(), kZone) - days; }
  // A table of orders, each customer's at its days, all customers in order of time.
  void WriteOrders(const std::map<std::string, std::vector<int>>& days_ago_of) {
    std::multimap<absl::CivilDay, std::string> rows;
    for (const auto& [customer, days_ago] : days_ago_of) {
      for (const int days : days_ago) rows.emplace(DaysAgo(days), customer);
    }
    std::string table = "order_id,customer,ordered_on,amount,currency,quantity,product\n";
    for (const auto& [day, customer] : rows) {
      absl::StrAppend(&table, customer, "-", absl::FormatCivilTime(day), ",", customer, ",",
                      absl::FormatCivilTime(day), ",800.00,CNY,2,paper\n");
    }
    WriteFile("orders.csv", table);
  }
  static std::vector<int> Every(int days, int from, int until) {
    std::vector<int> all;
    for (int day = from; day >= until; day -= days) all.push_back(day);
    return all;
  }
  void Import() {
    const CtlRun run = Ctl({"import", "orders", folder});
    ASSERT_EQ(run.exit_code, 0) << run.out << run.err;
  }

  // As a source that brings its facts itself.
  void StartRun(const std::string& run) {
    ingest::v1::StartImportRunRequest request;
    request.set_import_run(run);
    request.set_source("erp");
    const auto started = Call(*Stub<ingest::v1::IngestService>(),
                              &ingest::v1::IngestService::Stub::StartImportRun, request);
    ASSERT_TRUE(started.ok()) << started.status();
  }
  void SendOrder(const std::string& customer, int days_ago, const std::string& import_run) {
    const absl::CivilDay day = DaysAgo(days_ago);
    events::v1::FactEvent order =
        Fact(customer, absl::StrCat(customer, "-", absl::FormatCivilTime(day)),
             absl::FromCivil(absl::CivilHour(day.year(), day.month(), day.day(), 12), kZone));
    auto& placed = *order.mutable_fact()->mutable_order_placed();
    placed.set_order_id(order.id());
    placed.mutable_amount()->set_amount_minor(80'000);
    ingest::v1::IngestFactsRequest request;
    *request.add_events()->mutable_fact() = order;
    request.mutable_events(0)->set_import_run(import_run);
    const auto answer = Call(*Stub<ingest::v1::IngestService>(),
                             &ingest::v1::IngestService::Stub::IngestFacts, request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    ASSERT_EQ(answer->answers(0).state(), ingest::v1::ANSWER_STATE_ACCEPTED);
  }

  // "R39 acme firing" of everything that ever was an alert.
  std::vector<std::string> Alerts() {
    alerts::v1::ListAlertsRequest list;
    list.set_include_backfill(true);
    for (const auto state :
         {alerts::v1::ALERT_STATE_PENDING, alerts::v1::ALERT_STATE_FIRING,
          alerts::v1::ALERT_STATE_ACKNOWLEDGED, alerts::v1::ALERT_STATE_RESOLVED}) {
      list.add_states(state);
    }
    const auto found = Call(*Stub<alerts::v1::AlertsService>(),
                            &alerts::v1::AlertsService::Stub::ListAlerts, list);
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<std::string> lines;
    for (const alerts::v1::Alert& alert : found->alerts()) {
      lines.push_back(
          absl::StrCat(alert.rule_id(), " ", alert.subject(),
                       alert.state() == alerts::v1::ALERT_STATE_RESOLVED ? " resolved" : " open"));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  bool AwaitAlerts(const std::vector<std::string>& lines) {
    return testing::Await([&] { return Alerts() == lines; });
  }

  const absl::TimeZone kZone = absl::FixedTimeZone(8 * 3600);
  http::testing::HttpReceiver receiver_;
};

TEST_F(ImportJudgementTest, OnlyTheCustomerInTroubleRaisesAnAlert) {
  std::map<std::string, std::vector<int>> orders = {{"Gone", Every(11, 380, 60)}};
  for (int i = 0; i < 12; ++i) orders[absl::StrCat("Steady-", i)] = Every(9, 380, 1);
  WriteOrders(orders);
  Boot();
  GoLive();
  Import();
  EXPECT_TRUE(AwaitAlerts({"R39 Gone open"}));
  ASSERT_TRUE(testing::Await([&] { return receiver_.count() == 1; }));
  EXPECT_THAT(receiver_.received().front().body, HasSubstr("Gone"));
  // The same again changes nothing.
  Import();
  EXPECT_THAT(Alerts(), ElementsAre("R39 Gone open"));
  EXPECT_EQ(receiver_.count(), 1u);
}

TEST_F(ImportJudgementTest, WhatWasOpenBeforeStaysOrIsResolvedOnceAtTheEnd) {
  WriteOrders({{"Healed", Every(11, 380, 60)}, {"Still", Every(11, 380, 60)}});
  Boot();
  GoLive();
  Import();
  EXPECT_TRUE(AwaitAlerts({"R39 Healed open", "R39 Still open"}));
  ASSERT_TRUE(testing::Await([&] { return receiver_.count() == 2; }));
  // What had been missing, behind older orders that first make both look worse. The first order is
  // the same, and with it since when they are customers.
  std::vector<int> healed = Every(5, 120, 1);
  std::vector<int> still = Every(11, 374, 70);
  for (std::vector<int>* days : {&healed, &still}) days->push_back(380);
  WriteOrders({{"Healed", healed}, {"Still", still}});
  Import();
  EXPECT_TRUE(AwaitAlerts({"R39 Healed resolved", "R39 Still open"}));
  ASSERT_TRUE(testing::Await([&] { return receiver_.count() == 3; }));
  EXPECT_THAT(receiver_.received().back().body, HasSubstr("CONDITION_CLEARED"));
}

TEST_F(ImportJudgementTest, FactsOutsideOfARunAreJudgedOneByOne) {
  Boot();
  GoLive();
  for (const int days : Every(9, 180, 1)) SendOrder("Steady", days, "never-begun");
  EXPECT_TRUE(AwaitAlerts({"R39 Steady resolved"}));
}

TEST_F(ImportJudgementTest, AnImportThatWasKilledIsJudgedWhenItsLeaseRunsOut) {
  config.gateway.import_lease = absl::Seconds(2);
  Boot();
  GoLive();
  StartRun("killed");
  for (const int days : {170, 150, 130, 110, 30}) SendOrder("Gone", days, "killed");
  EXPECT_THAT(Alerts(), IsEmpty());
  EXPECT_TRUE(AwaitAlerts({"R39 Gone open"}));
  EXPECT_TRUE(testing::Await([&] { return receiver_.count() == 1; }));
}

TEST_F(ImportJudgementTest, NewsOfAHeldAccountDoesNotWaitForALongImport) {
  SetHoldMax("1s");
  Boot();
  GoLive();
  StartRun("long");
  for (const int days : {170, 150, 130, 110}) SendOrder("Gone", days, "long");
  SendOrder("Gone", 30, "");
  SendOrder("Other", 30, "long");
  EXPECT_TRUE(AwaitAlerts({"R39 Gone open"})) << "the run is still under way";
}

}  // namespace
}  // namespace bellwether::import_judgement_test
