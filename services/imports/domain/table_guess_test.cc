#include "services/imports/domain/table_guess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bellwether::imports::table_guess_test {
namespace {

using ::testing::HasSubstr;

std::string Named(const GuessedTable& table, ColumnMeaning meaning) {
  const GuessedColumn* column = table.Find(meaning);
  return column == nullptr ? "" : column->name;
}

const TableHead& Orders() {
  static const auto& head =
      *new TableHead{.file_name = "orders.csv",
                     .names = {"Order No.", "Customer", "Order date", "Amount", "Currency"},
                     .rows = {{"1", "Anda", "2026-11-03", "100.00", "CNY"},
                              {"2", "Boda", "2026-11-04", "7.50", "EUR"}}};
  return head;
}

TEST(TableGuess, TakesARowWithCustomerTimeAndAmountForAnOrder) {
  const GuessedTable table = GuessTable(Orders());
  EXPECT_EQ(table.meaning, TableMeaning::kOrders) << table.reason;
  EXPECT_EQ(Named(table, ColumnMeaning::kOrderId), "Order No.");
  EXPECT_EQ(Named(table, ColumnMeaning::kCustomerName), "Customer");
  EXPECT_EQ(Named(table, ColumnMeaning::kTime), "Order date");
  EXPECT_EQ(Named(table, ColumnMeaning::kAmount), "Amount");
  EXPECT_EQ(Named(table, ColumnMeaning::kCurrency), "Currency");
  EXPECT_THAT(table.columns[3].reason, HasSubstr("called like an amount"));
}

TEST(TableGuess, AddsUpTheLinesOfAnOrder) {
  TableHead head = Orders();
  head.rows[1][0] = "1";
  EXPECT_EQ(GuessTable(head).meaning, TableMeaning::kOrderLines);
}

TEST(TableGuess, ReadsGermanAndChinese) {
  const GuessedTable german = GuessTable(
      {.file_name = "u.csv",
       .names = {"Rechnungsnr", "Kunden-Nr.", "Kunde", "Belegdatum", "Einzelpreis", "Menge"},
       .rows = {{"R1", "17", "Müller", "03.11.2026", "1.234,50", "2"}}});
  EXPECT_EQ(german.meaning, TableMeaning::kOrders) << german.reason;
  EXPECT_EQ(german.Customer()->name, "Kunden-Nr.");
  EXPECT_EQ(Named(german, ColumnMeaning::kUnitPrice), "Einzelpreis");
  const GuessedTable chinese = GuessTable({.file_name = "d.csv",
                                           .names = {"订单编号", "客户名称", "下单日期", "金额"},
                                           .rows = {{"A1", "安达", "2026年11月3日", "￥100"}}});
  EXPECT_EQ(chinese.meaning, TableMeaning::kOrders) << chinese.reason;
}

TEST(TableGuess, TakesWhatOnlyOneColumnLooksLike) {
  const GuessedTable table = GuessTable({.file_name = "x.csv",
                                         .names = {"client", "when", "how much", "in"},
                                         .rows = {{"Anda", "2026-11-03", "1.50", "EUR"}}});
  EXPECT_EQ(table.meaning, TableMeaning::kOrders) << table.reason;
  EXPECT_EQ(Named(table, ColumnMeaning::kTime), "when");
  EXPECT_EQ(Named(table, ColumnMeaning::kAmount), "how much");
  EXPECT_EQ(Named(table, ColumnMeaning::kCurrency), "in");
}

TEST(TableGuess, DoesNotBelieveANameThatItsCellsContradict) {
  const GuessedTable table =
      GuessTable({.file_name = "x.csv",
                  .names = {"customer", "date", "amount", "currency"},
                  .rows = {{"Anda", "soon", "much", "Taler"}, {"Anda", "now", "less", "Mark"}}});
  EXPECT_EQ(table.meaning, TableMeaning::kUnknown);
  EXPECT_THAT(table.columns[2].reason, HasSubstr("but holds texts"));
  EXPECT_THAT(table.columns[3].reason, HasSubstr("ISO 4217"));
  EXPECT_THAT(table.reason,
              HasSubstr("no column says when it happened (a time), nor what it came"));
}

TEST(TableGuess, TakesAListOfDifferentCustomersForAccounts) {
  const GuessedTable table =
      GuessTable({.file_name = "c.csv",
                  .names = {"customer_id", "name", "industry", "country"},
                  .rows = {{"1", "Anda", "Steel", "CN"}, {"2", "Boda", "Glass", "CN"}}});
  EXPECT_EQ(table.meaning, TableMeaning::kAccounts) << table.reason;
  EXPECT_EQ(table.Customer()->name, "customer_id");
}

TEST(TableGuess, SaysThatItCannotTellWhatARowIs) {
  const GuessedTable table = GuessTable({.file_name = "temperatures.csv",
                                         .names = {"sensor", "celsius"},
                                         .rows = {{"a", "20"}, {"a", "21"}}});
  EXPECT_EQ(table.meaning, TableMeaning::kUnknown);
  EXPECT_THAT(table.reason, HasSubstr("which kind of fact a row is cannot be told"));
  EXPECT_EQ(table.columns[0].reason, "its name says nothing known here");
}

TEST(TableGuess, SeesThatNamesAreMissing) {
  const GuessedTable table =
      GuessTable({.file_name = "x.csv", .names = {"4711", "2026-11-03", "Anda"}, .rows = {}});
  EXPECT_THAT(table.reason, HasSubstr("header: false"));
  TableHead empty = Orders();
  empty.rows.clear();
  EXPECT_THAT(GuessTable(empty).reason, HasSubstr("no rows"));
}

TEST(TableGuess, LeavesAloneColumnsThatNoMappingCouldName) {
  const GuessedTable table = GuessTable({.file_name = "x.csv",
                                         .names = {"amount", "amount", "", "date|id"},
                                         .rows = {{"1", "2", "3", "2026-11-03"}}});
  EXPECT_THAT(table.columns[0].reason, HasSubstr("same name"));
  EXPECT_THAT(table.columns[2].reason, HasSubstr("no name"));
  EXPECT_THAT(table.columns[3].reason, HasSubstr("cannot name it"));
  for (const GuessedColumn& column : table.columns) {
    EXPECT_EQ(column.meaning, ColumnMeaning::kNone) << column.name;
  }
}

}  // namespace
}  // namespace bellwether::imports::table_guess_test
