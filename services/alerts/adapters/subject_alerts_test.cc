// Rules about any subject, as configuration alone: no code of ours knows the values, attributes and
// types that stand here.
#include <string>
#include <vector>

#include "common/config/yaml_message.h"
#include "common/subject/subject_messages.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/adapters/condition_fold.h"
#include "services/alerts/adapters/rule_messages.h"
#include "services/alerts/adapters/sql_board.h"
#include "services/alerts/testing/folded_alerts.h"
#include "services/alerts/testing/rules.h"
#include "services/alerts/testing/signals.h"

namespace bellwether::alerts::subject_alerts_test {
namespace {

using events::v1::SUBJECT_TYPE_MILESTONE;
using events::v1::SUBJECT_TYPE_OPPORTUNITY;
using for_tests::kStart;
using ::testing::ElementsAre;
using testing::FoldedAlerts;
using ::testing::IsEmpty;
using testing::SignalRecord;
using ::testing::SizeIs;

constexpr char kRules[] = R"(
rules:
  - rule_id: T1
    version: 1
    scope: opportunity
    where:
      - {attribute: opportunity.state, values: [open]}
    threshold:
      value: opportunity.amount
      direction: above
      levels:
        - level: yellow
          fire: 1000
          fire_override: {attribute: grade, fire_by_value: {A: 500}}
    title: Large
    title_zh: 大单
    text: "{subject} is worth {value}"
    text_zh: "{subject}：{value}"
    acknowledge_within: 24h

  - rule_id: T2
    version: 1
    scope: opportunity
    absence: {value: opportunity.engaged, longer_than: 60d, level: orange}
    title: Old
    title_zh: 久
    text: "{subject} is open for more than {threshold} days"
    text_zh: "{subject}：{threshold}"

  - rule_id: T3
    version: 1
    scope: milestone
    where:
      - {attribute: grade, values: [A, B]}
      - {attribute: quadrant, values: [""]}
    threshold:
      value: milestone.deviation
      direction: above
      levels:
        - {level: red, fire: 0.2}
    title: Late
    title_zh: 迟
    text: "{subject}: {value}"
    text_zh: "{subject}：{value}"
)";

std::vector<Rule> RulesOf(const std::string& yaml) {
  v1::RuleSet message;
  config::Problems problems;
  config::ReadYaml(yaml, "rules.yaml", message, problems);
  EXPECT_TRUE(problems.ToStatus().ok()) << problems.ToStatus();
  std::vector<Rule> rules;
  for (const v1::AlertRule& rule : message.rules()) rules.push_back(ToRule(rule));
  EXPECT_THAT(ValidateRules(rules), IsEmpty());
  return rules;
}

class SubjectAlertsTest : public ::testing::Test {
 protected:
  struct SignalFields {
    events::v1::SubjectType type = SUBJECT_TYPE_OPPORTUNITY;
    std::string id = "o7";
    std::string account = "acme";
    Attributes attributes = {};
    std::vector<std::pair<std::string, int64_t>> figures = {};
    std::vector<std::pair<std::string, absl::Time>> instants = {};
    std::vector<std::pair<std::string, std::string>> labels = {};
    bool closed = false;
    std::string moved_to = "";
    absl::Time at = kStart;
  };
  // The next change of the subject, as health passes it on.
  void PublishSignal(const SignalFields& fields) {
    events::v1::SubjectChanged values;
    for (const auto& [name, units] : fields.figures) AddFigure(values, name, units);
    for (const auto& [name, instant] : fields.instants) AddInstant(values, name, instant);
    for (const auto& [name, label] : fields.labels) AddLabel(values, name, label);
    events::v1::Signal signal;
    signal.set_subject(fields.id);
    signal.set_subject_type(fields.type);
    signal.set_account(fields.account);
    signal.set_version(++version_);
    signal.set_entity_version(++entity_version_);
    events::v1::SignalStep& step = *signal.add_steps();
    step.set_time_micros(absl::ToUnixMicros(fields.at));
    *step.mutable_values() = values.values();
    SetAttributes(fields.attributes, *step.mutable_attributes());
    step.set_closed(fields.closed);
    step.set_moved_to(fields.moved_to);
    alerts_.Append(fields.account.empty() ? fields.id : fields.account,
                   SignalRecord(signal, fields.at));
  }
  void CatchUp() {
    if (!alerts_.up()) alerts_.Boot();
    alerts_.CatchUp();
  }
  std::vector<std::string> Rows() {
    std::vector<std::string> rows;
    const auto transaction = *alerts_.store().BeginRead();
    const store::Rows found =
        *transaction->Query("SELECT subject FROM alert_subjects ORDER BY subject");
    for (const store::Row& row : found) rows.push_back(row.Text(0));
    return rows;
  }

