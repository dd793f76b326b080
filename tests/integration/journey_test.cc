// One account's way through everything: fact → score → explanation → alert → webhook.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bellwether/alerts/v1/alert.pb.h"
#include "common/http/testing/http_receiver.h"
#include "common/testing/await.h"
#include "tests/integration/standalone_fixture.h"

namespace bellwether::journey_test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;

class JourneyTest : public StandaloneTest {
 protected:
  // Webhooks of the process go to `receiver_`.
  void ListenForWebhooks() {
    config.alerts.webhooks_file = WriteFile(
        "webhooks.yaml",
        absl::StrCat("targets:\n  - {name: test, url: \"", receiver_.url(),
                     "\", secret_file: ", WriteFile("secret", "sixteen characters"), "}\n"));
  }

  void CreateAccount(const std::string& id, const std::string& tier) {
    accounts::v1::CreateAccountRequest request;
    request.set_account_id(id);
    request.set_request_id("create-" + id);
    request.mutable_account()->set_legal_name("Test " + id);
    request.mutable_account()->set_short_name("Test " + id);
    request.mutable_account()->set_tier(tier);
    request.mutable_account()->set_owner("li.wei");
    const auto stub = Stub<accounts::v1::AccountsService>();
    const auto made = Call(*stub, &accounts::v1::AccountsService::Stub::CreateAccount, request);
    ASSERT_TRUE(made.ok()) << made.status();
  }

