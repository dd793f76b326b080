#include "services/imports/domain/cell_text.h"

#include <gtest/gtest.h>

namespace bellwether::imports::cell_text_test {
namespace {

TEST(CellText, LeavesPlainTextAsItIs) {
  for (const char* text : {"", "Anda", "Ruiheng Precision", "海川医疗器械", "00123"}) {
    const CleanText clean = Clean(text);
    EXPECT_EQ(clean.text, text);
    EXPECT_FALSE(clean.changed) << text;
  }
  EXPECT_EQ(Clean("  padded ").text, "padded");
  EXPECT_FALSE(Clean("  padded ").changed) << "blanks that everybody expects";
}

TEST(CellText, MakesOneNameOfThoseThatLookAlike) {
  for (const char* text :
       {"海川医疗器械\xE3\x80\x80", "\xC2\xA0海川医疗器械", "\xE2\x80\x82海川医疗器械 "}) {
    EXPECT_EQ(Clean(text).text, "海川医疗器械");
    EXPECT_TRUE(Clean(text).changed);
  }
  EXPECT_EQ(Clean("Kaida  \xC2\xA0 A").text, "Kaida A");
  EXPECT_TRUE(Clean("Kaida  A").changed);
  // An accent of its own, and one with its letter.
  EXPECT_EQ(Clean("Cafe\xCC\x81").text, "Caf\xC3\xA9");
  EXPECT_EQ(Clean("Caf\xC3\xA9").text, "Caf\xC3\xA9");
  EXPECT_FALSE(Clean("Caf\xC3\xA9").changed);
}

}  // namespace
}  // namespace bellwether::imports::cell_text_test
