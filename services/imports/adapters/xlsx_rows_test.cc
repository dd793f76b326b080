#include "services/imports/adapters/xlsx_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/ids.h"
#include "common/base/status.h"

namespace bellwether::imports::xlsx_rows_test {
namespace {

using ::testing::ElementsAre;

using Parts = std::map<std::string, std::string>;

// A workbook of two sheets.
Parts Workbook(const std::string& rows) {
  constexpr char kMain[] = "http://schemas.example.com/main";
  return {
      {"xl/workbook.xml",
       absl::StrCat(
           "<workbook xmlns='", kMain,
           "' xmlns:r='r'><sheets><sheet name='Orders' "
           "sheetId='1' r:id='rId1'/><sheet name='Other' sheetId='2' r:id='rId2'/></sheets>"
           "</workbook>")},
      {"xl/_rels/workbook.xml.rels",
       "<Relationships xmlns='p'><Relationship Id='rId1' Target='worksheets/sheet1.xml'/>"
       "<Relationship Id='rId2' Target='/xl/worksheets/sheet2.xml'/></Relationships>"},
      {"xl/sharedStrings.xml",
       absl::StrCat(
           "<sst xmlns='", kMain,
           "'><si><t>order</t></si><si><r><t>two </t></r><r><t>runs"
           "</t></r><rPh sb='0' eb='1'><t>aloud</t></rPh></si><si><t>&lt;&amp;海川</t></si>"
           "</sst>")},
      {"xl/styles.xml",
       absl::StrCat("<styleSheet xmlns='", kMain,
                    "'><numFmts><numFmt numFmtId='164' "
                    "formatCode='yyyy\\-mm\\-dd hh:mm'/></numFmts><cellStyleXfs><xf numFmtId='14'/>"
                    "</cellStyleXfs><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf "
                    "numFmtId='164'/></cellXfs></styleSheet>")},
      {"xl/worksheets/sheet1.xml", absl::StrCat("<worksheet xmlns='", kMain, "'><sheetData>", rows,
                                                "</sheetData></worksheet>")},
      {"xl/worksheets/sheet2.xml", absl::StrCat("<worksheet xmlns='", kMain,
                                                "'><sheetData><row><c t='inlineStr'><is><t>other"
                                                "</t></is></c></row></sheetData></worksheet>")}};
}

class XlsxRowsTest : public ::testing::Test {
 protected:
  XlsxRowsTest() : path_(absl::StrCat(::testing::TempDir(), "/", NewUuid(), ".xlsx")) {}
  ~XlsxRowsTest() override { std::remove(path_.c_str()); }

  void Write(const Parts& parts) {
    const zipFile archive = zipOpen64(path_.c_str(), APPEND_STATUS_CREATE);
    for (const auto& [name, bytes] : parts) {
      zip_fileinfo info = {};
      zipOpenNewFileInZip(archive, name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr, Z_DEFLATED,
                          Z_BEST_COMPRESSION);
      zipWriteInFileInZip(archive, bytes.data(), static_cast<unsigned>(bytes.size()));
      zipCloseFileInZip(archive);
    }
    zipClose(archive, nullptr);
  }

  // "line: cell|cell" of each row; faults as their reasons.
  std::vector<std::string> Rows(const std::string& sheet = "") {
    const auto rows = XlsxRows::Open(path_, sheet);
    if (!rows.ok()) return {DetailOf(rows.status())->reason};
    std::vector<std::string> read;
    Row row;
    RowProblem problem;
    while (true) {
      const auto result = (*rows)->Next(row, problem);
      if (result == RowSource::Result::kEnd) break;
      if (result == RowSource::Result::kMalformed) {
        read.push_back(absl::StrCat(problem.line, ":", problem.position, ": ", problem.reason));
        continue;
      }
      read.push_back(absl::StrCat(
          row.line, ": ", absl::StrJoin(row.cells, "|", [](std::string* out, const Cell& cell) {
            absl::StrAppend(out, cell.text);
          })));
    }
    if (!(*rows)->status().ok()) read.push_back(DetailOf((*rows)->status())->reason);
    return read;
  }

  std::vector<std::string> RowsOf(const std::string& rows) {
    Write(Workbook(rows));
    return Rows();
  }

