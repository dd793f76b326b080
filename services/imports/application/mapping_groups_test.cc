// Rows that become one thing, and rows that refer to others (docs/mapping.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/imports/testing/plan_of.h"

namespace bellwether::imports::mapping_groups_test {
namespace {

using ::testing::ElementsAre;
using testing::ExpectEveryRowCounted;
using testing::FactsOf;
using ::testing::IsEmpty;
using testing::MappingOf;
using testing::PlanOf;
using testing::ProblemsOf;
using testing::TryPlan;

// Orders of lines.
const std::string& Lines() {
  static const auto& mapping = *new std::string(MappingOf(R"yaml(
  - file_id: lines
    path: lines.csv
    layout: csv
    header: true
    columns:
      - {name: invoice, kind: text, required: true}
      - {name: customer, kind: text}
      - {name: at, kind: time, time_format: "%Y-%m-%d %H:%M"}
      - {name: pieces, kind: number}
      - {name: price, kind: number, decimals: 3}
      - {name: state, kind: text}
      - {name: value, kind: number, product: {of: [pieces, price]}}
    group:
      by: [invoice]
      columns:
        - {name: customer, kind: text, only: {of: customer}}
        - {name: ordered, kind: time, least: {of: at}}
        - {name: changed, kind: time, greatest: {of: at}}
        - {name: total, kind: number, total: {of: value}, scale: 2, rounding: half_away}
        - {name: lines, kind: number, count: {}}
        - {name: large, kind: number, count: {where: [{column: pieces, at_least: "10"}]}}
        - {name: state, kind: text, last: {of: state, by: at}}
        - {name: began, kind: text, first: {of: state}}
        - {name: took, kind: number, seconds_between: {from: ordered, to: changed}}
    records:
      - kind: fact
        id: "{invoice}"
        account_id: "{customer|id}"
        time_column: ordered
        set:
          order_placed.order_id: "{invoice}"
          order_placed.amount.amount_minor: "{total}"
          order_placed.amount.currency_code: GBP
          order_placed.quantity: "{lines}"
          order_placed.product: "{began} {state} {large} {took}"
)yaml"));
  return mapping;
}

TEST(Groups, MakeOneRecordOfManyRowsWhereverTheyStand) {
  ImportPlan plan = PlanOf(Lines(), {{"lines",
                                      {"invoice,customer,at,pieces,price,state\n"
                                       "1,Anda,2026-11-03 10:00,2,0.125,sent\n"
                                       "2,Boda,2026-11-03 11:00,1,5,new\n"
                                       "1,Anda,2026-11-03 09:30,12,1.5,new\n"}}});
  ExpectEveryRowCounted(plan);
  EXPECT_THAT(ProblemsOf(plan), IsEmpty());
  ASSERT_EQ(FactsOf(plan).size(), 2);
  const auto order = FactsOf(plan)[0].fact().order_placed();
  EXPECT_EQ(order.order_id(), "1");
  EXPECT_EQ(order.amount().amount_minor(), 1825);
  EXPECT_EQ(order.quantity(), 2);
  EXPECT_EQ(order.product(), "sent sent 1 1800") << "first row, latest state, large lines, seconds";
  EXPECT_EQ(plan.rows.files()[0].made, 3);
}

TEST(Groups, AreRefusedWholeWhenARowOfThemIsOrTheyDisagree) {
  ImportPlan plan = PlanOf(Lines(), {{"lines",
                                      {"invoice,customer,at,pieces,price,state\n"
                                       "1,Anda,2026-11-03 10:00,2,1,a\n"
                                       "1,Anda,2026-11-03 10:00,two,1,a\n"
                                       "2,Anda,2026-11-03 10:00,1,1,a\n"
                                       "2,Boda,2026-11-03 10:00,1,1,a\n"
                                       "3,Anda,2026-11-03 10:00,1,1,a\n"}}});
  ExpectEveryRowCounted(plan);
  EXPECT_THAT(ProblemsOf(plan), ElementsAre("lines.csv:2::0:ROW_OF_GROUP_REFUSED",
                                            "lines.csv:3:pieces:25:NOT_A_NUMBER",
                                            "lines.csv:4:customer:0:ROWS_DISAGREE"));
  EXPECT_EQ(FactsOf(plan).size(), 1);
  EXPECT_EQ(plan.rows.files()[0].refused, 4);
}

TEST(Groups, RowsThatTheFilePassesOverAreNoPartOfThem) {
  std::string mapping = Lines();
  mapping.insert(mapping.find("    group:"), "    when: [{column: pieces, above: \"0\"}]\n");
  ImportPlan plan = PlanOf(mapping, {{"lines",
                                      {"invoice,customer,at,pieces,price,state\n"
                                       "1,Anda,2026-11-03 10:00,2,1,a\n"
                                       "1,Anda,2026-11-03 10:00,-1,1,a\n"}}});
  ExpectEveryRowCounted(plan);
  ASSERT_EQ(FactsOf(plan).size(), 1);
  EXPECT_EQ(FactsOf(plan)[0].fact().order_placed().amount().amount_minor(), 200);
}

TEST(Groups, FaultsOfTheMappingAreFoundBeforeAnyRow) {
  for (const char* column :
       {"{name: x, kind: number, total: {of: invoice}}", "{name: x, kind: text, only: {}}",
        "{name: x, kind: text, greatest: {of: state, by: at}}", "{name: x, kind: text}",
        "{name: customer, kind: text, first: {of: customer}}"}) {
    std::string mapping = Lines();
    mapping.insert(mapping.find("        - {name: ordered,"),
                   absl::StrCat("        - ", column, "\n"));
    EXPECT_FALSE(TryPlan(mapping, {}).ok()) << column;
  }
}

// Usage of subscriptions of accounts.
const std::string& Usage() {
  static const auto& mapping = *new std::string(MappingOf(R"yaml(
  - file_id: subscriptions
    path: subscriptions.csv
    layout: csv
    header: true
    key_columns: [subscription]
    columns:
      - {name: subscription, kind: text, required: true}
      - {name: account, kind: text}
      - {name: seats, kind: number}
  - file_id: usage
    path: usage.csv
    layout: csv
    header: true
    columns:
      - {name: subscription, kind: text, required: true}
      - {name: day, kind: time, required: true}
      - {name: logins, kind: number}
      - {name: account, kind: text, look_up: {table: subscriptions, by: [subscription], take: account}}
      - {name: seats, kind: number, look_up: {table: subscriptions, by: [subscription], take: seats}}
    records:
      - kind: fact
        account_id: "{account|id}"
        time_column: day
        set:
          usage_reported.logins: "{logins}"
          usage_reported.licensed_users: "{seats}"
)yaml"));
  return mapping;
}

TEST(LookUp, TakesValuesOfAnotherTableByItsKey) {
  ImportPlan plan =
      PlanOf(Usage(), {{"subscriptions", {"subscription,account,seats\nS1,Anda,5\nS2,Boda,\n"}},
                       {"usage",
                        {"subscription,day,logins\nS1,2026-11-03,7\nS2,2026-11-04,8\n"
                         "S9,2026-11-04,9\n"}}});
  ExpectEveryRowCounted(plan);
  ASSERT_EQ(FactsOf(plan).size(), 2);
  EXPECT_EQ(FactsOf(plan)[0].account_id(), "Anda");
  EXPECT_EQ(FactsOf(plan)[0].fact().usage_reported().licensed_users(), 5);
  EXPECT_EQ(FactsOf(plan)[1].account_id(), "Boda");
  EXPECT_EQ(FactsOf(plan)[1].fact().usage_reported().licensed_users(), 0)
      << "unset there, unset here";
  EXPECT_THAT(ProblemsOf(plan), ElementsAre("usage.csv:4:account:0:UNKNOWN_REFERENCE"));
  EXPECT_EQ(plan.rows.files()[0].made, 2) << "rows that others refer to count as made";
}

TEST(LookUp, MayFindNothingWhereThatIsSaid) {
  std::string mapping = Usage();
  const std::string wanted = "take: account}";
  mapping.replace(mapping.find(wanted), wanted.size(),
                  "take: account, optional: true}, otherwise: nobody");
  const std::string seats = "take: seats}";
  mapping.replace(mapping.find(seats), seats.size(), "take: seats, optional: true}");
  ImportPlan plan = PlanOf(mapping, {{"subscriptions", {"subscription,account,seats\n"}},
                                     {"usage", {"subscription,day,logins\nS9,2026-11-04,9\n"}}});
  ASSERT_EQ(FactsOf(plan).size(), 1);
  EXPECT_EQ(FactsOf(plan)[0].account_id(), "nobody");
}

TEST(LookUp, NamesATableBeforeByItsKey) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"table: subscriptions", "table: nothing"},
           {"take: account", "take: nothing"},
           {"by: [subscription]", "by: [subscription, day]"},
           {"    key_columns: [subscription]\n", ""}}) {
    std::string mapping = Usage();
    mapping.replace(mapping.find(from), from.size(), to);
    EXPECT_FALSE(TryPlan(mapping, {}).ok()) << to;
  }
}

TEST(LookUp, AGroupedTableIsLookedUpByItsGroup) {
  ImportPlan plan = PlanOf(
      MappingOf(R"yaml(
  - file_id: seats
    path: seats.csv
    layout: csv
    header: true
    columns: [{name: account, kind: text}, {name: n, kind: number}]
    group:
      by: [account]
      columns: [{name: all, kind: number, total: {of: n}}]
  - file_id: usage
    path: usage.csv
    layout: csv
    header: true
    columns:
      - {name: account, kind: text}
      - {name: day, kind: time}
      - {name: seats, kind: number, look_up: {table: seats, by: [account], take: all}}
    records:
      - kind: fact
        account_id: "{account}"
        time_column: day
        set: {usage_reported.licensed_users: "{seats}"}
)yaml"),
      {{"seats", {"account,n\nA,2\nB,1\nA,3\n"}}, {"usage", {"account,day\nA,2026-11-03\n"}}});
  ASSERT_EQ(FactsOf(plan).size(), 1);
  EXPECT_EQ(FactsOf(plan)[0].fact().usage_reported().licensed_users(), 5);
}

}  // namespace
}  // namespace bellwether::imports::mapping_groups_test
