#include "services/imports/adapters/table_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"

namespace bellwether::imports::table_head_test {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class TableHeadTest : public ::testing::Test {
 protected:
  TableHeadTest() : folder_(absl::StrCat(::testing::TempDir(), "/head-", NewUuid())) {
    std::filesystem::create_directories(folder_);
  }
  ~TableHeadTest() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<TableHead> Read(const std::string& name, absl::string_view bytes) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
    return ReadTableHead(folder_, name);
  }

  const std::string folder_;
};

TEST_F(TableHeadTest, ReadsNamesAndTheRowsThatAreAsWide) {
  const auto head = Read("a.csv", "x;y\n1;2\n;\n3\n\"4\n5;6\n");
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_THAT(head->names, ElementsAre("x", "y"));
  EXPECT_THAT(head->rows, ElementsAre(ElementsAre("1", "2"), ElementsAre("5", "6")));
}

TEST_F(TableHeadTest, ReadsJsonLines) {
  const auto head = Read("a.jsonl", "{\"x\": 1}\n{\"y\": \"2\"}\n");
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->layout, HeadLayout::kJsonLines);
  EXPECT_THAT(head->rows, ElementsAre(ElementsAre("1", ""), ElementsAre("", "2")));
}

TEST_F(TableHeadTest, TakesBytesThatAreNothingElseForLatin1) {
  const auto head = Read("a.csv",
                         "Kunde,Stra\xDF"
                         "e\nM\xFCller,x\n");
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_TRUE(head->latin1);
  EXPECT_THAT(head->names, ElementsAre("Kunde", "Straße"));
}

TEST_F(TableHeadTest, EndsAfterSoManyRowsAndBytes) {
  std::string text = "x,y\n";
  for (int i = 0; i < 1'200; ++i) absl::StrAppend(&text, i, ",1\n");
  EXPECT_THAT(Read("a.csv", text)->rows, SizeIs(kHeadRowsMax));
  std::string wide = "x,y\n";
  for (int i = 0; i < 100; ++i) absl::StrAppend(&wide, std::string(60'000, 'w'), ",1\n");
  EXPECT_THAT(Read("b.csv", wide)->rows, SizeIs(kHeadBytesMax / 60'003));
}

TEST_F(TableHeadTest, SaysWhatIsNoTable) {
  EXPECT_EQ(DetailOf(Read("a.csv", "").status())->reason, "MISSING_HEADER");
  EXPECT_EQ(DetailOf(Read("a.csv", "PK\x03\x04xxxx").status())->reason, "NOT_A_TABLE");
  EXPECT_EQ(DetailOf(Read("a.xlsx", "x,y\n").status())->reason, "NOT_A_WORKBOOK");
  EXPECT_EQ(DetailOf(ReadTableHead(folder_, "none.csv").status())->reason, "FILE_NOT_FOUND");
}

}  // namespace
}  // namespace bellwether::imports::table_head_test
