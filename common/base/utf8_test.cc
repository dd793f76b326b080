#include "common/base/utf8.h"

#include "gtest/gtest.h"

namespace bellwether::utf8_test {
namespace {

TEST(Utf8, CountsCharacters) {
  EXPECT_EQ(Utf8Length(""), 0u);
  EXPECT_EQ(Utf8Length("a\u00e9\u4e2d\U0001F600"), 4u);
  EXPECT_EQ(Utf8Length("\U0010FFFF"), 1u);
}

TEST(Utf8, KnowsWhatIsNotWellFormed) {
  for (const char* text :
       {"\x80", "\xc2", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe4\xb8", "a\xff", "\xc3\x28"}) {
    EXPECT_EQ(Utf8Length(text), std::nullopt);
  }
}

TEST(Utf8, EveryByteOfNoCharacterBecomesTheReplacementCharacter) {
  EXPECT_EQ(ToUtf8("a\u4e2d"), "a\u4e2d");
  EXPECT_EQ(ToUtf8("a\xff"
                   "b\xe4\xb8"),
            "a\ufffd"
            "b\ufffd\ufffd");
  EXPECT_EQ(ToUtf8("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");
}

}  // namespace
}  // namespace bellwether::utf8_test
