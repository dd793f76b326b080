// Facts can be wrong (H1): refunds, retractions and replacements through the whole process.
#include <string>

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/fact.pb.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "tests/integration/standalone_fixture.h"

namespace bellwether::correction_test {
namespace {

using ::testing::HasSubstr;

class CorrectionTest : public StandaloneTest {
 protected:
  void SetUp() override {
    Boot();
    GoLive();
  }

  static absl::Time DaysAgo(int64_t days) { return absl::Now() - absl::Hours(24 * days); }

  health::v1::Outcome Order(const std::string& id, absl::Time time, int64_t amount) {
    events::v1::FactEvent order = Fact("acme", id, time);
    order.mutable_fact()->mutable_order_placed()->mutable_amount()->set_amount_minor(amount);
    Send(order);
    return OutcomeOf(order);
  }
  health::v1::Outcome Refund(const std::string& id, absl::Time time, int64_t amount,
                             const std::string& order_id = "") {
    events::v1::FactEvent refund = Fact("acme", id, time);
    auto& refunded = *refund.mutable_fact()->mutable_order_refunded();
    refunded.mutable_amount()->set_amount_minor(amount);
    refunded.set_order_id(order_id);
    refunded.set_reason(events::v1::REFUND_REASON_CREDIT_NOTE);
    Send(refund);
    return OutcomeOf(refund);
  }

  health::v1::AccountHealth Health() {
    health::v1::GetHealthRequest get;
    get.set_account("accounts/acme");
    const auto stub = Stub<health::v1::HealthService>();
    const auto found = Call(*stub, &health::v1::HealthService::Stub::GetHealth, get);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.value_or(health::v1::AccountHealth());
  }
  static std::optional<int64_t> ValueOf(const health::v1::AccountHealth& health,
                                        const std::string& metric) {
    for (const auto& value : health.metrics()) {
      if (value.metric() == metric && !value.absent()) return value.value_micros();
    }
    return std::nullopt;
  }
  // Once the cache shows it.
  void ExpectValue(const std::string& metric, std::optional<int64_t> expected) {
    std::optional<int64_t> value;
    EXPECT_TRUE(testing::Await([&] { return (value = ValueOf(Health(), metric)) == expected; }))
        << metric << " is " << value.value_or(-1);
  }

  // The only alert of the rule, if there is one.
  std::optional<alerts::v1::Alert> AlertOf(const std::string& rule) {
    alerts::v1::ListAlertsRequest list;
    list.set_rule_id(rule);
    for (const auto state : {alerts::v1::ALERT_STATE_FIRING, alerts::v1::ALERT_STATE_RESOLVED}) {
      list.add_states(state);
    }
    const auto stub = Stub<alerts::v1::AlertsService>();
    const auto found = Call(*stub, &alerts::v1::AlertsService::Stub::ListAlerts, list);
    EXPECT_TRUE(found.ok()) << found.status();
    if (!found.ok() || found->alerts().empty()) return std::nullopt;
    EXPECT_EQ(found->alerts_size(), 1);
    return found->alerts(0);
  }

