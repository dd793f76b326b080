#include "common/command/field_changes.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::command::field_changes_test {
namespace {

using accounts::v1::Account;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Lines(const std::vector<audit::v1::FieldChange>& changes) {
  std::vector<std::string> lines;
  for (const audit::v1::FieldChange& change : changes) {
    lines.push_back(absl::StrCat(change.field(), ": ", change.before(), " -> ", change.after()));
  }
  return lines;
}

TEST(FieldChanges, AreTheFieldsThatDifferInTextThatPeopleRead) {
  Account before;
  before.set_owner("李娜");
  before.set_headcount(12);
  before.set_region("north");
  before.add_external_ids()->set_source("crm");
  Account after = before;
  after.set_owner("王伟");
  after.clear_region();
  after.set_standing(accounts::v1::STANDING_LONG_TAIL);
  after.mutable_annual_revenue()->set_currency_code("CNY");
  after.mutable_annual_revenue()->set_amount_minor(5);
  after.mutable_customer_since()->set_seconds(1'700'000'000);
  after.add_external_ids()->set_source("erp");
  EXPECT_THAT(
      Lines(FieldChanges(&before, after)),
      ElementsAre("region: \"north\" -> ",
                  "annual_revenue:  -> currency_code: \"CNY\" amount_minor: 5",
                  "standing:  -> STANDING_LONG_TAIL",
                  "external_ids: [source: \"crm\"] -> [source: \"crm\", source: \"erp\"]",
                  "owner: \"李娜\" -> \"王伟\"", "customer_since:  -> 2023-11-14T22:13:20+00:00"));
}

TEST(FieldChanges, OfANewResourceAreTheFieldsItHas) {
  Account account;
  account.set_name("accounts/acme");
  EXPECT_THAT(Lines(FieldChanges(nullptr, account)), ElementsAre("name:  -> \"accounts/acme\""));
}

TEST(FieldChanges, LeaveOutWhatEveryChangeChanges) {
  Account before, after;
  before.set_etag("v1");
  after.set_etag("v2");
  after.mutable_update_time()->set_seconds(1);
  EXPECT_THAT(FieldChanges(&before, after), IsEmpty());
}

TEST(FieldChanges, CutOffLongValuesBetweenCharacters) {
  Account account;
  std::string long_name(kAuditValueBytesMax - 3, 'x');  // quoted: one byte before the limit
  long_name += "李李";
  account.set_legal_name(long_name);
  const std::string after = FieldChanges(nullptr, account)[0].after();
  EXPECT_TRUE(absl::StartsWith(after, absl::StrCat("\"", long_name.substr(0, 1'021))));
  EXPECT_TRUE(absl::EndsWith(after, "x… (7 bytes more)")) << after.substr(1'000);
  EXPECT_LT(after.size(), kAuditValueBytesMax + 32);
}

}  // namespace
}  // namespace bellwether::command::field_changes_test
