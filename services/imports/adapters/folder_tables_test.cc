#include "services/imports/adapters/folder_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "services/imports/testing/plan_of.h"

namespace bellwether::imports::folder_tables_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FolderTablesTest : public ::testing::Test {
 protected:
  FolderTablesTest() : folder_(absl::StrCat(::testing::TempDir(), "/tables-", NewUuid())) {
    std::filesystem::create_directories(folder_);
  }
  ~FolderTablesTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, absl::string_view bytes) {
    std::ofstream(folder_ + "/" + name, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  // Cells of the rows of the file, "|" between cells; faults as their reasons.
  std::vector<std::string> Rows(const std::string& path, const std::string& more = "") {
    const auto mapping = testing::CompileYaml(testing::MappingOf(
        absl::StrCat("  - {file_id: t, path: \"", path, "\", layout: csv", more, "}\n")));
    EXPECT_TRUE(mapping.ok()) << mapping.status();
    const FolderTables tables(folder_, recognise_bytes_max_);
    const CompiledFile& file = mapping->files[0];
    const auto paths = tables.PathsOf(file);
    if (!paths.ok()) return {DetailOf(paths.status())->reason};
    std::vector<std::string> rows;
    encodings_.clear();
    for (const std::string& each : *paths) {
      const auto table = tables.Open(file, each);
      if (!table.ok()) return {DetailOf(table.status())->reason};
      encodings_ += (*table)->encoding();
      Row row;
      RowProblem problem;
      while (true) {
        const auto result = (*table)->rows().Next(row, problem);
        if (result == RowSource::Result::kEnd) break;
        if (result == RowSource::Result::kMalformed) {
          rows.push_back(problem.reason);
          continue;
        }
        std::string text;
        for (const Cell& cell : row.cells)
          absl::StrAppend(&text, text.empty() ? "" : "|", cell.text);
        rows.push_back(text);
      }
      if (!(*table)->rows().status().ok()) {
        rows.push_back(DetailOf((*table)->rows().status())->reason);
      }
    }
    return rows;
  }

  const std::string folder_;
  std::string encodings_;
  int64_t recognise_bytes_max_ = INT64_MAX;
};

TEST_F(FolderTablesTest, ReadsEncodingsThatItRecognises) {
  // "客户,产品", in GBK, UTF-16 of both orders, and UTF-8 with its mark.
  Write("gbk.csv", "\xBF\xCD\xBB\xA7,\xB2\xFA\xC6\xB7\n");
  EXPECT_THAT(Rows("gbk.csv"), ElementsAre("客户|产品"));
  EXPECT_EQ(encodings_, "GB18030");
  Write("le.csv", absl::string_view("\xFF\xFE\xA2\x5B\x37\x62,\0\xA7\x4E\xC1\x54\n\0", 14));
  EXPECT_THAT(Rows("le.csv"), ElementsAre("客户|产品"));
  EXPECT_EQ(encodings_, "UTF-16LE");
  Write("be.csv", absl::string_view("\xFE\xFF\x5B\xA2\x62\x37\0,\x4E\xA7\x54\xC1\0\n", 14));
  EXPECT_THAT(Rows("be.csv"), ElementsAre("客户|产品"));
  Write("utf8.csv", "\xEF\xBB\xBF客户,产品\n");
  EXPECT_THAT(Rows("utf8.csv"), ElementsAre("客户|产品"));
  EXPECT_EQ(encodings_, "");
}

TEST_F(FolderTablesTest, RecognisesAnEncodingByTheBeginningWhereThatIsEnough) {
  const std::string names = "\xC9\xEE\xDB\xDA,\xB1\xB1\xBE\xA9\n";
  std::string text;
  while (text.size() < 2'000) text += names;
  Write("names.csv", text);
  Write("late.csv", std::string(1'000, '\n') + text);
  for (const int64_t most : {999, 1'000, 1'001, 1'002}) {
    recognise_bytes_max_ = most;
    Rows("names.csv");
    EXPECT_EQ(encodings_, "GB18030") << most << ", which may be amid a character";
  }
  recognise_bytes_max_ = 1'000;
  Rows("late.csv");
  EXPECT_EQ(encodings_, "");
  recognise_bytes_max_ = INT64_MAX;
  Rows("late.csv");
  EXPECT_EQ(encodings_, "GB18030");
}

TEST_F(FolderTablesTest, ReadsEncodingsThatAreDeclaredAndRefusesTheRowsThatAreNotOfThem) {
  Write("latin.csv", "M\xFCller,caf\xE9\nplain,x\n");
  EXPECT_THAT(Rows("latin.csv", ", encoding: latin1"), ElementsAre("Müller|café", "plain|x"));
  EXPECT_THAT(Rows("latin.csv"), ElementsAre("NOT_UTF8", "plain|x")) << "not recognised";
  Write("cut.csv", "\xBF\xCD\xBB,x\nplain,x\n\xBF\xCD\n");
  EXPECT_THAT(Rows("cut.csv", ", encoding: gb18030"),
              ElementsAre("NOT_IN_ENCODING", "plain|x", "客"));
  Write("wrong.csv", "客户,x\nplain,x\n");
  EXPECT_THAT(Rows("wrong.csv", ", encoding: utf16"),
              ::testing::Not(ElementsAre("客户|x", "plain|x")));
}

TEST_F(FolderTablesTest, DecodesTablesLargerThanItsPieces) {
  std::string bytes;
  for (int i = 0; i < 30'000; ++i) absl::StrAppend(&bytes, i, ",\xBF\xCD\xBB\xA7\n");
  Write("large.csv", bytes);
  const std::vector<std::string> rows = Rows("large.csv");
  ASSERT_EQ(rows.size(), 30'000);
  EXPECT_EQ(rows.back(), "29999|客户");
}

TEST_F(FolderTablesTest, ReadsThePackedAndTheFilesOfAPattern) {
  gzFile packed = gzopen((folder_ + "/a.csv.gz").c_str(), "wb");
  gzputs(packed, "1,packed\n");
  gzclose(packed);
  EXPECT_THAT(Rows("a.csv.gz"), ElementsAre("1|packed"));
  Write("orders-02.csv", "2,february\n");
  Write("orders-01.csv", "1,january\n");
  Write("others.csv", "x\n");
  EXPECT_THAT(Rows("orders-*.csv"), ElementsAre("1|january", "2|february"));
  EXPECT_THAT(Rows("orders-??.csv"), ElementsAre("1|january", "2|february"));
  EXPECT_THAT(Rows("none-*.csv"), ElementsAre("FILE_NOT_FOUND"));
  EXPECT_THAT(Rows("none-*.csv", ", optional: true"), ElementsAre());
}

TEST_F(FolderTablesTest, SaysWhatAFileIsThatIsNoTable) {
  Write("book.csv", absl::string_view("PK\x03\x04 and more", 13));
  EXPECT_THAT(Rows("book.csv"), ElementsAre("NOT_A_TABLE"));
  Write("old.csv", "\xD0\xCF\x11\xE0\xA1");
  EXPECT_THAT(Rows("old.csv"), ElementsAre("NOT_A_TABLE"));
  Write("cut.csv.gz", "\x1F\x8B\x08 not really");
  EXPECT_THAT(Rows("cut.csv.gz"), ElementsAre("READ_FAILED"));
  EXPECT_THAT(Rows("missing.csv"), ElementsAre("FILE_NOT_FOUND"));
}

}  // namespace
}  // namespace bellwether::imports::folder_tables_test
