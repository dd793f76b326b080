#include "services/gateway/domain/json.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::json_test {
namespace {

using Kind = JsonValue::Kind;

TEST(Json, KeepsEveryKindOfValue) {
  const auto value = ParseJson(
      R"( {"a": null, "b": [true, false, -0.50e+2], "c": {"d": "x"}, "": "", "n": 12.0} )");
  ASSERT_TRUE(value.ok()) << value.status();
  ASSERT_EQ(value->members.size(), 5u);
  EXPECT_EQ(value->Find("a")->kind, Kind::kNull);
  const JsonValue& list = *value->Find("b");
  ASSERT_EQ(list.items.size(), 3u);
  EXPECT_EQ(list.items[0].kind, Kind::kTrue);
  EXPECT_EQ(list.items[1].kind, Kind::kFalse);
  EXPECT_EQ(list.items[2].kind, Kind::kNumber);
  EXPECT_EQ(list.items[2].text, "-0.50e+2");
  EXPECT_EQ(value->Find("c")->Find("d")->text, "x");
  EXPECT_EQ(value->Find("")->kind, Kind::kText);
  EXPECT_EQ(value->Find("n")->text, "12.0") << "as written, so that 12.0 is not taken for 12";
  EXPECT_EQ(value->Find("z"), nullptr);
}

TEST(Json, TakesSingleValuesAndEmptyContainers) {
  for (const char* document : {"1", "\"x\"", "null", " [] ", "{}", "[ ]", "{ }", "-1", "0"}) {
    EXPECT_TRUE(ParseJson(document).ok()) << document;
  }
}

TEST(Json, DecodesEscapes) {
  EXPECT_EQ(ParseJson(R"("\"\\\/\b\f\n\r\t")")->text, "\"\\/\b\f\n\r\t");
  EXPECT_EQ(ParseJson(R"("\u0041\u00e9\u4E2D\ud83d\ude00")")->text, "A\u00e9\u4e2d\U0001F600");
  EXPECT_EQ(ParseJson(R"("\u0000")")->text, std::string(1, '\0'));
}

TEST(Json, RefusesWhatIsNotOneDocument) {
  for (const char* document : {"",
                               " ",
                               "{",
                               "}",
                               "[",
                               "[1",
                               "[1,",
                               "[1,]",
                               "[,1]",
                               "{,}",
                               "{\"a\"}",
                               "{\"a\":}",
                               "{\"a\":1,}",
                               "{\"a\":1 \"b\":2}",
                               "{a:1}",
                               "{'a':1}",
                               "{1:2}",
                               "[1 2]",
                               "1 2",
                               "nul",
                               "True",
                               "NaN",
                               "Infinity",
                               "-",
                               "+1",
                               "01",
                               "-01",
                               "1.",
                               ".5",
                               "1.e5",
                               "1e",
                               "1e+",
                               "0x10",
                               "\"",
                               "\"\\",
                               "\"\\x\"",
                               "\"\\u12\"",
                               "\"\\u123g\"",
                               "\"\\ud800\"",
                               "\"\\ud800\\u0041\"",
                               "\"\\udc00\"",
                               "\"a\nb\"",
                               "[1]]",
                               "{\"a\":1}}",
                               "/* no */ 1",
                               "{\"a\":1,\"a\":2}",
                               "\xef\xbb\xbf{}",
                               "\"\xff\"",
                               "\"\xc0\x80\"",
                               "\"\xed\xa0\x80\""}) {
    const auto value = ParseJson(document);
    ASSERT_FALSE(value.ok()) << document;
    EXPECT_EQ(DetailOf(value.status())->reason, "MALFORMED_JSON") << document;
  }
  EXPECT_FALSE(ParseJson(absl::string_view("1\0", 2)).ok());
}

TEST(Json, SaysWhereItIsWrong) {
  EXPECT_NE(ParseJson("{\"a\":1,}").status().message().find("byte 7"), absl::string_view::npos);
}

TEST(Json, IsNotNestedDeeperThanItsLimit) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(ParseJson(nested(kJsonDepthMax)).ok());
  EXPECT_FALSE(ParseJson(nested(kJsonDepthMax + 1)).ok());
  EXPECT_FALSE(ParseJson(std::string(1'000'000, '[')).ok());
}

TEST(Json, CutAnywhereIsMalformed) {
  const std::string whole = R"({"type":"a","data":[{"b":-1.5e3,"c":"\u4e2d"},true,null]})";
  ASSERT_TRUE(ParseJson(whole).ok());
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_FALSE(ParseJson(whole.substr(0, size)).ok()) << size;
  }
}

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

}  // namespace
}  // namespace bellwether::gateway::json_test
