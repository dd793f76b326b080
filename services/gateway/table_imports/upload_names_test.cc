#include "services/gateway/table_imports/upload_names.h"

#include <string>
#include <vector>

#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::upload_names_test {
namespace {

std::string ReasonOf(const absl::Status& status) {
  return status.ok() ? "OK" : DetailOf(status)->reason;
}

TEST(UploadNames, TakesTheNamesOfTables) {
  for (const char* name : {"a.csv", "Umsätze 2026.CSV", "订单.jsonl", "b.tsv.gz", "c.txt", "d.xlsx",
                           "a..b.csv", "~$x.xlsx", "-rf.csv", "%2e%2e.csv"}) {
    EXPECT_EQ(ReasonOf(CheckFileName(name)), "OK") << name;
  }
  EXPECT_EQ(ReasonOf(CheckFileName(std::string(kFileNameBytesMax - 4, 'x') + ".csv")), "OK");
}

TEST(UploadNames, RefusesWhatWouldLeadElsewhere) {
  for (const char* name :
       {"", ".csv", "..", ".", "../a.csv", "/etc/passwd.csv", "a/b.csv", "a\\b.csv", "..\\a.csv",
        "a*.csv", "a?.csv", "a\n.csv", "a\x7f.csv", "a.exe", "a", "a.csv/", "a.xlsx.gz",
        "\xC0\xAE\xC0\xAE.csv", "a\xFF.csv"}) {
    EXPECT_EQ(ReasonOf(CheckFileName(name)), "FILE_NAME_INVALID") << name;
  }
  EXPECT_EQ(ReasonOf(CheckFileName(std::string("a\0.csv", 6))), "FILE_NAME_INVALID");
  EXPECT_EQ(ReasonOf(CheckFileName(std::string(kFileNameBytesMax - 3, 'x') + ".csv")),
            "FILE_NAME_INVALID");
}

TEST(UploadNames, FindsIdsAndNothingElse) {
  const std::string id(32, 'a');
  EXPECT_EQ(*IdIn("uploads/" + id, "uploads", "X"), id);
  for (const std::string& name :
       std::vector<std::string>{id, "uploads/" + id + "/", "uploads/../" + id, "uploads/..",
                                "uploads/" + std::string(32, 'A'), "uploads/" + id + "a",
                                "imports/" + id, std::string(), "uploads//" + id}) {
    EXPECT_EQ(ReasonOf(IdIn(name, "uploads", "X").status()), "X") << name;
  }
}

TEST(UploadNames, MakesTheSameIdOfTheSameRequest) {
  const auto id = IdOfRequest("li", "r1");
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(id, IdOfRequest("li", "r1"));
  EXPECT_NE(id, IdOfRequest("wang", "r1"));
  EXPECT_NE(id, IdOfRequest("li", "r2"));
  EXPECT_TRUE(IdIn("uploads/" + *id, "uploads", "X").ok());
  for (const std::string& request : std::vector<std::string>{"", std::string(65, 'x'), "a\nb"}) {
    EXPECT_EQ(ReasonOf(IdOfRequest("li", request).status()), "MISSING_REQUEST_ID");
  }
}

}  // namespace
}  // namespace bellwether::gateway::upload_names_test
