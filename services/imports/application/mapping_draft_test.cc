// Drafts are run: what they come to is what the tables say.
#include "services/imports/domain/mapping_draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/imports/testing/plan_of.h"

namespace bellwether::imports::mapping_draft_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TableHead HeadOf(const std::string& file_name, const std::string& text) {
  TableHead head{.file_name = file_name};
  TextSource source(text);
  RowReader reader(source, {.delimiter = kRecognisedDelimiter});
  Row row;
  RowProblem problem;
  while (reader.Next(row, problem) == RowSource::Result::kRow) {
    std::vector<std::string> cells;
    for (const Cell& cell : row.cells) cells.push_back(cell.text);
    if (head.names.empty()) {
      head.names = cells;
    } else {
      head.rows.push_back(cells);
    }
  }
  return head;
}

struct Drafted {
  MappingDraft draft;
  std::vector<std::string> accounts;  // "id name"
  std::vector<std::string> facts;     // "id account kind amount currency"
  std::vector<std::string> problems;
};

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

MappingDraft DraftOf(const NamedTexts& texts) {
  std::vector<GuessedTable> tables;
  for (const auto& [name, text] : texts) tables.push_back(GuessTable(HeadOf(name, text)));
  return DraftMapping(tables, {.time_zone = "Asia/Shanghai", .currency_code = "CNY"});
}

Drafted RunDraft(const NamedTexts& texts) {
  Drafted drafted{.draft = DraftOf(texts)};
  const auto mapping = testing::CompileYaml(drafted.draft.text);
  EXPECT_TRUE(mapping.ok()) << mapping.status() << "\n" << drafted.draft.text;
  if (!mapping.ok()) return drafted;
  TextTables::Texts by_id;
  for (const CompiledFile& file : mapping->files) {
    for (const auto& [name, text] : texts) {
      if (name == file.spec->path()) by_id[file.spec->file_id()] = {text};
    }
  }
  ImportPlan plan = testing::PlanOf(drafted.draft.text, by_id);
  testing::ExpectEveryRowCounted(plan);
  for (const auto& request : testing::AccountsOf(plan)) {
    drafted.accounts.push_back(
        absl::StrCat(request.account_id(), " ", request.account().legal_name()));
  }
  // Accounts without parents come in any order.
  std::sort(drafted.accounts.begin(), drafted.accounts.end());
  for (const auto& event : testing::FactsOf(plan)) {
    const bool placed = event.fact().has_order_placed();
    const auto& amount =
        placed ? event.fact().order_placed().amount() : event.fact().order_refunded().amount();
    drafted.facts.push_back(absl::StrCat(event.id().substr(0, 10), " ", event.account_id(),
                                         placed ? " placed " : " refunded ", amount.amount_minor(),
                                         " ", amount.currency_code()));
  }
  drafted.problems = testing::ProblemsOf(plan);
  return drafted;
}

TEST(MappingDraft, OfOrdersMakesAccountsAndFacts) {
  const Drafted drafted =
      RunDraft({{"orders-2026-11.csv",
                 "Order No.;Customer;Order date;Amount;Currency;Pieces;Product\n"
                 "1;Anda GmbH;03.11.2026;1.234,50 €;EUR;2;Pump\n"
                 "2;Boda;04.11.2026;7,00 €;EUR;1;\"A \"\"big\"\" one\"\n"
                 "3;Anda GmbH;05.11.2026;-7,00 €;EUR;1;Pump\n"}});
  EXPECT_TRUE(drafted.draft.complete);
  EXPECT_THAT(drafted.accounts, ElementsAre("Anda-GmbH Anda GmbH", "Boda Boda"));
  EXPECT_THAT(drafted.facts,
              ElementsAre("order-1 Anda-GmbH placed 123450 EUR", "order-2 Boda placed 700 EUR",
                          "refund-3 Anda-GmbH refunded 700 EUR"));
  EXPECT_THAT(drafted.problems, IsEmpty());
  EXPECT_THAT(drafted.draft.text, HasSubstr("mapping_id: orders\n"));
  EXPECT_THAT(drafted.draft.advice, ElementsAre(HasSubstr("become refunds")));
}

