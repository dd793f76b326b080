// What identifies rows and records, from one import to the next (docs/adr/0019).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/status.h"
#include "services/imports/testing/plan_of.h"

namespace bellwether::imports::import_identity_test {
namespace {

using testing::AccountsOf;
using ::testing::ElementsAre;
using testing::ExpectEveryRowCounted;
using testing::FactsOf;
using ::testing::IsEmpty;
using testing::MappingOf;
using testing::PlanNow;
using testing::PlanOf;
using testing::ProblemsOf;
using testing::TryPlan;

// Purchases without a key.
const std::string kPurchases = MappingOf(R"yaml(
  - file_id: purchases
    path: purchases.csv
    layout: csv
    header: true
    columns:
      - {name: customer, kind: text, required: true}
      - {name: day, kind: time, required: true}
      - {name: amount, kind: number, scale: 2}
    records:
      - kind: account
        id: "{customer|id}"
        first_of_id: true
        set: {legal_name: "{customer}", customer_since: "{day}"}
      - kind: fact
        account_id: "{customer|id}"
        time_column: day
        set: {order_placed.amount.amount_minor: "{amount}", order_placed.amount.currency_code: USD}
)yaml");

constexpr char kTable[] = "customer,day,amount\nAnda,2026-11-03,10.0\nBoda,2026-11-04,5\n";

std::set<std::string> Ids(ImportPlan& plan) {
  std::set<std::string> ids;
  for (const auto& event : FactsOf(plan)) ids.insert(event.id());
  return ids;
}
std::set<std::string> IdsOfPlan(ImportPlan plan) { return Ids(plan); }
std::set<std::string> IdsOf(const std::string& mapping, const std::string& table) {
  ImportPlan plan = PlanOf(mapping, {{"purchases", {table}}});
  return Ids(plan);
}

TEST(RowIdentity, IsWhatTheDeclaredColumnsSayHoweverTheyAreWritten) {
  const std::set<std::string> ids = IdsOf(kPurchases, kTable);
  ASSERT_EQ(ids.size(), 2);
  for (const char* table :
       {// another number of zeros, blanks nobody sees
        "customer,day,amount\nAnda ,2026-11-03,10.00\nBoda,2026-11-04,5.0\n",
        // one more column, another order of columns and rows
        "note,day,amount,customer\nx,2026-11-04,5,Boda\ny,2026-11-03,10,Anda\n"}) {
    EXPECT_EQ(IdsOf(kPurchases, table), ids) << table;
  }
  EXPECT_NE(IdsOf(kPurchases, "customer,day,amount\nAnda,2026-11-03,10.01\nBoda,2026-11-04,5\n"),
            ids);
}

TEST(RowIdentity, DoesNotChangeWithWhatIsDerivedFromTheRow) {
  const std::set<std::string> ids = IdsOf(kPurchases, kTable);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           // another hour stands for a day, another zone, another scale, another currency
           {"time_zone: Asia/Shanghai", "time_zone: Asia/Shanghai\ntime_of_day: \"08:00\""},
           {"time_zone: Asia/Shanghai", "time_zone: Europe/Berlin"},
           {"scale: 2", "scale: 3, decimals: 3"},
           {"currency_code: USD", "currency_code: EUR"},
           // a computed column, an alias learned later, a record before the fact
           {"    records:",
            "      - {name: half, kind: number, product: {of: [amount, \"0.5\"]}}\n    records:"},
           {"kind: text, required: true}", "kind: text, required: true, aliases: {Boda: Anda}}"},
           {"    records:\n",
            "    records:\n      - {kind: fact, name: first, id: \"x-{customer}\", "
            "account_id: \"{customer}\", time_column: day, first_of_id: true, set: "
            "{sentiment_observed.channel: mail}}\n"}}) {
    std::set<std::string> found = IdsOf(absl::StrReplaceAll(kPurchases, {{from, to}}), kTable);
    std::erase_if(found, [](const std::string& id) { return id.starts_with("x-"); });
    EXPECT_EQ(found, ids) << to;
  }
}

TEST(RowIdentity, EqualRowsOfAFileAreSeparateAndThoseOfAnotherAreTheSame) {
  const std::string table = absl::StrCat(kTable, "Anda,2026-11-03,10\n");
  ImportPlan one = PlanOf(kPurchases, {{"purchases", {table}}});
  EXPECT_EQ(FactsOf(one).size(), 3);
  // The second file repeats two rows and has one of them once more than the first.
  const std::string more = absl::StrCat(table, "Boda,2026-11-04,5\nCoda,2026-11-05,1\n");
  ImportPlan two = PlanOf(kPurchases, {{"purchases", {table, more}}});
  ExpectEveryRowCounted(two);
  EXPECT_EQ(FactsOf(two).size(), 5);
  EXPECT_EQ(two.rows.files()[1].duplicates, 3);
  for (const std::string& id : Ids(one)) EXPECT_TRUE(Ids(two).contains(id));
}