  FoldedAlerts alerts_{RulesOf(kRules)};
  int64_t version_ = 0;
  int64_t entity_version_ = 0;
};

TEST_F(SubjectAlertsTest, AnOpportunityIsJudgedByItsValueAndAttributesNobodyKnows) {
  PublishSignal({.attributes = {{"display_name", "Big deal"}, {"grade", "B"}, {"owner", "li"}},
                 .figures = {{"opportunity.amount", 700}},
                 .labels = {{"opportunity.state", "open"}}});
  CatchUp();
  EXPECT_FALSE(alerts_.Latest("T1", "o7").has_value());
  PublishSignal({.attributes = {{"display_name", "Big deal"}, {"grade", "A"}, {"owner", "li"}},
                 .figures = {{"opportunity.amount", 700}},
                 .labels = {{"opportunity.state", "open"}}});
  CatchUp();
  const std::optional<Case> alert = alerts_.Latest("T1", "o7");
  ASSERT_TRUE(alert.has_value());
  EXPECT_EQ(alert->alert_id, "T1.opportunity~o7.1");
  EXPECT_EQ(alert->subject_type, "opportunity");
  EXPECT_EQ(alert->account, "acme");
  EXPECT_EQ(alert->assignee, "li");
  EXPECT_EQ(alert->text, "Big deal is worth 700");
  EXPECT_THAT(alerts_.Look().deliveries, ElementsAre("ops T1.opportunity~o7.1/1"));
}

// L3: as an account that gets its tier, so any subject that gets what a rule asks for.
TEST_F(SubjectAlertsTest, AnAlertIsSinceWhatIsJudgedHoldsNotSinceTheSubjectCameIntoTheScope) {
  const auto large = [&](const std::string& state, absl::Duration after) {
    PublishSignal({.figures = {{"opportunity.amount", 2'000}},
                   .labels = {{"opportunity.state", state}},
                   .at = kStart + after});
    CatchUp();
  };
  large("draft", absl::ZeroDuration());
  EXPECT_FALSE(alerts_.Latest("T1", "o7").has_value());
  alerts_.Close();
  large("open", absl::Hours(5));
  EXPECT_EQ(alerts_.Latest("T1", "o7")->since, kStart) << "also across a restart";
  EXPECT_EQ(alerts_.Latest("T1", "o7")->fire_time, kStart + absl::Hours(5));
  alerts_.Rebuild();
  CatchUp();
  EXPECT_EQ(alerts_.Latest("T1", "o7")->since, kStart);
}

TEST_F(SubjectAlertsTest, AnInstantIsJudgedByTheWatermarks) {
  PublishSignal({.instants = {{"opportunity.engaged", kStart}}});
  alerts_.AppendTicks(kStart + absl::Hours(24 * 60));
  CatchUp();
  EXPECT_FALSE(alerts_.Latest("T2", "o7").has_value());
  alerts_.AppendTicks(kStart + absl::Hours(24 * 60) + absl::Microseconds(1));
  CatchUp();
  EXPECT_EQ(alerts_.Latest("T2", "o7")->level, Level::kOrange);
}

TEST_F(SubjectAlertsTest, AnyTypeOfSubjectHasRulesOfItsOwn) {
  PublishSignal({.type = SUBJECT_TYPE_MILESTONE,
                 .id = "o7",
                 .attributes = {{"grade", "A"}},
                 .figures = {{"milestone.deviation", 1}, {"opportunity.amount", 9'999}}});
  PublishSignal({.type = SUBJECT_TYPE_MILESTONE,
                 .id = "m2",
                 .attributes = {{"grade", "A"}, {"quadrant", "star"}},
                 .figures = {{"milestone.deviation", 1}}});
  PublishSignal({.type = events::v1::SUBJECT_TYPE_PERSON, .id = "p1", .account = ""});
  CatchUp();
  const std::vector<Case> cases = alerts_.Look().cases;
  ASSERT_THAT(cases, SizeIs(1));
  EXPECT_EQ(cases[0].alert_id, "T3.milestone~o7.1");
  EXPECT_EQ(cases[0].level, Level::kRed);
  PublishSignal({.type = SUBJECT_TYPE_MILESTONE,
                 .id = "m2",
                 .closed = true,
                 .at = kStart + absl::Seconds(1)});
  CatchUp();
  EXPECT_THAT(Rows(), ElementsAre("milestone~m2", "milestone~o7"))
      << "nothing is kept of subjects without a rule";
}

TEST_F(SubjectAlertsTest, SubjectsSurviveARestartAndARefoldAndTheBoardFindsThem) {
  PublishSignal({.attributes = {{"grade", "A"}},
                 .figures = {{"opportunity.amount", 700}},
                 .labels = {{"opportunity.state", "open"}}});
  CatchUp();
  alerts_.Close();
  CatchUp();
  const testing::Seen before = alerts_.Look();
  alerts_.Rebuild();
  CatchUp();
  EXPECT_EQ(alerts_.Look(), before);
  const auto transaction = *alerts_.store().BeginRead();
  BoardQuery query{.subject = "o7"};
  const CasePolicy policy = for_tests::Policy();
  EXPECT_THAT(ReadBoard(*transaction, policy, query, std::nullopt, 10)->alerts, IsEmpty());
  query.subject_type = "opportunity";
  const BoardPage page = *ReadBoard(*transaction, policy, query, std::nullopt, 10);
  ASSERT_THAT(page.alerts, SizeIs(1));
  EXPECT_EQ(page.alerts[0].subject_type(), SUBJECT_TYPE_OPPORTUNITY);
  EXPECT_EQ(page.alerts[0].account_id(), "acme");
}

TEST_F(SubjectAlertsTest, AClosedSubjectEndsItsAlertsAndIsForgottenADayLater) {
  PublishSignal({.attributes = {{"grade", "A"}},
                 .figures = {{"opportunity.amount", 700}},
                 .labels = {{"opportunity.state", "open"}}});
  PublishSignal(
      {.labels = {{"opportunity.state", "won"}}, .closed = true, .at = kStart + absl::Hours(1)});
  CatchUp();
  EXPECT_EQ(alerts_.Latest("T1", "o7")->resolve_reason, "SUBJECT_CLOSED");
  EXPECT_THAT(Rows(), ElementsAre("opportunity~o7"));
  alerts_.Close();
  alerts_.AppendTicks(kStart + absl::Hours(25) - absl::Microseconds(1));
  CatchUp();
  alerts_.Close();
  EXPECT_THAT(Rows(), ElementsAre("opportunity~o7"));
  alerts_.AppendTicks(kStart + absl::Hours(25));
  CatchUp();
  alerts_.Close();
  EXPECT_THAT(Rows(), IsEmpty());
}

// "acme" and "globex" lie in different partitions, which are folded in turn.
class MoveAcrossPartitions : public SubjectAlertsTest,
                             public ::testing::WithParamInterface<bool> {};

TEST_P(MoveAcrossPartitions, TheAlertGoesOnWhicheverPartitionIsFoldedFirst) {
  const bool old_first = GetParam();
  const SignalFields large{.attributes = {{"grade", "A"}, {"owner", "li"}},
                           .figures = {{"opportunity.amount", 700}},
                           .labels = {{"opportunity.state", "open"}}};
  PublishSignal(large);
  CatchUp();
  const absl::Time later = kStart + absl::Hours(1);
  const auto away = [&] { PublishSignal({.moved_to = "globex", .at = later}); };
  const auto under_new = [&] {
    SignalFields fields = large;
    fields.account = "globex";
    fields.attributes = {{"grade", "A"}, {"owner", "wang"}};
    fields.at = later;
    PublishSignal(fields);
  };
  if (old_first) {
    away();
    CatchUp();
    under_new();
  } else {
    // The later version is the new account's, whichever is read first.
    ++entity_version_;
    under_new();
    CatchUp();
    entity_version_ -= 2;
    away();
  }
  CatchUp();
  const std::vector<Case> cases = alerts_.Look().cases;
  ASSERT_THAT(cases, SizeIs(1));
  EXPECT_EQ(cases[0].state, CaseState::kFiring);
  EXPECT_EQ(cases[0].account, "globex");
  EXPECT_EQ(cases[0].assignee, "wang");
  EXPECT_EQ(cases[0].sequence, 1);
  EXPECT_THAT(alerts_.Look().deliveries, ElementsAre("ops T1.opportunity~o7.1/1"))
      << "nobody is notified of a recovery, nor anew";

  // The case is the new partition's from now on, also when the old one is folded again.
  alerts_.Rebuild();
  CatchUp();
  EXPECT_EQ(alerts_.Look().cases[0].state, CaseState::kFiring);
}

INSTANTIATE_TEST_SUITE_P(, MoveAcrossPartitions, ::testing::Bool(),
                         [](const auto& order) { return order.param ? "OldFirst" : "NewFirst"; });

}  // namespace
}  // namespace bellwether::alerts::subject_alerts_test
