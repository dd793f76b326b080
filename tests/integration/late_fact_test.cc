// "Past alerts stay, marked": late facts through the whole process.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/http/testing/http_receiver.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "tests/integration/standalone_fixture.h"

namespace bellwether::late_fact_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LateFactTest : public StandaloneTest {
 protected:
  LateFactTest() {
    config.alerts.webhooks_file = WriteFile(
        "webhooks.yaml",
        absl::StrCat("targets:\n  - {name: test, url: \"", receiver_.url(),
                     "\", secret_file: ", WriteFile("secret", "sixteen characters"), "}\n"));
  }

  absl::CivilDay Today() const { return absl::ToCivilDay(absl::Now(), kZone); }
  absl::Time Noon(int64_t days_ago) const {
    const absl::CivilDay day = Today() - days_ago;
    return absl::FromCivil(absl::CivilHour(day.year(), day.month(), day.day(), 12), kZone);
  }
  std::string DayName(int64_t days_ago) const { return absl::FormatCivilTime(Today() - days_ago); }

  void SendSurvey(const std::string& id, absl::Time time, int64_t points) {
    events::v1::FactEvent survey = Fact("acme", id, time);
    survey.mutable_fact()->mutable_survey_answered()->set_kind(events::v1::SURVEY_KIND_CSAT);
    survey.mutable_fact()->mutable_survey_answered()->set_score_micros(points * 1'000'000);
    Send(survey);
  }

  // The only alert of R38, whatever its state; none while there is none.
  std::optional<alerts::v1::Alert> SatisfactionAlert() {
    alerts::v1::ListAlertsRequest list;
    list.set_rule_id("R38");
    list.set_include_backfill(true);
    for (const auto state : {alerts::v1::ALERT_STATE_FIRING, alerts::v1::ALERT_STATE_ACKNOWLEDGED,
                             alerts::v1::ALERT_STATE_RESOLVED}) {
      list.add_states(state);
    }
    const auto stub = Stub<alerts::v1::AlertsService>();
    const auto found = Call(*stub, &alerts::v1::AlertsService::Stub::ListAlerts, list);
    EXPECT_TRUE(found.ok()) << found.status();
    if (!found.ok() || found->alerts().empty()) return std::nullopt;
    EXPECT_EQ(found->alerts_size(), 1);
    alerts::v1::GetAlertRequest get;
    get.set_name(found->alerts(0).name());
    const auto alert = Call(*stub, &alerts::v1::AlertsService::Stub::GetAlert, get);
    EXPECT_TRUE(alert.ok()) << alert.status();
    return alert.ok() ? std::optional(*alert) : std::nullopt;
  }

  std::optional<alerts::v1::TimelineEntry> MarkOf(const alerts::v1::Alert& alert) {
    std::optional<alerts::v1::TimelineEntry> mark;
    for (const auto& entry : alert.timeline()) {
      if (entry.kind() == alerts::v1::TIMELINE_KIND_RESTATED) mark = entry;
    }
    return mark;
  }

  const absl::TimeZone kZone = absl::FixedTimeZone(8 * 3600);
  http::testing::HttpReceiver receiver_;
};

// H1, R38: today's alert was raised on values that lacked a fact of three days ago.
TEST_F(LateFactTest, AnAlertOfTodayIsMarkedKeepsItsStateAndCallsNobodyAgain) {
  Boot();
  GoLive();
  SendSurvey("before", Noon(100), 90);
  SendSurvey("bad", absl::Now(), 60);
  std::optional<alerts::v1::Alert> alert;
  ASSERT_TRUE(testing::Await([&] { return (alert = SatisfactionAlert()).has_value(); }));
  EXPECT_FALSE(alert->restated());
  ASSERT_TRUE(testing::Await([&] { return receiver_.count() == 1; }));

  SendSurvey("late", Noon(3), 80);
  ASSERT_TRUE(testing::Await([&] { return (alert = SatisfactionAlert())->restated(); }));
  EXPECT_EQ(alert->state(), alerts::v1::ALERT_STATE_FIRING) << "70 is still 20 points down";
  const auto mark = MarkOf(*alert);
  ASSERT_TRUE(mark.has_value());
  EXPECT_EQ(mark->reason(), "LATE_FACT");
  EXPECT_EQ(mark->note(), absl::StrCat(DayName(0), ": survey.csat_90d was 60, is 70"));

  // Whatever is sent comes in order per alert: after the acknowledgement nothing is left to come.
  const std::string id = alert->name().substr(alert->name().find('/') + 1);
  ASSERT_EQ(Ctl({"alerts", "ack", id, "--as", "li", "--etag", alert->etag()}).exit_code, 0);
  ASSERT_TRUE(testing::Await([&] {
    return receiver_.count() > 1 &&
           receiver_.received().back().body.find("ACKNOWLEDGED") != std::string::npos;
  }));
  EXPECT_EQ(receiver_.count(), 2u);
  EXPECT_THAT(receiver_.received().front().body, Not(HasSubstr("TIMELINE_KIND_RESTATED")));

  const CtlRun list = Ctl({"alerts", "list", "--rule", "R38"});
  EXPECT_THAT(list.out, HasSubstr("acknowledged (restated)"));
  const CtlRun shown = Ctl({"alerts", "get", id});
  EXPECT_THAT(shown.out, HasSubstr("survey.csat_90d was 60, is 70"));
}

// A past with an alert ten days ago, and then a fact that belongs twelve days ago.
TEST_F(LateFactTest, AnAlertThatHeldAsItsPastWentLiveIsMarkedOnceAlsoAcrossARestart) {
  Boot();
  std::string lines = absl::StrCat("before,acme,", DayName(100), ",90\nbad,acme,", DayName(10),
                                   ",60\nlast,acme,", DayName(1), ",60\n");
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
  std::optional<alerts::v1::Alert> alert;
  // It holds as the past goes live: an open alert from then on, notified in the digest alone.
  ASSERT_TRUE(testing::Await(
      [&] { return (alert = SatisfactionAlert()).has_value() && !alert->backfill(); }));
  EXPECT_EQ(alert->timeline(alert->timeline_size() - 1).reason(), "HELD_AT_GO_LIVE");
  EXPECT_FALSE(alert->restated());
  ASSERT_TRUE(testing::Await([&] { return receiver_.count() == 1; }));
  EXPECT_THAT(receiver_.received().front().body, HasSubstr("\"digest\""));

  SendSurvey("late", Noon(12), 80);
  ASSERT_TRUE(testing::Await([&] { return (alert = SatisfactionAlert())->restated(); }));
  // Its present level was judged as it went live, today.
  EXPECT_EQ(MarkOf(*alert)->note(), absl::StrCat(DayName(0), ": survey.csat_90d was 60, is 66.67"));
  EXPECT_EQ(alert->state(), alerts::v1::ALERT_STATE_FIRING);

  Shutdown();
  Boot();
  SendSurvey("marker", absl::Now(), 70);
  events::v1::FactEvent marker = Fact("acme", "marker", absl::Now());
  EXPECT_EQ(OutcomeOf(marker), health::v1::OUTCOME_COUNTED);
  const auto after = SatisfactionAlert();
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->timeline_size(), alert->timeline_size()) << "one line for one restatement";
  EXPECT_EQ(Ctl({"health", "verify"}).exit_code, 0);
  EXPECT_EQ(receiver_.count(), 1u) << "of a past that was built there is one digest, no more";
}

}  // namespace
}  // namespace bellwether::late_fact_test