TEST(RowIdentity, EqualRowsAreOneThingWhereThatIsSaid) {
  const std::string once = absl::StrReplaceAll(
      kPurchases, {{"    header: true", "    header: true\n    repeated_rows: once"}});
  ImportPlan plan = PlanOf(once, {{"purchases", {absl::StrCat(kTable, "Anda,2026-11-03,10\n")}}});
  ExpectEveryRowCounted(plan);
  EXPECT_EQ(FactsOf(plan).size(), 2);
  EXPECT_EQ(plan.rows.files()[0].duplicates, 1);
}

// Orders with a key.
std::string Keyed(const std::string& more) {
  return MappingOf(absl::StrCat(R"yaml(
  - file_id: orders
    path: orders.csv
    layout: csv
    header: true
    key_columns: [order]
)yaml",
                                more, R"yaml(
    columns:
      - {name: order, kind: text, required: true}
      - {name: customer, kind: text, required: true}
      - {name: day, kind: time, required: true}
      - {name: amount, kind: number, scale: 2}
    records:
      - kind: fact
        id: "order-{order}"
        account_id: "{customer|id}"
        time_column: day
        set: {order_placed.amount.amount_minor: "{amount}"}
)yaml"));
}

constexpr char kOrders[] =
    "order,customer,day,amount\n1,Anda,2026-11-03,1\n1,Anda,2026-11-03,1.0\n1,Anda,2026-11-04,2\n"
    "2,Boda,2026-11-03,3\n";

TEST(Keys, ARowThatSaysTheSameIsADuplicateAndOneThatDoesNotIsRefused) {
  ImportPlan plan = PlanOf(Keyed(""), {{"orders", {kOrders}}});
  ExpectEveryRowCounted(plan);
  EXPECT_EQ(FactsOf(plan).size(), 2);
  EXPECT_EQ(plan.rows.files()[0].duplicates, 1);
  EXPECT_THAT(ProblemsOf(plan), ElementsAre("orders.csv:4:order:1:DUPLICATE_KEY"));
}

TEST(Keys, TheFirstOrTheLastRowCountsWhereThatIsSaid) {
  for (const auto& [rule, minor] : {std::pair("first", 100), std::pair("last", 200)}) {
    ImportPlan plan =
        PlanOf(Keyed(absl::StrCat("    repeated_rows: ", rule)), {{"orders", {kOrders}}});
    ExpectEveryRowCounted(plan);
    EXPECT_THAT(ProblemsOf(plan), IsEmpty());
    EXPECT_EQ(plan.rows.files()[0].duplicates, 2);
    std::set<int64_t> amounts;
    for (const auto& event : FactsOf(plan)) {
      amounts.insert(event.fact().order_placed().amount().amount_minor());
    }
    EXPECT_EQ(amounts, (std::set<int64_t>{minor, 300})) << rule;
  }
}

TEST(Ids, FactsToTakeTheirFirstOrLastRow) {
  for (const auto& [rule, minor] : {std::pair("first_of_id", 100), std::pair("last_of_id", 200)}) {
    const std::string mapping = absl::StrReplaceAll(
        Keyed(""),
        {{"    key_columns: [order]\n", ""},
         {"        time_column", absl::StrCat("        ", rule, ": true\n        time_column")}});
    ImportPlan plan = PlanOf(mapping, {{"orders", {kOrders}}});
    ExpectEveryRowCounted(plan);
    EXPECT_THAT(ProblemsOf(plan), IsEmpty());
    ASSERT_EQ(FactsOf(plan).size(), 2);
    std::set<int64_t> amounts;
    for (const auto& event : FactsOf(plan)) {
      amounts.insert(event.fact().order_placed().amount().amount_minor());
    }
    EXPECT_TRUE(amounts.contains(minor)) << rule;
  }
}

TEST(Ids, OfOneFactUnderTwoAccountsAreRefused) {
  const std::string mapping = absl::StrReplaceAll(Keyed(""), {{"    key_columns: [order]\n", ""}});
  ImportPlan plan = PlanOf(
      mapping,
      {{"orders", {"order,customer,day,amount\n1,Anda,2026-11-03,1\n1,Boda,2026-11-03,1\n"}}});
  ExpectEveryRowCounted(plan);
  EXPECT_THAT(ProblemsOf(plan), ElementsAre("orders.csv:3::0:FACT_OF_ANOTHER_ACCOUNT"));
  EXPECT_EQ(FactsOf(plan).size(), 1);
}

