// What becomes of a record's fields where cells are empty, and of amounts that nobody has named a
// currency for.
#include "services/imports/application/record_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/imports/testing/plan_of.h"

namespace bellwether::imports::record_fields_test {
namespace {

using testing::AccountsOf;
using ::testing::ElementsAre;
using testing::FactsOf;
using ::testing::HasSubstr;
using testing::MappingOf;
using testing::PlanOf;
using testing::ProblemsOf;
using testing::TryPlan;
using ::testing::UnorderedElementsAre;

std::string Table(const std::string& columns, const std::string& record) {
  return MappingOf(absl::StrCat(R"yaml(
  - file_id: t
    path: t.csv
    layout: csv
    header: true
    columns:
      - {name: id, kind: text}
)yaml",
                                columns, "    records:\n", record));
}

// The accounts of t.csv that `set` makes, each as its annual revenue or "-", its external ids and
// its team.
std::vector<std::string> Accounts(const std::string& set, const std::string& text) {
  ImportPlan plan = PlanOf(Table(R"yaml(
      - {name: a, kind: number, currency: USD}
      - {name: b, kind: text}
      - {name: c, kind: text}
)yaml",
                                 absl::StrCat(R"yaml(
      - kind: account
        id: "{id}"
        set:
          legal_name: "{id}"
          industry: trade
)yaml",
                                              set)),
                           {{"t", {text}}});
  EXPECT_THAT(ProblemsOf(plan), ElementsAre());
  std::vector<std::string> said;
  for (const auto& request : AccountsOf(plan)) {
    const accounts::v1::Account& account = request.account();
    EXPECT_EQ(account.industry(), "trade") << "a constant of the account itself";
    std::string& one = said.emplace_back("-");
    if (account.has_annual_revenue()) {
      one = absl::StrCat(account.annual_revenue().amount_minor(), " ",
                         account.annual_revenue().currency_code());
    }
    for (const auto& external : account.external_ids()) {
      absl::StrAppend(&one, " ", external.source(), "=", external.id());
    }
    for (const auto& member : account.team()) {
      absl::StrAppend(&one, " ", static_cast<int>(member.role()), "=", member.person());
    }
  }
  return said;
}

TEST(EmptyCells, LeaveAnAmountUnsetWhateverIsSaidOfItsCurrency) {
  const std::string amount = R"yaml(
          annual_revenue.amount_minor: "{a}"
          annual_revenue.currency_code: )yaml";
  EXPECT_THAT(Accounts(amount + "USD\n", "id,a,b,c\nx,,,\ny,0,,\nz,7,,\n"),
              UnorderedElementsAre("-", "0 USD", "700 USD"));
  EXPECT_THAT(Accounts(amount + "\"{b}\"\n", "id,a,b,c\nx,,USD,\ny,7,USD,\n"),
              UnorderedElementsAre("-", "700 USD"));
}

TEST(EmptyCells, LeaveAConstantAlone) {
  EXPECT_THAT(Accounts(R"yaml(
          annual_revenue.amount_minor: "500"
          annual_revenue.currency_code: USD
)yaml",
                       "id,a,b,c\nx,,,\n"),
              ElementsAre("500 USD"));
}

TEST(EmptyCells, LeaveAnElementOutAndThoseAfterItMoveUp) {
  const std::string ids = R"yaml(
          external_ids.0.source: crm
          external_ids.0.id: "{b}"
          external_ids.1.source: erp
          external_ids.1.id: "{c}"
          team.0.role: ACCOUNT_MANAGER
          team.0.person: "{b}"
          team.1.role: SOLUTION_EXPERT
          team.1.person: "{c}"
)yaml";
  EXPECT_THAT(Accounts(ids, "id,a,b,c\nw,,,\nx,,1,\ny,,,2\nz,,1,2\n"),
              UnorderedElementsAre("-", "- crm=1 1=1", "- erp=2 2=2", "- crm=1 erp=2 1=1 2=2"));
}

// The one fact of t.csv, or the reason of its row's fault.
std::string Fact(const std::string& set, const std::string& row) {
  ImportPlan plan = PlanOf(Table(R"yaml(
      - {name: day, kind: time}
      - {name: a, kind: number, currency: USD}
      - {name: n, kind: number}
      - {name: b, kind: text}
)yaml",
                                 absl::StrCat(R"yaml(
      - kind: fact
        account_id: "{id}"
        time_column: day
        set:
)yaml",
                                              set)),
                           {{"t", {absl::StrCat("id,day,a,n,b\n", row, "\n")}}});
  const auto facts = FactsOf(plan);
  for (const PlanProblem& at : plan.rows.Problems()) {
    return absl::StrCat(at.problem.reason, " ", at.problem.message);
  }
  return facts.empty() ? "" : facts[0].fact().ShortDebugString();
}

TEST(EmptyCells, OfAFactsAmountAreRefusedWhereOneIsNeeded) {
  const std::string order = R"yaml(
          order_placed.product: CD
          order_placed.amount.amount_minor: "{a}"
          order_placed.amount.currency_code: USD
)yaml";
  EXPECT_THAT(Fact(order, "x,2026-11-03,,,"), HasSubstr("fact.order_placed.amount"));
  EXPECT_THAT(Fact(order, "x,2026-11-03,2,,"), HasSubstr("amount_minor: 200"));
  const std::string spent = R"yaml(
          resource_spent.resource_kind: technical
          resource_spent.minutes: "{n}"
          resource_spent.cost.amount_minor: "{a}"
          resource_spent.cost.currency_code: USD
)yaml";
  const std::string fact = Fact(spent, "x,2026-11-03,,30,");
  EXPECT_THAT(fact, HasSubstr("minutes: 30"));
  EXPECT_THAT(fact, ::testing::Not(HasSubstr("cost")));
  EXPECT_THAT(Fact(spent, "x,2026-11-03,2,,"), HasSubstr("technical"));
}

