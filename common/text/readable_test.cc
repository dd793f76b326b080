#include "common/text/readable.h"

#include "common/base/status.h"
#include "common/text/character.h"
#include "gtest/gtest.h"

namespace bellwether::text::readable_test {
namespace {

std::string ReasonOf(absl::string_view text, bool needed = true) {
  const absl::Status status =
      CheckReadable({.field = "name", .rule = "A1", .bytes_max = 64, .needed = needed}, text);
  if (status.ok()) return "OK";
  EXPECT_EQ(DetailOf(status)->field, "name");
  EXPECT_EQ(DetailOf(status)->rule, "A1");
  return DetailOf(status)->reason;
}

TEST(ReadableTexts, AreWrittenInAnyScript) {
  for (const char* text :
       {"Acme", "华东重工", "Société Générale", "e\u0301", "Đặng", "دانش‌نامه", "हिन्दी",
        "👩‍🔬 lab", "A", "株式会社　山田"}) {
    EXPECT_EQ(ReasonOf(text), "OK") << text;
  }
}

TEST(ReadableTexts, AreNotBlanksOfAnyWidth) {
  for (const char* text : {"", " ", "\u3000\u3000", "\u00A0", "\u2003 \u2009"}) {
    EXPECT_EQ(ReasonOf(text), "FIELD_MISSING") << text;
  }
  EXPECT_EQ(ReasonOf("", false), "OK") << "what is not needed may be left out";
  EXPECT_EQ(ReasonOf("\u3000", false), "TEXT_SHOWS_NOTHING");
}

TEST(ReadableTexts, HaveNoCharactersThatShowNothing) {
  for (const char* text : {"\u200B", "Ac\u200Bme", "\uFEFFAcme", "\u2060", "\u00AD", "\u3164",
                           "\u115F\u1160", "\u2800", "\u180E", "\U000E0041"}) {
    EXPECT_EQ(ReasonOf(text), "TEXT_HAS_INVISIBLE_CHARACTERS") << text;
    EXPECT_EQ(ReasonOf(text, false), "TEXT_HAS_INVISIBLE_CHARACTERS") << text;
  }
}

TEST(ReadableTexts, HaveNoControls) {
  for (const char* text : {"a\nb", "a\x1B[2J", "\u0085", "a\u009Bb", "a\x7F", "a\u2028b"}) {
    EXPECT_EQ(ReasonOf(text), "TEXT_HAS_CONTROL_CHARACTERS");
  }
  EXPECT_EQ(ReasonOf(absl::string_view("a\0b", 3)), "TEXT_HAS_CONTROL_CHARACTERS");
  for (const char* text : {"acme\u202Egpj", "\u2066x\u2069", "\u200Fx", "a\u061Cb"}) {
    EXPECT_EQ(ReasonOf(text), "TEXT_HAS_DIRECTION_CONTROLS");
  }
}

TEST(ReadableTexts, CarryTheirMarks) {
  for (const char* text :
       {"\u0301", "\u0301\u0302", "\u200D", "\u200Cx", " \u0301", "\uFE0F", "a \u200Db"}) {
    EXPECT_EQ(ReasonOf(text), "TEXT_SHOWS_NOTHING") << text;
  }
}

TEST(ReadableTexts, AreUtf8OfABoundedLength) {
  EXPECT_EQ(ReasonOf(std::string(64, 'x')), "OK");
  EXPECT_EQ(ReasonOf(std::string(65, 'x')), "TEXT_TOO_LONG");
  for (const char* text :
       {"\xFF", "a\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\x9B"}) {
    EXPECT_EQ(ReasonOf(text), "TEXT_NOT_UTF8");
  }
}

TEST(TidiedTexts, HaveOnePlainBlankWhereBlanksWere) {
  EXPECT_EQ(Tidied("  Acme \u3000 Ltd.\u00A0"), "Acme Ltd.");
  EXPECT_EQ(Tidied("株式会社\u3000山田"), "株式会社 山田");
  EXPECT_EQ(Tidied("\u3000"), "");
  EXPECT_EQ(Tidied("Acme"), "Acme");
  EXPECT_EQ(Tidied("a\nb"), "a\nb") << "a control is refused, not mended";
}

TEST(PrintableTexts, ObeyNoControl) {
  EXPECT_EQ(Printable("a\nb\x1B[2J\u009B"), "a b [2J ");
  EXPECT_EQ(Printable("acme\u202Egpj"), "acme\uFFFDgpj");
  EXPECT_EQ(Printable("a\x9B"
                      "b\xFF"),
            "a\uFFFDb\uFFFD");
  EXPECT_EQ(Printable("健康度 👍🏽"), "健康度 👍🏽");
}

TEST(DisplayWidth, CountsTerminalColumns) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("健康度"), 6);
  EXPECT_EQ(DisplayWidth("한글"), 4);
  EXPECT_EQ(DisplayWidth("ｱ"), 1) << "halfwidth katakana";
  EXPECT_EQ(DisplayWidth("Ａ"), 2);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
  EXPECT_EQ(DisplayWidth("हि"), 2) << "a spacing vowel sign";
  EXPECT_EQ(DisplayWidth("a\u200Bb"), 2);
}

TEST(DisplayWidth, KnowsEmoji) {
  EXPECT_EQ(DisplayWidth("👍"), 2);
  EXPECT_EQ(DisplayWidth("👍🏽"), 2) << "with a skin tone";
  EXPECT_EQ(DisplayWidth("👩‍🔬"), 2) << "joined";
  EXPECT_EQ(DisplayWidth("🇨🇳"), 2) << "a flag of two letters";
  EXPECT_EQ(DisplayWidth("⭐"), 2);
  EXPECT_EQ(DisplayWidth("❤"), 1);
  EXPECT_EQ(DisplayWidth("❤\uFE0F"), 2);
  EXPECT_EQ(DisplayWidth("→"), 1);
}

}  // namespace
}  // namespace bellwether::text::readable_test