TEST(Ids, AFactFollowsTheNameOfItsAccount) {
  ImportPlan plan = PlanOf(kPurchases, {{"purchases",
                                         {"customer,day,amount\nKaida A B,2026-11-03,1\n"
                                          "Kaida A-B,2026-11-04,9\n"}}});
  ExpectEveryRowCounted(plan);
  EXPECT_THAT(ProblemsOf(plan), ElementsAre("purchases.csv:3::0:ID_COLLISION"));
  ASSERT_EQ(FactsOf(plan).size(), 1);
  EXPECT_EQ(FactsOf(plan)[0].fact().order_placed().amount().amount_minor(), 100);
}

TEST(Ids, AnAccountOfManyRowsIsACustomerSinceTheEarliest) {
  ImportPlan plan = PlanOf(kPurchases, {{"purchases",
                                         {"customer,day,amount\nAnda,2026-11-05,1\n"
                                          "Anda,2026-11-03,2\nAnda,2026-11-04,3\n"}}});
  const auto accounts = AccountsOf(plan);
  ASSERT_EQ(accounts.size(), 1);
  EXPECT_EQ(absl::ToCivilDay(ToTime(accounts[0].account().customer_since()),
                             absl::FixedTimeZone(8 * 3600)),
            absl::CivilDay(2026, 11, 3));
}

TEST(Instants, OfADayThatHasNotComeToItsHourAreNow) {
  // 09:00 in Shanghai on 2026-12-01.
  ImportPlan plan = PlanOf(kPurchases, {{"purchases",
                                         {"customer,day,amount\nAnda,2026-12-01,1\n"
                                          "Anda,2026-11-30,2\nAnda,2026-12-02,3\n"}}});
  ASSERT_EQ(FactsOf(plan).size(), 2);
  EXPECT_EQ(ToTime(FactsOf(plan)[1].time()), PlanNow());
  EXPECT_EQ(ToTime(FactsOf(plan)[0].time()), PlanNow() - absl::Hours(21))
      << "noon of the day before";
  EXPECT_THAT(ProblemsOf(plan), ElementsAre("purchases.csv:4:day:6:TIME_AHEAD"));
  ImportPlan later =
      PlanOf(kPurchases, {{"purchases", {"customer,day,amount\nAnda,2026-12-01,1\n"}}},
             {.now = PlanNow() + absl::Hours(8)});
  ASSERT_EQ(FactsOf(later).size(), 1);
  EXPECT_EQ(ToTime(FactsOf(later)[0].time()), PlanNow() + absl::Hours(3)) << "noon";
  EXPECT_EQ(FactsOf(later)[0].id(), FactsOf(plan)[1].id());
}

// Remembers in memory.
class MapLedger : public IdentityLedger {
 public:
  std::map<std::string, std::string> shapes;
  std::map<std::pair<int, std::string>, std::string> names;

  std::string ShapeOf(const std::string& file_id) const override {
    const auto found = shapes.find(file_id);
    return found == shapes.end() ? "" : found->second;
  }
  void SetShape(const std::string& file_id, const std::string& shape) override {
    shapes[file_id] = shape;
  }
  bool Claim(imports::v1::RecordKind kind, absl::string_view id, absl::string_view name) override {
    return names.emplace(std::pair(kind, std::string(id)), name).first->second == name;
  }
};

TEST(Ledger, IdsOfNamesAreKeptFromOneImportToTheNext) {
  MapLedger ledger;
  PlanOf(kPurchases, {{"purchases", {"customer,day,amount\nKaida A B,2026-11-03,1\n"}}},
         {.ledger = &ledger});
  ImportPlan second =
      PlanOf(kPurchases, {{"purchases", {"customer,day,amount\nKaida A-B,2026-11-04,9\n"}}},
             {.ledger = &ledger});
  ExpectEveryRowCounted(second);
  EXPECT_THAT(second.accounts, IsEmpty());
  EXPECT_THAT(FactsOf(second), IsEmpty());
  EXPECT_THAT(ProblemsOf(second), ElementsAre("purchases.csv:2::0:ID_COLLISION"));
}

