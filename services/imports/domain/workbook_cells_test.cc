#include "services/imports/domain/workbook_cells.h"

#include <gtest/gtest.h>

namespace bellwether::imports::workbook_cells_test {
namespace {

TEST(WorkbookCells, KnowTheColumnOfAReference) {
  EXPECT_EQ(ColumnOfReference("A1"), 0);
  EXPECT_EQ(ColumnOfReference("Z9"), 25);
  EXPECT_EQ(ColumnOfReference("AA10"), 26);
  EXPECT_EQ(ColumnOfReference("XFD1"), 16'383);
  EXPECT_EQ(ColumnOfReference("XFE1"), std::nullopt);
  EXPECT_EQ(ColumnOfReference("12"), std::nullopt);
  EXPECT_EQ(ColumnOfReference("ZZZZZZZZZZZZ1"), std::nullopt);
}

TEST(WorkbookCells, KnowDatesByTheirFormat) {
  EXPECT_EQ(KindOfFormat("yyyy\\-mm\\-dd"), SerialKind::kDate);
  EXPECT_EQ(KindOfFormat("[$-409]d/m/yyyy;@"), SerialKind::kDate);
  EXPECT_EQ(KindOfFormat("yyyy\"年\"m\"月\"d\"日\""), SerialKind::kDate);
  EXPECT_EQ(KindOfFormat("mmm"), SerialKind::kDate);
  EXPECT_EQ(KindOfFormat("dd.mm.yyyy hh:mm"), SerialKind::kDateAndTime);
  EXPECT_EQ(KindOfFormat("hh:mm:ss.000"), SerialKind::kTimeOfDay);
  EXPECT_EQ(KindOfFormat("[h]:mm"), SerialKind::kNumber) << "a span";
  for (const char* code :
       {"General", "0.00", "#,##0.00 \"days\"", "0%", "[Red]-0.0", "@", "_-* #,##0.00 [$EUR]_-"}) {
    EXPECT_EQ(KindOfFormat(code), SerialKind::kNumber) << code;
  }
  EXPECT_EQ(KindOfBuiltInFormat(14), SerialKind::kDate);
  EXPECT_EQ(KindOfBuiltInFormat(22), SerialKind::kDateAndTime);
  EXPECT_EQ(KindOfBuiltInFormat(0), SerialKind::kNumber);
}

TEST(WorkbookCells, ShowNumbersAtTheDigitsThatExcelKeeps) {
  EXPECT_EQ(NumberAsShown("0.30000000000000004"), "0.3");
  EXPECT_EQ(NumberAsShown("1234.5599999999999"), "1234.56");
  EXPECT_EQ(NumberAsShown("1.2E+10"), "12000000000");
  EXPECT_EQ(NumberAsShown("-5"), "-5");
  EXPECT_EQ(NumberAsShown("123456789012345"), "123456789012345");
  EXPECT_EQ(NumberAsShown("1E-7"), "0.0000001");
  EXPECT_EQ(NumberAsShown("#N/A"), std::nullopt);
}

TEST(WorkbookCells, ShowSerialNumbersAsDatesAndTimes) {
  EXPECT_EQ(SerialAsShown("46329", SerialKind::kDate, false), "2026-11-03");
  EXPECT_EQ(SerialAsShown("46329.395833333336", SerialKind::kDateAndTime, false),
            "2026-11-03 09:30:00");
  EXPECT_EQ(SerialAsShown("46329.5", SerialKind::kDate, false), "2026-11-03 12:00:00");
  EXPECT_EQ(SerialAsShown("44867", SerialKind::kDate, true), "2026-11-03");
  EXPECT_EQ(SerialAsShown("0.39583333333333331", SerialKind::kTimeOfDay, false), "09:30:00");
  EXPECT_EQ(SerialAsShown("60", SerialKind::kDate, false), std::nullopt);
  EXPECT_EQ(SerialAsShown("-1", SerialKind::kDate, false), std::nullopt);
}

}  // namespace
}  // namespace bellwether::imports::workbook_cells_test