TEST(EmptyCells, MakeNoFactOfConstantsWhereItsFiguresAreMissing) {
  const std::string survey = R"yaml(
          survey_answered.kind: csat
          survey_answered.score_micros: "{n}"
)yaml";
  EXPECT_THAT(Fact(survey, "x,2026-11-03,,,"), HasSubstr("UNKNOWN_FACT_KIND"));
  EXPECT_THAT(Fact(survey, "x,2026-11-03,,0,"), HasSubstr("SURVEY_KIND_CSAT"));
  // Of an event the row itself says that it was.
  EXPECT_THAT(Fact(R"yaml(
          interaction_held.channel: call
          interaction_held.representative: "{b}"
)yaml",
                   "x,2026-11-03,,,"),
              HasSubstr("INTERACTION_CHANNEL_CALL"));
}

// What the mapping of an order with this amount says to be wrong.
std::string FaultOf(const std::string& columns, const std::string& group = "") {
  const auto plan = TryPlan(Table(columns, absl::StrCat(R"yaml(
      - kind: fact
        account_id: a
        time_column: day
        set:
          order_placed.amount.amount_minor: "{amount}"
          order_placed.amount.currency_code: USD
)yaml",
                                                        group)),
                            {{"t", {"id,day,price,pieces,text\n1,2026-11-03,2,3,USD 4\n"}}});
  return plan.ok() ? "" : std::string(plan.status().message());
}

constexpr char kColumns[] = R"yaml(
      - {name: day, kind: time}
      - {name: price, kind: number, currency: USD}
      - {name: pieces, kind: number}
      - {name: text, kind: text}
)yaml";

TEST(Amounts, ThatAreComputedSayInWhatTheyCount) {
  const auto with = [](const std::string& amount) {
    return FaultOf(absl::StrCat(kColumns, "      - {name: amount, ", amount, "}\n"));
  };
  for (const char* made : {"product: {of: [price, pieces]}", "sum: {of: [price, price]}",
                           "negated: price", "from: price", "first_of: {of: [price, pieces]}",
                           "choice: {cases: [{when: [{column: pieces}], value: \"{price}\"}]}"}) {
    EXPECT_THAT(with(absl::StrCat("kind: number, ", made)),
                HasSubstr("column \"amount\" is computed and does not say in what it counts"))
        << made;
    EXPECT_EQ(with(absl::StrCat("kind: number, currency: USD, ", made)), "") << made;
    EXPECT_EQ(with(absl::StrCat("kind: number, scale: 2, ", made)), "") << made;
    EXPECT_EQ(with(absl::StrCat("kind: number, scale: 0, ", made)), "") << made;
  }
  EXPECT_THAT(with("kind: text, capture: {of: text, pattern: \"[0-9]+\"}"),
              HasSubstr("kind: number and a currency"));
}

TEST(Amounts, FaultsNameTheLineOfTheField) {
  EXPECT_THAT(FaultOf(absl::StrCat(kColumns,
                                   "      - {name: amount, kind: number, product: {of: [price, "
                                   "pieces]}}\n")),
              ::testing::MatchesRegex(
                  "mapping.yaml:[0-9]+:[0-9]+: "
                  "files\\[0\\].records\\[0\\].set.order_placed.amount.amount_minor: .*"));
}

TEST(Amounts, OfAGroupSayItAsWell) {
  const auto with = [](const std::string& amount) {
    return FaultOf(kColumns, absl::StrCat(R"yaml(
    group:
      by: [id]
      columns:
        - {name: day, kind: time, first: {of: day}}
        - {name: amount, kind: number, total: {of: price})yaml",
                                          amount, "}\n"));
  };
  EXPECT_THAT(with(""), HasSubstr("column \"amount\" is computed"));
  EXPECT_EQ(with(", currency: USD"), "");
  EXPECT_EQ(with(", scale: 0"), "");
}

TEST(Amounts, OfCellsWithDecimalsAreNoMinorUnits) {
  const auto with = [](const std::string& amount) {
    return FaultOf(absl::StrCat(kColumns, "      - {name: amount, kind: number, otherwise: \"5\"",
                                amount, "}\n"));
  };
  EXPECT_THAT(with(", decimals: 2"), HasSubstr("column \"amount\" has decimals"));
  EXPECT_THAT(with(", decimals: 2, scale: 2"), ::testing::Not(HasSubstr("decimals and")));
  EXPECT_THAT(with(""), ::testing::Not(HasSubstr("does not say"))) << "whole minor units";
}

TEST(Amounts, OfAGroupByAColumnThatIsNotThereAreAFaultOfTheGroup) {
  EXPECT_THAT(FaultOf(kColumns, R"yaml(
    group: {by: [amount], columns: [{name: day, kind: time, first: {of: day}}]}
)yaml"),
              HasSubstr("no column \"amount\" before it"));
}

}  // namespace
}  // namespace bellwether::imports::record_fields_test
