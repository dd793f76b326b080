#include "services/gateway/web/export_rows.h"

#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "bellwether/events/v1/subject.pb.h"
#include "bellwether/type/v1/error.pb.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::export_rows_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

size_t Columns(const std::string& line) {
  size_t columns = 1;
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) ++columns;
  }
  return columns;
}

TEST(ExportRows, HasAColumnForEachFieldWhateverIsSet) {
  accounts::v1::Account account;
  const std::string head = CsvHead(*account.GetDescriptor());
  EXPECT_THAT(head, StartsWith("name,"));
  EXPECT_THAT(head, HasSubstr(",annual_revenue.currency_code,annual_revenue.amount_minor,"));
  EXPECT_EQ(Columns(*CsvRow(account)), Columns(head));
  account.mutable_annual_revenue()->set_currency_code("CNY");
  account.set_legal_name("a,b");
  EXPECT_EQ(Columns(*CsvRow(account)), Columns(head));
}

TEST(ExportRows, QuotesAndDisarmsTexts) {
  accounts::v1::Account account;
  account.set_name("=1+1");
  account.set_legal_name("says \"no\", twice");
  const std::string row = *CsvRow(account);
  EXPECT_THAT(row, StartsWith("'=1+1,"));
  EXPECT_THAT(row, HasSubstr("\"says \"\"no\"\", twice\""));
}

TEST(ExportRows, WritesTimesAsTheyAreReadAndNumbersAsTheyAre) {
  accounts::v1::Account account;
  account.mutable_annual_revenue()->set_amount_minor(-5);
  account.mutable_create_time()->set_seconds(1'764'547'200);
  EXPECT_THAT(*CsvRow(account), HasSubstr(",-5,"));
  EXPECT_THAT(*CsvRow(account), HasSubstr("2025-12-01T00:00:00+00:00"));
}

TEST(ExportRows, LeavesCellsEmptyWhereJsonLeavesTheFieldOut) {
  events::v1::SubjectSnapshot snapshot;
  snapshot.set_type("t");
  EXPECT_EQ(*CsvRow(snapshot), "t,\r\n");
  snapshot.set_content("ab");
  EXPECT_EQ(*CsvRow(snapshot), "t,\"\"\"YWI=\"\"\"\r\n");
}

TEST(ExportRows, FailWhereACellCannotBeWritten) {
  type::v1::RpcStatus status;
  status.add_details()->set_type_url("type.googleapis.com/of.no.known.Type");
  status.mutable_details(0)->set_value("x");
  EXPECT_EQ(DetailOf(CsvRow(status).status())->reason, "NO_JSON_FORM");
}

}  // namespace
}  // namespace bellwether::gateway::export_rows_test
