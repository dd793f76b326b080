#include "services/ctl/domain/text_table.h"

#include <gtest/gtest.h>

namespace bellwether::ctl::text_table_test {
namespace {

TEST(TextTable, AlignsColumnsAlsoWithWideCharacters) {
  TextTable table({{"account"}, {"score", Align::kRight}, {"band"}});
  table.AddRow({"acme", "83.2", "healthy"});
  table.AddRow({"华东重工", "7.05", "at risk"});
  EXPECT_EQ(table.Render(),
            "account   score  band\n"
            "acme       83.2  healthy\n"
            "华东重工   7.05  at risk\n");
}

TEST(TextTable, NoTextCanMoveTheCursorOrForgeARow) {
  TextTable table({{"name"}});
  table.AddRow({"a\nb\x1B[2J\xC2\x9B"});
  EXPECT_EQ(table.Render(), "name\na b [2J\n");
}

TEST(DisplayWidth, CountsTerminalColumns) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("健康度"), 6);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1);  // e with a combining accent
  EXPECT_EQ(DisplayWidth("한글"), 4);
}

}  // namespace
}  // namespace bellwether::ctl::text_table_test
