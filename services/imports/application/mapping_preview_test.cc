#include "services/imports/application/mapping_preview.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "services/imports/testing/plan_of.h"

namespace bellwether::imports::mapping_preview_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kFiles[] = R"(  - file_id: customers
    path: customers.csv
    layout: csv
    header: true
    key_columns: [id]
    columns:
      - {name: id, kind: text, required: true}
  - file_id: orders
    path: orders.csv
    layout: csv
    header: true
    key_columns: [no]
    when:
      - {column: amount, above: "0"}
    columns:
      - {name: no, kind: text, required: true}
      - {name: customer, kind: text, references: customers.id}
      - {name: day, kind: time}
      - {name: amount, kind: number, currency: EUR}
    records:
      - {kind: account, id: "{customer|id}", first_of_id: true, set: {legal_name: "{customer}"}}
      - kind: fact
        id: "o-{no}"
        account_id: "{customer|id}"
        time_column: day
        set:
          order_placed.amount.amount_minor: "{amount}"
          order_placed.amount.currency_code: EUR
)";

std::vector<imports::v1::PreviewRow> PreviewOf(const std::string& orders, int rows = 50) {
  const auto mapping = testing::CompileYaml(testing::MappingOf(kFiles));
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  std::string customers = "id\n";
  for (int i = 0; i < 100; ++i) absl::StrAppend(&customers, "c", i, "\n");
  const auto previewed =
      Preview(*mapping, TextTables({{"customers", {customers}}, {"orders", {orders}}}),
              {.rows = rows, .now = testing::PlanNow()});
  EXPECT_TRUE(previewed.ok()) << previewed.status();
  return previewed.value_or(std::vector<imports::v1::PreviewRow>());
}

// "line MADE fact o-1, account c1" …
std::vector<std::string> Lines(const std::vector<imports::v1::PreviewRow>& rows) {
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string line =
        absl::StrCat(row.line(), " ", imports::v1::PreviewState_Name(row.state()).substr(14));
    for (const auto& record : row.records()) absl::StrAppend(&line, " ", record.id());
    for (const auto& problem : row.problems()) {
      absl::StrAppend(&line, " ", problem.reason(), "@", problem.column(), ":", problem.position());
    }
    lines.push_back(line);
  }
  return lines;
}

TEST(MappingPreview, ShowsOfEachRowWhatItMakesOrWhyItIsRefused) {
  const auto rows = PreviewOf(
      "no,customer,day,amount\n1,c99,2026-11-03,1.50\n2,c99,2026-11-04,2\n"
      "3,x,2026-11-04,2\n4,c1,soon,2\n5,c1,2026-11-04,0\n\n6,\"c1\n");
  EXPECT_THAT(Lines(rows),
              ElementsAre("2 MADE c99 o-1", "3 MADE o-2", "4 REFUSED UNKNOWN_REFERENCE@customer:3",
                          "5 REFUSED NOT_A_TIME@day:6", "6 NOTHING", HasSubstr("8 REFUSED")));
  EXPECT_THAT(rows[0].cells(), ElementsAre("1", "c99", "2026-11-03", "1.50"));
  EXPECT_EQ(rows[0].records(1).fact_kind(), "order_placed");
  EXPECT_EQ(rows[0].records(1).account_id(), "c99");
  EXPECT_THAT(rows[0].records(1).json(), HasSubstr("\"amountMinor\":\"150\""));
}

TEST(MappingPreview, EndsAfterSoManyRows) {
  EXPECT_THAT(PreviewOf("no,customer,day,amount\n1,c1,2026-11-03,1\n2,c1,2026-11-03,1\n"
                        "3,c1,2026-11-03,1\n",
                        2),
              SizeIs(2));
}

}  // namespace
}  // namespace bellwether::imports::mapping_preview_test