TEST(MappingDraft, OfOrdersWithoutNumbersAndCurrencySaysWhatFollows) {
  const Drafted drafted =
      RunDraft({{"sales.csv", "client,date,total\nAnda,2026-11-03,10\nAnda,2026-11-03,10\n"}});
  EXPECT_THAT(drafted.facts, ElementsAre(HasSubstr("placed 1000 CNY"), HasSubstr("1000 CNY")));
  EXPECT_THAT(absl::StrJoin(drafted.draft.advice, "\n"), HasSubstr("CNY was taken"));
  EXPECT_THAT(absl::StrJoin(drafted.draft.advice, "\n"), HasSubstr("no number of an order"));
}

TEST(MappingDraft, OfInvoiceLinesAddsThemUp) {
  const Drafted drafted =
      RunDraft({{"lines.csv",
                 "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
                 "536365,85123A,6,12/1/2010 8:26,2.55,17850,United Kingdom\n"
                 "536365,71053,6,12/1/2010 8:26,3.39,17850,United Kingdom\n"
                 "C536379,D,-1,12/13/2010 9:41,27.50,14527,France\n"
                 "536414,22139,56,12/1/2010 11:52,0,,France\n"
                 "C536379,E,-1,12/13/2010 9:41,1.005,14527,France\n"}});
  EXPECT_THAT(drafted.accounts, ElementsAre("14527 14527", "17850 17850"));
  EXPECT_THAT(drafted.facts, ElementsAre("order-5363 17850 placed 3564 CNY",
                                         "refund-C53 14527 refunded 2851 CNY"));
  EXPECT_THAT(drafted.problems, IsEmpty());
}

TEST(MappingDraft, OfCustomersAndTheirOrdersTakesThemTogether) {
  const Drafted drafted =
      RunDraft({{"orders.csv",
                 "order_id,customer_id,date,amount,currency\n"
                 "1,17,2026-11-03,5,USD\n2,99,2026-11-03,5,USD\n"},
                {"customers.csv", "customer_id,name,country\n17,Anda,CN\n18,Boda,CN\n"}});
  EXPECT_THAT(drafted.accounts, ElementsAre("17 Anda", "18 Boda"));
  EXPECT_THAT(drafted.facts, ElementsAre("order-1 17 placed 500 USD"));
  EXPECT_THAT(drafted.problems, ElementsAre("orders.csv:3:customer_id:3:UNKNOWN_REFERENCE"));
}

TEST(MappingDraft, OfLinesWithTheirCurrencyFollowsIt) {
  const Drafted drafted = RunDraft({{"lines.csv",
                                     "invoice_no,customer,date,amount,currency\n"
                                     "1,Anda,2026-11-03,5,JPY\n1,Anda,2026-11-03,6,JPY\n"
                                     "2,Anda,2026-11-03,6,EUR\n"}});
  EXPECT_THAT(drafted.facts,
              ElementsAre("order-1 Anda placed 11 JPY", "order-2 Anda placed 600 EUR"));
}

TEST(MappingDraft, LeavesOutWhatItDoesNotRecognise) {
  const MappingDraft draft =
      DraftOf({{"orders.csv", "order_id,customer,date,amount\n1,Anda,2026-11-03,5\n"},
               {"weather.csv", "sensor,celsius\na,20\n"}});
  EXPECT_TRUE(draft.complete);
  EXPECT_THAT(draft.advice.front(), HasSubstr("weather.csv is left out"));
  EXPECT_TRUE(testing::CompileYaml(draft.text).ok()) << draft.text;
}

TEST(MappingDraft, OfNothingKnownSaysWhatToWriteByHand) {
  const MappingDraft draft =
      DraftOf({{"weather.csv", "sensor,\"a \"\"tab\t\"\"\",celsius\na,x,20.5\n"}});
  EXPECT_FALSE(draft.complete);
  EXPECT_THAT(draft.text, HasSubstr("# FILL_IN: what a row is"));
  EXPECT_THAT(draft.text,
              HasSubstr("{name: \"celsius\", kind: number, decimals: 1, required: true}"));
  EXPECT_THAT(draft.advice.front(), HasSubstr("which kind of fact a row is cannot be told"));
  EXPECT_THAT(draft.advice.back(), HasSubstr("write by hand"));
  EXPECT_FALSE(DraftOf({}).complete);
}

}  // namespace
}  // namespace bellwether::imports::mapping_draft_test
