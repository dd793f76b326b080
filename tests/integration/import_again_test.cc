// One import after another: what the second one finds of the first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bellwether/accounts/v1/accounts_service.grpc.pb.h"
#include "bellwether/imports/v1/summary.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.grpc.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/integration/standalone_fixture.h"

namespace bellwether::import_again_test {
namespace {

using ::testing::HasSubstr;

class ImportAgainTest : public StandaloneTest {
 protected:
  void SetUp() override {
    Boot();
    GoLive();
  }

  // Imports a table of these orders by the shipped mapping, from a folder of its own.
  CtlRun Import(const std::string& rows) {
    const std::string tables = absl::StrCat(folder, "/tables-", ++imports_);
    std::filesystem::create_directories(tables);
    std::ofstream(tables + "/orders.csv")
        << "order_id,customer,ordered_on,amount,currency,quantity,product\n"
        << rows;
    return Ctl({"import", "orders", tables});
  }

  accounts::v1::Account Account(const std::string& id) {
    const auto stub = Stub<accounts::v1::AccountsService>();
    accounts::v1::GetAccountRequest request;
    request.set_name("accounts/" + id);
    const auto account = Call(*stub, &accounts::v1::AccountsService::Stub::GetAccount, request);
    EXPECT_TRUE(account.ok()) << account.status();
    return account.ok() ? *account : accounts::v1::Account();
  }

 private:
  int imports_ = 0;
};

TEST_F(ImportAgainTest, OfTheNextMonthKeepsTheDayOfTheFirstOrder) {
  EXPECT_EQ(Import("1,Anda,2026-10-05,100.00,CNY,1,x\n").exit_code, 0);
  const int64_t since = Account("Anda").customer_since().seconds();
  const CtlRun next = Import("2,Anda,2026-11-05,100.00,CNY,1,x\n");
  EXPECT_EQ(next.exit_code, 0) << next.out << next.err;
  EXPECT_EQ(Account("Anda").customer_since().seconds(), since);
  // A month before: the earlier day holds, and is said.
  const CtlRun before = Import("0,Anda,2026-09-05,100.00,CNY,1,x\n");
  EXPECT_EQ(before.exit_code, 0) << before.out << before.err;
  EXPECT_THAT(before.out, HasSubstr("1 moved to an earlier first day"));
  EXPECT_EQ(Account("Anda").customer_since().seconds(), since - 30 * 24 * 3600);
}

TEST_F(ImportAgainTest, IsComparedWithWhatIsThereNow) {
  EXPECT_EQ(Import("1,Lanhai Optics,2026-11-03,1,CNY,1,x\n").exit_code, 0);
  const auto stub = Stub<accounts::v1::AccountsService>();
  accounts::v1::UpdateAccountRequest update;
  *update.mutable_account() = Account("Lanhai-Optics");
  update.mutable_account()->set_legal_name("Lanhai Photonics");
  update.mutable_update_mask()->add_paths("legal_name");
  ASSERT_TRUE(Call(*stub, &accounts::v1::AccountsService::Stub::UpdateAccount, update).ok());
  const CtlRun again = Import("1,Lanhai Optics,2026-11-03,1,CNY,1,x\n");
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.out, HasSubstr("1 there with other content"));
  EXPECT_THAT(again.out, HasSubstr("1 account is there with other content"));
}

TEST_F(ImportAgainTest, OfANameThatMakesAnIdOfAnotherPutsNothingIntoItsAccount) {
  EXPECT_EQ(Import("1,Kaida A B,2026-11-03,100,CNY,1,x\n").exit_code, 0);
  const CtlRun second = Import("2,Kaida A-B,2026-11-04,900,CNY,1,x\n");
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.out, HasSubstr("ID_COLLISION"));
  EXPECT_THAT(second.out, ::testing::Not(HasSubstr("accepted")));
  // Without the ledger the account itself says that it is another's.
  std::filesystem::remove_all(folder + "/ledger");
  const CtlRun third = Import("3,Kaida A-B,2026-11-05,900,CNY,1,x\n");
  EXPECT_EQ(third.exit_code, 1);
  EXPECT_THAT(third.out, HasSubstr("ID_TAKEN"));
  EXPECT_THAT(third.out, HasSubstr("1 withheld with their accounts"));
}