  // Enough data of every dimension for a confident score: all good, or all bad.
  void SendDaysOf(const std::string& account, bool good, const std::string& prefix) {
    int number = 0;
    const auto next = [&] {
      return Fact(account, absl::StrCat(prefix, ++number), absl::Now() - absl::Minutes(1));
    };
    for (int i = 0; i < 6; ++i) {
      auto csat = next();
      csat.mutable_fact()->mutable_survey_answered()->set_kind(events::v1::SURVEY_KIND_CSAT);
      csat.mutable_fact()->mutable_survey_answered()->set_score_micros(good ? 96'000'000
                                                                            : 20'000'000);
      Send(csat);
      auto nps = next();
      nps.mutable_fact()->mutable_survey_answered()->set_kind(events::v1::SURVEY_KIND_NPS);
      nps.mutable_fact()->mutable_survey_answered()->set_score_micros(good ? 10'000'000 : 0);
      Send(nps);
      auto sentiment = next();
      sentiment.mutable_fact()->mutable_sentiment_observed()->set_channel("mail");
      sentiment.mutable_fact()->mutable_sentiment_observed()->set_score_micros(good ? 900'000
                                                                                    : -900'000);
      Send(sentiment);
      auto usage = next();
      auto& used = *usage.mutable_fact()->mutable_usage_reported();
      used.set_licensed_users(100);
      used.set_active_users(good ? 92 : 4);
      used.set_logins(good ? 500 : 4);
      used.set_features_available(20);
      used.set_features_used(good ? 17 : 1);
      Send(usage);
      auto value = next();
      auto& measured = *value.mutable_fact()->mutable_business_value_measured();
      measured.set_roi_micros(good ? 400'000 : -300'000);
      measured.set_efficiency_gain_micros(good ? 300'000 : 0);
      measured.set_cost_reduction_micros(good ? 150'000 : 0);
      Send(value);
      auto resolved = next();
      auto& closed = *resolved.mutable_fact()->mutable_case_resolved();
      closed.set_case_id(absl::StrCat(prefix, "case", i));
      closed.set_resolution_seconds(good ? 3'600 : 3'600 * 24 * 20);
      closed.set_first_contact(good);
      Send(resolved);
    }
    auto cooperation = next();
    auto& depth = *cooperation.mutable_fact()->mutable_cooperation_changed();
    depth.set_joint_projects(good ? 4 : 0);
    depth.set_data_sharing_level(good ? 4 : 0);
    depth.set_supply_chain_integration(good ? 4 : 0);
    Send(cooperation);
    auto growth = next();
    growth.mutable_fact()->mutable_revenue_growth_reported()->set_growth_micros(good ? 200'000
                                                                                     : -200'000);
    Send(growth);
    auto visit = next();
    visit.mutable_fact()->mutable_interaction_held()->set_channel(
        events::v1::INTERACTION_CHANNEL_VISIT);
    visit.mutable_fact()->mutable_interaction_held()->set_level(
        good ? events::v1::CONTACT_LEVEL_EXECUTIVE : events::v1::CONTACT_LEVEL_STAFF);
    Send(visit);
    auto order = next();
    order.mutable_fact()->mutable_order_placed()->set_order_id(prefix);
    order.mutable_fact()->mutable_order_placed()->mutable_amount()->set_currency_code("CNY");
    order.mutable_fact()->mutable_order_placed()->mutable_amount()->set_amount_minor(1'000'000);
    Send(order);
  }

  absl::StatusOr<health::v1::AccountHealth> HealthOf(const std::string& account) {
    health::v1::GetHealthRequest request;
    request.set_account("accounts/" + account);
    const auto stub = Stub<health::v1::HealthService>();
    return Call(*stub, &health::v1::HealthService::Stub::GetHealth, request);
  }

  // The open alerts of an account and rule.
  std::vector<alerts::v1::Alert> AlertsOf(const std::string& account, const std::string& rule) {
    alerts::v1::ListAlertsRequest request;
    request.set_subject(account);
    request.set_rule_id(rule);
    const auto stub = Stub<alerts::v1::AlertsService>();
    const auto found = Call(*stub, &alerts::v1::AlertsService::Stub::ListAlerts, request);
    EXPECT_TRUE(found.ok()) << found.status();
    if (!found.ok()) return {};
    return {found->alerts().begin(), found->alerts().end()};
  }

  http::testing::HttpReceiver receiver_;
};

TEST_F(JourneyTest, BadFactsLowerTheScoreAreExplainedAndCallSomebody) {
  ListenForWebhooks();
  Boot();
  GoLive();
  CreateAccount("acme", "strategic-partner");
  SendDaysOf("acme", /*good=*/true, "good-");
  ASSERT_TRUE(testing::Await([&] {
    const auto health = HealthOf("acme");
    return health.ok() && health->score_micros() >= 80'000'000 &&
           health->confidence_micros() >= 500'000;
  })) << HealthOf("acme")->DebugString();
  EXPECT_TRUE(AlertsOf("acme", "R13").empty());

  SendDaysOf("acme", /*good=*/false, "bad-");
  SendDaysOf("acme", /*good=*/false, "worse-");
  ASSERT_TRUE(testing::Await([&] {
    const auto health = HealthOf("acme");
    return health.ok() && health->score_micros() < 60'000'000;
  })) << HealthOf("acme")->DebugString();
  const auto health = HealthOf("acme");
  EXPECT_EQ(health->band_id(), "at-risk");
  EXPECT_EQ(health->attributes().owner(), "li.wei");
  int64_t contributions = 0;
  for (const auto& metric : health->metrics()) contributions += metric.contribution_micros();
  EXPECT_EQ(contributions, health->score_micros());

  // H4: every change has its cause, and its points add up exactly.
  health::v1::ExplainHealthRequest explain;
  explain.set_account("accounts/acme");
  explain.set_limit(1'000);
  const auto stub = Stub<health::v1::HealthService>();
  const auto explained = Call(*stub, &health::v1::HealthService::Stub::ExplainHealth, explain);
  ASSERT_TRUE(explained.ok()) << explained.status();
  ASSERT_GT(explained->changes_size(), 10);
  EXPECT_EQ(explained->changes(0).score_after_micros(), health->score_micros());
  for (int i = 0; i < explained->changes_size(); ++i) {
    const auto& change = explained->changes(i);
    int64_t points = 0;
    for (const auto& point : change.points()) points += point.points_micros();
    EXPECT_EQ(points, change.score_after_micros() - change.score_before_micros());
    EXPECT_NE(change.cause().kind(), events::v1::CAUSE_KIND_UNSPECIFIED);
    if (i + 1 < explained->changes_size()) {
      EXPECT_EQ(change.score_before_micros(), explained->changes(i + 1).score_after_micros());
    }
  }
  const CtlRun shown = Ctl({"health", "explain", "acme"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("  sum "));
  EXPECT_THAT(shown.out, HasSubstr("survey_answered test worse-"));

  // R13: red below 60.
  std::vector<alerts::v1::Alert> open;
  ASSERT_TRUE(testing::Await([&] {
    open = AlertsOf("acme", "R13");
    return !open.empty() && open[0].level() == alerts::v1::LEVEL_RED &&
           open[0].state() == alerts::v1::ALERT_STATE_FIRING;
  }));
  ASSERT_EQ(open.size(), 1);
  EXPECT_THAT(open[0].text_zh(), HasSubstr("健康度"));

  // L6: signed, and the last one says red.
  ASSERT_TRUE(testing::Await([&] {
    for (const auto& request : receiver_.received()) {
      if (request.body.find("R13") != std::string::npos &&
          request.body.find("LEVEL_RED") != std::string::npos) {
        return true;
      }
    }
    return false;
  }));
  for (const auto& request : receiver_.received()) {
    EXPECT_THAT(request.headers, Contains(Key("idempotency-key")));
  }

  const std::string id = open[0].name().substr(7);
  const CtlRun acknowledged = Ctl({"alerts", "ack", id, "--as", "li.wei", "--note", "calling now"});
  EXPECT_EQ(acknowledged.exit_code, 0) << acknowledged.err;
  EXPECT_THAT(acknowledged.out, HasSubstr("calling now"));
  const CtlRun refused = Ctl({"alerts", "ack", "no-such-alert", "--as", "li.wei"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("reason:"));

  // What was folded live is what history says.
  const CtlRun verified = Ctl({"health", "verify"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

TEST_F(JourneyTest, AllOfItIsThereAfterARestart) {
  Boot();
  GoLive();
  CreateAccount("acme", "core");
  SendDaysOf("acme", /*good=*/false, "bad-");
  ASSERT_TRUE(testing::Await([&] { return !AlertsOf("acme", "R13").empty(); }));
  auto marker = Fact("acme", "marker", absl::Now());
  marker.mutable_fact()->mutable_account_manager_changed()->set_current("wu.gang");
  Send(marker);
  EXPECT_EQ(OutcomeOf(marker), health::v1::OUTCOME_COUNTED);
  const auto before = HealthOf("acme");
  ASSERT_TRUE(before.ok());
  const auto alerts_before = AlertsOf("acme", "R13");
  Shutdown();
  Boot();
  ASSERT_TRUE(testing::Await([&] { return HealthOf("acme").ok(); }));
  EXPECT_EQ(HealthOf("acme")->score_micros(), before->score_micros());
  const auto alerts_after = AlertsOf("acme", "R13");
  ASSERT_EQ(alerts_after.size(), 1);
  EXPECT_EQ(alerts_after[0].name(), alerts_before[0].name());
  EXPECT_EQ(alerts_after[0].timeline_size(), alerts_before[0].timeline_size());
}

TEST_F(JourneyTest, ALateFactRestatesItsDayAndNoOther) {
  Boot();
  // A past of twenty days, one survey a day.
  const absl::TimeZone zone = absl::FixedTimeZone(8 * 3600);
  const absl::CivilDay today = absl::ToCivilDay(absl::Now(), zone);
  const auto noon = [&](int64_t days_ago) {
    const absl::CivilDay day = today - days_ago;
    return absl::FromCivil(absl::CivilSecond(day.year(), day.month(), day.day(), 12), zone);
  };
  std::string lines;
  for (int64_t ago = 20; ago >= 1; --ago) {
    absl::StrAppend(&lines, "s", ago, ",acme,", absl::FormatTime("%Y-%m-%d", noon(ago), zone),
                    ",80\n");
  }
  WriteFile("surveys.csv", absl::StrCat("id,account,day,score\n", lines));
  const std::string mapping = WriteFile("mapping.yaml", R"yaml(
mapping_id: surveys
source: test
time_zone: Asia/Shanghai
files:
  - file_id: surveys
    path: surveys.csv
    layout: csv
    header: true
    key_columns: [id]
    columns:
      - {name: id, kind: text, required: true}
      - {name: account, kind: text, required: true}
      - {name: day, kind: time, required: true}
      - {name: score, kind: number, required: true, scale: 6}
    records:
      - kind: fact
        id: "{id}"
        account_id: "{account|id}"
        time_column: day
        set: {survey_answered.kind: CSAT, survey_answered.score_micros: "{score}"}
)yaml");
  const CtlRun imported = Ctl({"import", mapping, folder, "--backfill"});
  ASSERT_EQ(imported.exit_code, 0) << imported.out << imported.err;
  EXPECT_THAT(imported.out, HasSubstr("20 counted, 0 late"));

  const auto stub = Stub<health::v1::HealthService>();
  const auto history = [&] {
    health::v1::ListHealthHistoryRequest request;
    request.set_account("accounts/acme");
    request.set_page_size(100);
    std::map<std::string, health::v1::HealthSnapshot> days;
    const auto page = Call(*stub, &health::v1::HealthService::Stub::ListHealthHistory, request);
    if (page.ok()) {
      for (const auto& day : page->snapshots()) days[day.day()] = day;
    }
    return days;
  };
  const auto day_name = [&](int64_t ago) { return absl::FormatCivilTime(today - ago); };
  ASSERT_TRUE(testing::Await([&] { return history().contains(day_name(1)); }))
      << Ctl({"health", "history", "acme"}).out;
  const auto before = history();

  auto late = Fact("acme", "late", noon(5) + absl::Hours(1));
  late.mutable_fact()->mutable_survey_answered()->set_kind(events::v1::SURVEY_KIND_CSAT);
  late.mutable_fact()->mutable_survey_answered()->set_score_micros(0);
  Send(late);
  EXPECT_EQ(OutcomeOf(late), health::v1::OUTCOME_LATE);
  ASSERT_TRUE(testing::Await([&] { return history()[day_name(5)].restated(); }));
  const auto after = history();
  for (int64_t ago = 20; ago >= 6; --ago) {
    EXPECT_EQ(after.at(day_name(ago)).SerializeAsString(),
              before.at(day_name(ago)).SerializeAsString())
        << ago << " days ago";
  }
  // That day and those whose windows hold it.
  for (int64_t ago = 5; ago >= 1; --ago) {
    EXPECT_TRUE(after.at(day_name(ago)).restated()) << ago << " days ago";
    EXPECT_LT(after.at(day_name(ago)).score_micros(), before.at(day_name(ago)).score_micros());
  }
  // What was known before can still be asked.
  const CtlRun then =
      Ctl({"health", "history", "acme", "--known-at",
           absl::FormatTime(absl::RFC3339_full, noon(0) - absl::Hours(24), zone), "--json"});
  EXPECT_EQ(then.exit_code, 0) << then.err;
  EXPECT_THAT(then.out, ::testing::Not(HasSubstr("\"restated\":true")));
}

TEST_F(JourneyTest, TheSameIdWithOtherContentIsAConflictAndShown) {
  Boot();
  GoLive();
  const std::vector<std::string> order = {
      "emit",
      "--account",
      "acme",
      "--kind",
      "order_placed",
      "--source",
      "erp",
      "--id",
      "o-1",
      "--time",
      absl::FormatTime(absl::RFC3339_sec, absl::Now(), absl::UTCTimeZone()),
      "--wait",
      "--set",
      "amount.currency_code=CNY",
      "--set"};
  auto first = order;
  first.push_back("amount.amount_minor=1000");
  const CtlRun counted = Ctl(first);
  EXPECT_EQ(counted.exit_code, 0) << counted.err;
  EXPECT_THAT(counted.out, HasSubstr("counted"));
  const CtlRun duplicate = Ctl(first);
  EXPECT_EQ(duplicate.exit_code, 0) << duplicate.err;

  auto other = order;
  other.push_back("amount.amount_minor=2000");
  const CtlRun sent = Ctl(other);
  // The answer may come before the fold has met the second coming: then it is about the first.
  ASSERT_TRUE(testing::Await([&] {
    return Ctl({"fact", "outcome", "--account", "acme", "--source", "erp", "--id", "o-1"})
               .out.find("conflict") != std::string::npos;
  })) << sent.out
      << sent.err;
  ASSERT_TRUE(testing::Await([&] {
    const CtlRun letters = Ctl({"dead-letters", "list", "--json"});
    return letters.out.find("\"refusedBy\":\"health\"") != std::string::npos &&
           letters.out.find("CONFLICT") != std::string::npos;
  }));
}

}  // namespace
}  // namespace bellwether::journey_test