  // Of an import's summary as JSON.
  static std::string RunNamedIn(const std::string& summary) {
    const std::string key = "\"importRun\":";
    const size_t found = summary.find(key);
    EXPECT_NE(found, std::string::npos) << summary;
    const size_t begin = summary.find('"', found + key.size()) + 1;
    return summary.substr(begin, summary.find('"', begin) - begin);
  }
};

constexpr int64_t kMicros = 1'000'000;

// Four orders long ago and a credit note today: nothing gets better by it.
TEST_F(CorrectionTest, ARefundMakesNothingBetter) {
  for (const int64_t days : {100, 120, 140, 160}) {
    Order(absl::StrCat("o", days), DaysAgo(days), 1'000'000);
  }
  ExpectValue("orders.count_365d", 4 * kMicros);
  const health::v1::AccountHealth before = Health();
  EXPECT_EQ(Refund("credit-note", absl::Now(), 1'000'000), health::v1::OUTCOME_COUNTED);
  ExpectValue("orders.value_365d", int64_t{3'000'000} * kMicros);
  const health::v1::AccountHealth after = Health();
  EXPECT_LE(after.score_micros(), before.score_micros());
  EXPECT_EQ(ValueOf(after, "orders.count_365d"), 4 * kMicros);
  EXPECT_EQ(ValueOf(after, "orders.recency_days_365d"),
            ValueOf(before, "orders.recency_days_365d"));
  // Said as a negative order it is refused, and the refusal names the way.
  const CtlRun refused = Ctl({"emit", "--account", "acme", "--kind", "order_placed", "--set",
                              "amount.amount_minor=-1000000"});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.err, HasSubstr("order_refunded"));
}

// What R39 judges (orders have become fewer) does not know credit notes.
TEST_F(CorrectionTest, CreditNotesAreNoOrders) {
  for (const int64_t days : {95, 105, 115, 125}) {
    Order(absl::StrCat("o", days), DaysAgo(days), 1'000'000);
  }
  ExpectValue("orders.count_90d_before", 4 * kMicros);
  for (int i = 0; i < 4; ++i) Refund(absl::StrCat("c", i), absl::Now(), 250'000);
  ExpectValue("orders.value_365d", int64_t{3'000'000} * kMicros);
  const health::v1::AccountHealth health = Health();
  EXPECT_EQ(ValueOf(health, "orders.count_90d"), 0);
  EXPECT_EQ(ValueOf(health, "orders.count_90d_before"), 4 * kMicros);
  EXPECT_EQ(ValueOf(health, "orders.count_change_90d"), -kMicros);
}

// R38: raised on an answer that was never given.
TEST_F(CorrectionTest, AnAlertOnAFactThatIsRetractedEndsAsRestated) {
  const auto survey = [&](const std::string& id, absl::Time time, int64_t points) {
    events::v1::FactEvent event = Fact("acme", id, time);
    event.mutable_fact()->mutable_survey_answered()->set_kind(events::v1::SURVEY_KIND_CSAT);
    event.mutable_fact()->mutable_survey_answered()->set_score_micros(points * kMicros);
    Send(event);
  };
  survey("before", DaysAgo(100), 90);
  survey("right", DaysAgo(2), 89);
  survey("wrong", absl::Now(), 10);
  ASSERT_TRUE(testing::Await([&] {
    const auto alert = AlertOf("R38");
    return alert.has_value() && alert->state() == alerts::v1::ALERT_STATE_FIRING;
  }));
  ASSERT_EQ(
      Ctl({"fact", "retract", "--account", "acme", "--source", "test", "--id", "wrong"}).exit_code,
      0);
  std::optional<alerts::v1::Alert> alert;
  ASSERT_TRUE(testing::Await([&] {
    alert = AlertOf("R38");
    return alert.has_value() && alert->state() == alerts::v1::ALERT_STATE_RESOLVED;
  }));
  EXPECT_EQ(alert->resolve_reason(), "HISTORY_RESTATED");
}

// An import of the wrong file, taken back and done again.
TEST_F(CorrectionTest, AWithdrawnImportLeavesNothingAndFreesItsIds) {
  Order("kept", DaysAgo(30), 100'000);
  const std::string mapping = WriteFile("mapping.yaml", R"yaml(
mapping_id: orders
source: test
time_zone: Asia/Shanghai
files:
  - file_id: orders
    path: orders.csv
    layout: csv
    header: true
    key_columns: [id]
    columns:
      - {name: id, kind: text, required: true}
      - {name: account, kind: text, required: true}
      - {name: day, kind: time, required: true}
      - {name: amount, kind: number, required: true, scale: 2}
    records:
      - kind: fact
        id: "{id}"
        account_id: "{account|id}"
        time_column: day
        set: {order_placed.amount.amount_minor: "{amount}"}
)yaml");
  const auto day = [](int64_t ago) {
    return absl::FormatTime("%Y-%m-%d", DaysAgo(ago), absl::FixedTimeZone(8 * 3600));
  };
  const auto rows = [&](int64_t times) {
    WriteFile("orders.csv",
              absl::StrCat("id,account,day,amount\no-1,acme,", day(20), ",", 10 * times,
                           "\no-2,acme,", day(10), ",", 20 * times, "\n"));
  };
  rows(100);
  const CtlRun wrong = Ctl({"import", mapping, folder, "--json"});
  ASSERT_EQ(wrong.exit_code, 0) << wrong.out << wrong.err;
  ExpectValue("orders.count_365d", 3 * kMicros);
  ExpectValue("orders.value_365d", int64_t{400'000} * kMicros);
  const std::string run = RunNamedIn(wrong.out);

  const CtlRun withdrawn =
      Ctl({"imports", "withdraw", run, "--reason", "wrong unit", "--wait", "60"});
  ASSERT_EQ(withdrawn.exit_code, 0) << withdrawn.err;
  ExpectValue("orders.count_365d", kMicros);
  ExpectValue("orders.value_365d", int64_t{100'000} * kMicros);
  const CtlRun listed = Ctl({"imports", "list"});
  EXPECT_THAT(listed.out, HasSubstr(run));
  EXPECT_THAT(listed.out, HasSubstr("withdrawn"));

  rows(1);
  const CtlRun right = Ctl({"import", mapping, folder});
  EXPECT_EQ(right.exit_code, 0) << right.out << right.err;
  ExpectValue("orders.count_365d", 3 * kMicros);
  ExpectValue("orders.value_365d", int64_t{103'000} * kMicros);
  const CtlRun verified = Ctl({"health", "verify"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out;
}

// A return that comes before its order, and one of more than was ever bought.
TEST_F(CorrectionTest, ARefundDoesNotNeedItsOrder) {
  EXPECT_EQ(Refund("return", absl::Now(), 500'000, "later"), health::v1::OUTCOME_COUNTED);
  ExpectValue("orders.value_365d", int64_t{-500'000} * kMicros);
  EXPECT_EQ(ValueOf(Health(), "orders.recency_days_365d"), std::nullopt);
  EXPECT_EQ(Order("later", DaysAgo(10), 500'000), health::v1::OUTCOME_LATE);
  ExpectValue("orders.value_365d", 0);
  ExpectValue("orders.count_365d", kMicros);
  ExpectValue("orders.recency_days_365d", 10 * kMicros);
}

TEST_F(CorrectionTest, AnOrderThatNeverWasIsRetractedAndSaidAnewByTheCommandLine) {
  Order("right", DaysAgo(30), 100'000);
  Order("wrong", DaysAgo(3), 900'000);
  ExpectValue("orders.count_365d", 2 * kMicros);
  const CtlRun retracted = Ctl({"fact", "retract", "--account", "acme", "--source", "test", "--id",
                                "wrong", "--reason", "entered twice", "--wait"});
  ASSERT_EQ(retracted.exit_code, 0) << retracted.err;
  ExpectValue("orders.count_365d", kMicros);
  ExpectValue("orders.recency_days_365d", 30 * kMicros);
  const CtlRun outcome =
      Ctl({"fact", "outcome", "--account", "acme", "--source", "test", "--id", "wrong"});
  EXPECT_THAT(outcome.out, HasSubstr("retracted"));
  EXPECT_THAT(outcome.out, HasSubstr("fact_retracted ctl"));
  // A late copy stays out.
  EXPECT_EQ(Order("wrong", DaysAgo(3), 900'000), health::v1::OUTCOME_RETRACTED);

  const CtlRun replaced =
      Ctl({"fact", "replace", "--account", "acme", "--source", "test", "--id", "right", "--kind",
           "order_placed", "--time", "20d", "--set", "amount.amount_minor=250000", "--wait"});
  ASSERT_EQ(replaced.exit_code, 0) << replaced.err;
  ExpectValue("orders.value_365d", int64_t{250'000} * kMicros);
  ExpectValue("orders.recency_days_365d", 20 * kMicros);

  // Another account's, in one call.
  const CtlRun moved = Ctl({"fact", "replace", "--account", "bolt", "--moved-from", "acme",
                            "--source", "test", "--id", "right", "--kind", "order_placed", "--time",
                            "20d", "--set", "amount.amount_minor=250000", "--wait"});
  ASSERT_EQ(moved.exit_code, 0) << moved.err;
  ExpectValue("orders.count_365d", std::nullopt);
  const CtlRun of_bolt = Ctl({"health", "get", "bolt"});
  EXPECT_THAT(of_bolt.out, HasSubstr("2 500.00"));
  const CtlRun verified = Ctl({"health", "verify"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out;
}

}  // namespace
}  // namespace bellwether::correction_test
