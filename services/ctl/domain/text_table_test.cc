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

TEST(TextTable, AlignsColumnsAlsoWithEmojiAndMarks) {
  TextTable table({{"account"}, {"score", Align::kRight}});
  table.AddRow({"👩‍🔬 lab", "1"});
  table.AddRow({"cafe\u0301 👍🏽", "22"});
  table.AddRow({"株式会社", "333"});
  EXPECT_EQ(table.Render(),
            "account   score\n"
            "👩‍🔬 lab        1\n"
            "cafe\u0301 👍🏽      22\n"
            "株式会社    333\n");
}

TEST(TextTable, NoTextCanMoveTheCursorOrForgeARow) {
  TextTable table({{"name"}, {"owner"}});
  table.AddRow({"a\nb\x1B[2J\u009B", "x"});
  table.AddRow({"\u202Egpj", "y"});
  EXPECT_EQ(table.Render(),
            "name      owner\n"
            "a b [2J   x\n"
            "\uFFFDgpj      y\n");
}

}  // namespace
}  // namespace bellwether::ctl::text_table_test
