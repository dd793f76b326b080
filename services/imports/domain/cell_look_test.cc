#include "services/imports/domain/cell_look.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace bellwether::imports::cell_look_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

CellLook Look(std::vector<std::string> cells, bool named_time = false) {
  return LookAt(cells, named_time);
}

// "time %d.%m.%Y", "number ,.", "text", "nothing".
std::string Kind(std::vector<std::string> cells, bool named_time = false) {
  const CellLook look = Look(std::move(cells), named_time);
  switch (look.kind) {
    case CellKind::kEmpty:
      return "nothing";
    case CellKind::kText:
      return "text";
    case CellKind::kTime:
      return absl::StrCat("time ", look.time_format);
    case CellKind::kNumber:
      return absl::StrCat("number ", std::string(1, look.numbers.decimal_mark),
                          look.numbers.group_mark);
  }
  return "";
}

TEST(CellLook, TellsTimesFromHowTheyAreWritten) {
  EXPECT_EQ(Kind({"2026-11-03", "2026-11-03 09:30:00"}), "time ");
  EXPECT_EQ(Kind({"03.11.2026", "1.1.2026"}), "time %d.%m.%Y");
  EXPECT_EQ(Kind({"31.12.26 23:59"}), "time %d.%m.%y %H:%M");
  EXPECT_EQ(Kind({"12/1/2010 8:26", "12/31/2010 8:26"}), "time %m/%d/%Y %H:%M");
  EXPECT_EQ(Kind({"31/12/2010", "1/1/2011"}), "time %d/%m/%Y");
  EXPECT_EQ(Kind({"2026/11/03"}), "time %Y/%m/%d");
  EXPECT_EQ(Kind({"2026年11月3日"}), "time %Y年%m月%d日");
  EXPECT_EQ(Kind({"3 Nov 2026"}), "time %d %b %Y");
}

TEST(CellLook, NotesWhereDayOrMonthMayComeFirst) {
  EXPECT_THAT(Look({"1/2/2026", "3/4/2026"}).doubt, HasSubstr("day or the month"));
  EXPECT_THAT(Look({"1/2/2026", "31/4/2026", "31/3/2026"}).doubt, IsEmpty());
  EXPECT_THAT(Look({"1.2.2026"}).doubt, IsEmpty()) << "points part days first, everywhere";
}

TEST(CellLook, TakesBareNumbersForTimesOnlyWhereTheNameSaysSo) {
  EXPECT_EQ(Kind({"20261103"}, true), "time %E4Y%m%d");
  EXPECT_EQ(Kind({"20261103"}), "number .");
  EXPECT_EQ(Kind({"1793664000"}, true), "time unix");
  EXPECT_EQ(Kind({"1793664000123"}, true), "time unix-ms");
  EXPECT_EQ(Kind({"46329", "46330.5"}, true), "time excel");
  EXPECT_EQ(Kind({"12345"}, true), "number .") << "1933 is too long ago";
}

TEST(CellLook, TakesNoTimeOfAnotherCentury) {
  EXPECT_EQ(Kind({"0202-11-03"}), "text");
  EXPECT_EQ(Kind({"1969-12-31"}), "text");
  EXPECT_EQ(Kind({"1970-01-01"}), "time ");
  EXPECT_EQ(Kind({"2101-01-01"}), "text");
}

TEST(CellLook, TellsDecimalCommaFromDecimalPoint) {
  EXPECT_EQ(Kind({"1", "20"}), "number .");
  EXPECT_EQ(Kind({"1.5", "20"}), "number .");
  EXPECT_EQ(Kind({"1,5", "20"}), "number ,");
  EXPECT_EQ(Kind({"1,234.50", "20"}), "number .,");
  EXPECT_EQ(Kind({"1.234,50", "20"}), "number ,.");
  EXPECT_EQ(Kind({"1 234,50", "20"}), "number , ");
  EXPECT_EQ(Kind({"1'234.50"}), "number .'");
  EXPECT_EQ(Kind({"1.2E+10", "3"}), "number .");
}

TEST(CellLook, SaysWhereAMarkMayPartThousands) {
  const CellLook comma = Look({"1,234", "5"});
  EXPECT_EQ(comma.numbers.group_mark, ",");
  EXPECT_THAT(comma.doubt, HasSubstr("thousands"));
  EXPECT_EQ(Look({"1.234", "5"}).numbers.group_mark, ".");
  EXPECT_THAT(Look({"0.125", "5"}).doubt, IsEmpty()) << "no thousands begin with 0";
  EXPECT_THAT(Look({"1,234", "5,6"}).doubt, IsEmpty());
  EXPECT_THAT(Look({"1,234,567"}).doubt, IsEmpty());
}

TEST(CellLook, SeesMarksAndSigns) {
  const CellLook look = Look({"€ 1.234,50", "(33,52 €)", "5,00-"});
  EXPECT_EQ(look.kind, CellKind::kNumber);
  EXPECT_THAT(look.numbers.marks, ElementsAre("€"));
  EXPECT_TRUE(look.numbers.accounting);
  EXPECT_TRUE(look.negative);
  EXPECT_EQ(look.decimals, 2);
  EXPECT_THAT(Look({"USD 5", "7 EUR"}).numbers.marks, ElementsAre("EUR", "USD"));
  EXPECT_EQ(Kind({"5 apples"}), "text");
  EXPECT_EQ(Kind({"€"}), "text");
}

TEST(CellLook, TakesCodesForTexts) {
  EXPECT_EQ(Kind({"007", "123"}), "text");
  EXPECT_EQ(Kind({"1234567890123456"}), "text");
  EXPECT_EQ(Kind({"0", "0.5"}), "number .");
}

TEST(CellLook, BearsFewCellsThatAreWrittenOtherwise) {
  std::vector<std::string> cells(19, "1.50");
  cells.push_back("n/a");
  const CellLook look = LookAt(cells, false);
  EXPECT_EQ(look.kind, CellKind::kNumber);
  EXPECT_EQ(look.odd, 1);
  cells.push_back("n/a");
  EXPECT_EQ(LookAt(cells, false).kind, CellKind::kText);
}

TEST(CellLook, CountsAndShowsWhatIsThere) {
  const CellLook look = Look({"a", "", "  a ", "b", "c", "d", "e", "f", std::string(200, 'x')});
  EXPECT_EQ(look.filled, 8);
  EXPECT_EQ(look.distinct, 7);
  EXPECT_THAT(look.samples, ElementsAre("a", "b", "c", "d", "e"));
  std::string wide;
  for (int i = 0; i < 81; ++i) wide += "好";
  EXPECT_THAT(Look({wide}).samples[0], SizeIs(79 * 3 + 3));
  EXPECT_EQ(Kind({"", " "}), "nothing");
  EXPECT_EQ(Kind({}), "nothing");
}

TEST(CellLook, KnowsCurrencies) {
  EXPECT_TRUE(Look({"EUR", "USD", ""}).currency_codes);
  EXPECT_EQ(Look({"EUR", "ABC"}).odd, 1);
  EXPECT_FALSE(Look({"EUR", "ABC", "DEF"}).currency_codes);
}

}  // namespace
}  // namespace bellwether::imports::cell_look_test