  const std::string path_;
};

TEST_F(XlsxRowsTest, ReadsCellsAsTheyAreShown) {
  EXPECT_THAT(
      RowsOf(
          "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c><c r='C1' t='s'>"
          "<v>2</v></c></row>"
          "<row r='2'><c r='A2'><v>0.30000000000000004</v></c><c r='B2' s='1'><v>46329</v></c>"
          "<c r='C2' s='2'><v>46329.395833333336</v></c></row>"
          "<row r='3'><c r='A3' t='b'><v>1</v></c><c r='B3' t='e'><v>#N/A</v></c><c r='C3' "
          "t='str'><f>A1</f><v>text</v></c></row>"
          "<row r='4'><c r='A4' t='inlineStr'><is><t>in</t><t>line</t></is></c><c t='n'><f>1+1</f>"
          "<v>2</v></c><c t='d'><v>2026-11-03</v></c></row>"),
      ElementsAre("1: order|two runs|<&海川", "2: 0.3|2026-11-03|2026-11-03 09:30:00",
                  "3: TRUE|#N/A|text", "4: inline|2|2026-11-03"));
}

TEST_F(XlsxRowsTest, FillsGapsAndPassesOverRowsThatHoldNothing) {
  EXPECT_THAT(
      RowsOf("<row r='2'><c r='B2'><v>1</v></c><c r='D2'><v>2</v></c><c r='E2' s='1'/></row>"
             "<row r='3'><c r='A3' s='1'/></row><row r='7'/><row><c><v>9</v></c></row>"),
      ElementsAre("2: |1||2", "8: 9"));
}

TEST_F(XlsxRowsTest, TakesTheSheetThatIsNamed) {
  Write(Workbook("<row><c><v>1</v></c></row>"));
  EXPECT_THAT(Rows("Orders"), ElementsAre("1: 1"));
  EXPECT_THAT(Rows("Other"), ElementsAre("1: other"));
  EXPECT_THAT(Rows("None"), ElementsAre("SHEET_NOT_FOUND"));
}

TEST_F(XlsxRowsTest, RefusesRowsThatCannotBeMeantAndGoesOn) {
  EXPECT_THAT(
      RowsOf("<row r='1'><c r='A1' t='s'><v>99</v></c></row><row r='2'><c r='A2'><f>X</f></c>"
             "</row><row r='3'><c r='XFD3'><v>1</v></c></row><row r='4'><c><v>1</v></c></row>"),
      ElementsAre("1:1: NO_SUCH_TEXT", "2:1: FORMULA_WITHOUT_VALUE", "3:16384: TOO_MANY_CELLS",
                  "4: 1"));
  const std::string longest(kRowBytesMax + 1, 'x');
  EXPECT_THAT(RowsOf(absl::StrCat("<row r='1'><c t='str'><v>", longest,
                                  "</v></c></row><row r='2'><c><v>1</v></c></row>")),
              ElementsAre("1:1: ROW_TOO_LONG", "2: 1"));
}

TEST_F(XlsxRowsTest, RefusesWhatIsNoSoundWorkbook) {
  std::ofstream(path_) << "id,name\n1,Anda\n";
  EXPECT_THAT(Rows(), ElementsAre("NOT_A_WORKBOOK"));
  Write({{"something.txt", "else"}});
  EXPECT_THAT(Rows(), ElementsAre("NOT_A_WORKBOOK"));
  EXPECT_THAT(RowsOf("<row r='1'><c><v>1</v></c></row><row"), ElementsAre("NOT_A_WORKBOOK"));
  Parts entities = Workbook("<row><c t='str'><v>&x;</v></c></row>");
  std::string& sheet = entities["xl/worksheets/sheet1.xml"];
  sheet = absl::StrCat("<!DOCTYPE w [<!ENTITY x 'boom'>]>", sheet);
  Write(entities);
  EXPECT_THAT(Rows(), ElementsAre("NOT_A_WORKBOOK"));
  EXPECT_THAT(RowsOf(absl::StrCat(std::string(), "<row>", "<c><is>", std::string(300, ' '), "<t>",
                                  "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"
                                  "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"
                                  "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>")),
              ElementsAre("NOT_A_WORKBOOK"));
}

TEST_F(XlsxRowsTest, RefusesAPartThatUnpacksToFarMoreThanItIs) {
  Parts bomb = Workbook("");
  bomb["xl/worksheets/sheet1.xml"] = absl::StrCat(
      "<worksheet><sheetData><row><c t='str'><v>",
      std::string(static_cast<size_t>(kPartHarmlessBytes) + (1 << 20), ' '), "</v></c></row>");
  Write(bomb);
  const std::vector<std::string> rows = Rows();
  EXPECT_EQ(rows.back(), "PART_TOO_LARGE");
}

// Whatever the bytes are, reading ends, with rows, faults or a refusal. The seed is printed.
TEST_F(XlsxRowsTest, SurvivesEveryByteThatIsChanged) {
  const Parts sound = Workbook(
      "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' s='2'><v>46329.5</v></c></row>"
      "<row r='2'><c r='A2' t='inlineStr'><is><t>x</t></is></c><c><f>1</f><v>2</v></c></row>");
  Write(sound);
  std::ostringstream packed;
  packed << std::ifstream(path_, std::ios::binary).rdbuf();
  for (unsigned seed = 1; seed <= 120; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937 random(seed);
    if (seed % 2 == 0) {
      // In the archive.
      std::string bytes = packed.str();
      for (int i = 0; i < 4; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
      std::ofstream(path_, std::ios::binary) << bytes;
    } else {
      // In the XML.
      Parts parts = sound;
      auto part = std::next(parts.begin(), random() % parts.size());
      for (int i = 0; i < 4; ++i) {
        part->second[random() % part->second.size()] = "<>/'&\"=x0\x80\xFF;"[random() % 12];
      }
      Write(parts);
    }
    EXPECT_LE(Rows().size(), 10);
  }
}

}  // namespace
}  // namespace bellwether::imports::xlsx_rows_test