TEST_F(ImportAgainTest, TheLastSentenceSaysWhatHappened) {
  const CtlRun first = Import("SO 1,Anda,2026-11-03,1,CNY,1,x\nSO 2,Boda,2026-11-03,2,CNY,1,x\n");
  EXPECT_EQ(first.exit_code, 0) << first.out << first.err;
  EXPECT_THAT(first.out,
              ::testing::EndsWith("Imported: all that the tables hold is in the system.\n"));
  const CtlRun again =
      Import("SO 1,Anda,2026-11-03,1.00,CNY,1,x\nSO 2,Boda,2026-11-03,2,CNY,1,x\n");
  EXPECT_EQ(again.exit_code, 0) << again.out << again.err;
  EXPECT_THAT(again.out,
              ::testing::EndsWith("Nothing has changed: all of it was there already.\n"));
  const CtlRun none = Import("3,Bad\tName,2026-11-03,7,CNY,1,x\n4,Anda,2026-11-03,7,XYZ,1,x\n");
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(
      none.out,
      HasSubstr(
          "Nothing was imported: the tables hold nothing that could be: 2 rows were refused."));
}

// What it opened goes with the run; what somebody has changed since is no longer only the run's.
TEST_F(ImportAgainTest, OfOpportunitiesAfterTheirRunWasWithdrawnOpensThemAnew) {
  const std::string mapping = WriteFile("deals.yaml", R"yaml(
mapping_id: deals
source: test
time_zone: Asia/Shanghai
files:
  - file_id: deals
    path: deals.csv
    layout: csv
    header: true
    key_columns: [id]
    columns:
      - {name: id, kind: text, required: true}
      - {name: account, kind: text, required: true}
      - {name: engaged, kind: time, required: true}
    records:
      - kind: opportunity
        id: "deal-{id}"
        set:
          account: "accounts/{account|id}"
          title: "Deal {id}"
          engage_time: "{engaged}"
)yaml");
  WriteFile("deals.csv",
            "id,account,engaged\n1,acme,2026-11-03\n2,acme,2026-11-04\n3,bolt,2026-11-05\n");
  const auto run_of = [](const CtlRun& run) {
    imports::v1::ImportSummary summary;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(run.out, &summary).ok()) << run.out;
    return summary.import_run();
  };
  const CtlRun first = Ctl({"--json", "import", mapping, folder});
  ASSERT_EQ(first.exit_code, 0) << first.out << first.err;
  const auto stub = Stub<opportunities::v1::OpportunitiesService>();
  const auto open = [&] {
    const auto list = Call(*stub, &opportunities::v1::OpportunitiesService::Stub::ListOpportunities,
                           opportunities::v1::ListOpportunitiesRequest());
    EXPECT_TRUE(list.ok()) << list.status();
    std::vector<std::string> names;
    for (const auto& opportunity : list->opportunities()) names.push_back(opportunity.name());
    return names;
  };
  ASSERT_THAT(open(), ::testing::SizeIs(3));
  opportunities::v1::WinOpportunityRequest win;
  win.set_name("opportunities/deal-2");
  ASSERT_TRUE(
      Call(*stub, &opportunities::v1::OpportunitiesService::Stub::WinOpportunity, win).ok());
  const CtlRun withdrawn = Ctl({"imports", "withdraw", run_of(first), "--reason", "wrong table"});
  EXPECT_EQ(withdrawn.exit_code, 0) << withdrawn.err;
  EXPECT_THAT(withdrawn.out, HasSubstr("opportunities withdrawn  2"));
  EXPECT_THAT(withdrawn.out, HasSubstr("changed since, stays  opportunities/deal-2"));
  EXPECT_THAT(open(), ::testing::ElementsAre("opportunities/deal-2"));
  const CtlRun again = Ctl({"--json", "import", mapping, folder});
  EXPECT_THAT(again.out, HasSubstr("\"created\":\"2\""));
  EXPECT_THAT(open(), ::testing::SizeIs(3));
}

}  // namespace
}  // namespace bellwether::import_again_test
