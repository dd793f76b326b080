#include "services/imports/adapters/file_ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/base/status.h"

namespace bellwether::imports::file_ledger_test {
namespace {

constexpr auto kAccount = imports::v1::RECORD_KIND_ACCOUNT;
constexpr auto kFact = imports::v1::RECORD_KIND_FACT;

class FileLedgerTest : public ::testing::Test {
 protected:
  FileLedgerTest() : folder_(absl::StrCat(::testing::TempDir(), "/ledger-", NewUuid())) {}
  ~FileLedgerTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<FileLedger> Open(bool anew = false) {
    auto ledger = FileLedger::Open(folder_, "m", anew);
    EXPECT_TRUE(ledger.ok()) << ledger.status();
    return *std::move(ledger);
  }
  // Ids in the order in which a plan asks for them.
  static std::vector<std::string> Sorted(std::vector<std::string> ids) {
    std::sort(ids.begin(), ids.end(), [](const auto& a, const auto& b) {
      const auto key = [](const std::string& id) {
        return std::pair(static_cast<int64_t>(Fingerprint64(id, 0)),
                         static_cast<int64_t>(Fingerprint64(id, 1)));
      };
      return key(a) < key(b);
    });
    return ids;
  }

  const std::string folder_;
};

TEST_F(FileLedgerTest, RemembersNamesAndShapesOfWhatWasCommitted) {
  {
    const auto ledger = Open();
    EXPECT_EQ(ledger->ShapeOf("orders"), "");
    for (const std::string& id : Sorted({"a", "b", "c"})) {
      EXPECT_TRUE(ledger->Claim(kAccount, id, "name of " + id));
    }
    EXPECT_TRUE(ledger->Claim(kFact, "a", "an account"));
    ledger->SetShape("orders", "one");
    ASSERT_TRUE(ledger->Commit().ok());
  }
  {
    const auto ledger = Open();
    EXPECT_EQ(ledger->ShapeOf("orders"), "one");
    for (const std::string& id : Sorted({"b", "d"})) {
      EXPECT_TRUE(ledger->Claim(kAccount, id, "name of " + id)) << id;
    }
    EXPECT_FALSE(ledger->Claim(kFact, "a", "another account"));
    ASSERT_TRUE(ledger->Commit().ok());
  }
  const auto ledger = Open();
  for (const std::string& id : Sorted({"a", "b", "c", "d"})) {
    EXPECT_FALSE(ledger->Claim(kAccount, id, "another name")) << id;
  }
  EXPECT_TRUE(ledger->Claim(kFact, "a", "an account"));
}

TEST_F(FileLedgerTest, ForgetsWhatWasNotCommitted) {
  EXPECT_TRUE(Open()->Claim(kAccount, "a", "one"));
  const auto ledger = Open();
  EXPECT_TRUE(ledger->Claim(kAccount, "a", "two"));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    files += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(files, 1) << "only the one being written";
}

TEST_F(FileLedgerTest, BeginsAnewWhenAsked) {
  {
    const auto ledger = Open();
    EXPECT_TRUE(ledger->Claim(kAccount, "a", "one"));
    ASSERT_TRUE(ledger->Commit().ok());
  }
  EXPECT_FALSE(Open()->Claim(kAccount, "a", "two"));
  EXPECT_TRUE(Open(/*anew=*/true)->Claim(kAccount, "a", "two"));
}

TEST_F(FileLedgerTest, SaysWhenItIsDamagedOrCannotBeWritten) {
  std::filesystem::create_directories(folder_);
  std::ofstream(folder_ + "/m.ledger") << "something else\n";
  EXPECT_EQ(DetailOf(FileLedger::Open(folder_, "m", false).status())->reason, "LEDGER_DAMAGED");
  EXPECT_TRUE(FileLedger::Open(folder_, "m", true).ok());
  EXPECT_EQ(DetailOf(FileLedger::Open(folder_ + "/m.ledger/x", "m", false).status())->reason,
            "LEDGER_NOT_WRITABLE");
}

}  // namespace
}  // namespace bellwether::imports::file_ledger_test