TEST(Ledger, AFactThatMovesToAnotherAccountIsRefused) {
  MapLedger ledger;
  const std::string mapping = Keyed("");
  PlanOf(mapping, {{"orders", {"order,customer,day,amount\n1,Anda,2026-11-03,1\n"}}},
         {.ledger = &ledger});
  ImportPlan second =
      PlanOf(mapping, {{"orders", {"order,customer,day,amount\n1,Boda,2026-11-03,1\n"}}},
             {.ledger = &ledger});
  EXPECT_THAT(ProblemsOf(second), ElementsAre("orders.csv:2::0:FACT_OF_ANOTHER_ACCOUNT"));
  EXPECT_THAT(FactsOf(second), IsEmpty());
}

TEST(Ledger, RowsWithoutAKeyAreRefusedWhenOtherColumnsTellThemApart) {
  MapLedger ledger;
  const std::set<std::string> ids =
      IdsOfPlan(PlanOf(kPurchases, {{"purchases", {kTable}}}, {.ledger = &ledger}));
  const std::string with_note = absl::StrReplaceAll(
      kPurchases,
      {{"      - {name: amount", "      - {name: note, kind: text}\n      - {name: amount"}});
  const std::string table =
      "customer,day,amount,note\nAnda,2026-11-03,10.0,x\nBoda,2026-11-04,5,y\n";
  const auto changed = TryPlan(with_note, {{"purchases", {table}}}, {.ledger = &ledger});
  EXPECT_EQ(DetailOf(changed.status())->reason, "IDENTITY_CHANGED");
  // The rows of before.
  const std::string named = absl::StrReplaceAll(
      with_note,
      {{"    header: true", "    header: true\n    identity_columns: [amount, customer, day]"}});
  EXPECT_EQ(IdsOfPlan(PlanOf(named, {{"purchases", {table}}}, {.ledger = &ledger})), ids);
  // New things.
  EXPECT_NE(IdsOfPlan(PlanOf(with_note, {{"purchases", {table}}},
                             {.ledger = &ledger, .accept_new_identity = true})),
            ids);
  // A key tells them apart whatever else is declared.
  EXPECT_TRUE(TryPlan(Keyed(""), {{"orders", {kOrders}}}, {.ledger = &ledger}).ok());
}

// g09, i26: scale, rate and the hour that stands for a day are no part of what is compared.
TEST(WhatAFactSays, IsItsCellsAsReadAndTheDayAsWritten) {
  const auto mapping = [](const std::string& amount, const std::string& time_of_day) {
    return absl::StrCat("mapping_id: test\nsource: import/test\ntime_zone: Asia/Shanghai\n",
                        time_of_day, R"yaml(
files:
  - file_id: orders
    path: orders.csv
    layout: csv
    header: true
    columns:
      - {name: id, kind: text}
      - {name: day, kind: time}
      - {name: amount, kind: number, )yaml",
                        amount, R"yaml(}
    records:
      - kind: fact
        id: "{id}"
        account_id: acme
        time_column: day
        set:
          order_placed.amount.amount_minor: "{amount}"
          order_placed.amount.currency_code: CNY
)yaml");
  };
  const auto fact_of = [&](const std::string& yaml, const std::string& row) {
    ImportPlan plan = PlanOf(yaml, {{"orders", {absl::StrCat("id,day,amount\n", row, "\n")}}});
    const auto facts = FactsOf(plan);
    EXPECT_EQ(facts.size(), 1u) << row;
    return facts.empty() ? events::v1::FactEvent() : facts[0];
  };
  const auto hundredths = fact_of(mapping("scale: 2", ""), "o,2026-03-01,12.50");
  EXPECT_TRUE(hundredths.fact().date_only());
  EXPECT_FALSE(hundredths.fact().stated().empty());
  const auto thousandths =
      fact_of(mapping("scale: 3", "time_of_day: \"18:00\""), "o,2026-03-01,12.5");
  EXPECT_NE(thousandths.time().seconds(), hundredths.time().seconds());
  EXPECT_EQ(thousandths.fact().stated(), hundredths.fact().stated());
  for (const char* other : {"o,2026-03-02,12.50", "o,2026-03-01,12.51"}) {
    EXPECT_NE(fact_of(mapping("scale: 2", ""), other).fact().stated(), hundredths.fact().stated())
        << other;
  }
  const auto exact = fact_of(mapping("scale: 2", ""), "o,2026-03-01 09:30,12.50");
  EXPECT_FALSE(exact.fact().date_only());
  EXPECT_NE(exact.fact().stated(), hundredths.fact().stated());
}

}  // namespace
}  // namespace bellwether::imports::import_identity_test
