// One import after another: what the second one finds of the first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "bellwether/accounts/v1/accounts_service.grpc.pb.h"
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

}  // namespace
}  // namespace bellwether::import_again_test
