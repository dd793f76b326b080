#include "common/json/json.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "gtest/gtest.h"

namespace bellwether::json::json_test {
namespace {

using Kind = Value::Kind;

TEST(Json, KeepsEveryKindOfValue) {
  const auto value =
      Parse(R"( {"a": null, "b": [true, false, -0.50e+2], "c": {"d": "x"}, "": "", "n": 12.0} )");
  ASSERT_TRUE(value.ok()) << value.status();
  ASSERT_EQ(value->members.size(), 5u);
  EXPECT_EQ(value->Find("a")->kind, Kind::kNull);
  const Value& list = *value->Find("b");
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
    EXPECT_TRUE(Parse(document).ok()) << document;
  }
}

TEST(Json, DecodesEscapes) {
  EXPECT_EQ(Parse(R"("\"\\\/\b\f\n\r\t")")->text, "\"\\/\b\f\n\r\t");
  EXPECT_EQ(Parse(R"("\u0041\u00e9\u4E2D\ud83d\ude00")")->text, "A\u00e9\u4e2d\U0001F600");
  EXPECT_EQ(Parse(R"("\u0000")")->text, std::string(1, '\0'));
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
    const auto value = Parse(document);
    ASSERT_FALSE(value.ok()) << document;
    EXPECT_EQ(DetailOf(value.status())->reason, "MALFORMED_JSON") << document;
    EXPECT_EQ(Validate(document), value.status()) << document;
  }
  EXPECT_FALSE(Parse(absl::string_view("1\0", 2)).ok());
}

TEST(Json, SaysWhereItIsWrong) {
  EXPECT_NE(Parse("{\"a\":1,}").status().message().find("byte 7"), absl::string_view::npos);
}

TEST(Json, IsNotNestedDeeperThanItsLimit) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(Parse(nested(Limits().depth_max)).ok());
  EXPECT_FALSE(Parse(nested(Limits().depth_max + 1)).ok());
  EXPECT_FALSE(Parse(std::string(1'000'000, '[')).ok());
}

TEST(Json, CutAnywhereIsMalformed) {
  const std::string whole = R"({"type":"a","data":[{"b":-1.5e3,"c":"\u4e2d"},true,null]})";
  ASSERT_TRUE(Parse(whole).ok());
  for (size_t size = 0; size < whole.size(); ++size) {
    ASSERT_FALSE(Parse(whole.substr(0, size)).ok()) << size;
  }
}

// The shapes that other readers burn minutes or stacks on.
TEST(Json, RefusesHostileNestingAtOnce) {
  for (const absl::string_view bracket : {"[", "{\"a\":", "[{\"a\":"}) {
    std::string nested;
    for (int i = 0; i < 100'000; ++i) absl::StrAppend(&nested, bracket);
    const auto value = Parse(nested);
    EXPECT_NE(value.status().message().find("nested too deeply"), absl::string_view::npos);
  }
}

TEST(Json, NamesThePathOfWhatIsWrong) {
  const auto field = [](absl::string_view document) {
    EXPECT_EQ(Validate(document), Parse(document).status());
    return DetailOf(Validate(document))->field;
  };
  EXPECT_EQ(field(R"({"a":{"b":[0,{"c":1,"c":2}]}})"), "a.b[1].c") << "repeated at depth";
  EXPECT_EQ(field(R"({"a":[1,2,tru]})"), "a[2]");
  EXPECT_EQ(field(R"({"a":{"b":1e400}})"), "a.b") << "beyond every double";
  EXPECT_EQ(field(R"({"a":{"b":"\udc00"}})"), "a.b") << "half a surrogate pair";
  EXPECT_EQ(field(R"({"a":["x","\ud800"]})"), "a[1]");
  EXPECT_EQ(field("{\"a\":\"\xc0\xaf\"}"), "a") << "an overlong form";
  EXPECT_EQ(field("{\"a\":[[1],[2],[3,"), "a[2][1]");
  EXPECT_EQ(field("\xef\xbb\xbf{}"), "") << "a byte order mark";
  EXPECT_LE(field("{\"" + std::string(1'000, 'x') + "\":!}").size(), kPathBytesMax);
}

TEST(Json, NamesTheRuleItRefusesBy) {
  EXPECT_EQ(DetailOf(Parse("{", {.rule = "X1"}).status())->rule, "X1");
}

TEST(Json, KeepsNumbersThatNoIntegerHolds) {
  for (const char* number : {"9223372036854775808", "-9223372036854775809",
                             "123456789012345678901234567890", "1e308", "1.5e-300"}) {
    const auto value = Parse(number);
    ASSERT_TRUE(value.ok()) << value.status();
    EXPECT_EQ(value->text, number);
  }
  for (const char* number : {"1e309", "1e400", "-1e99999999999", "1e+2147483648"}) {
    EXPECT_FALSE(Parse(number).ok()) << number;
  }
}

TEST(Json, IsNotLargerThanItsLimit) {
  EXPECT_TRUE(Parse("[1,2]", {.bytes_max = 5}).ok());
  EXPECT_EQ(DetailOf(Parse("[1,2]", {.bytes_max = 4}).status())->reason, "JSON_TOO_LARGE");
}

TEST(Json, ValidatesWhatItParses) {
  for (const char* document :
       {"1", "\"x\"", "null", " [] ", "{}", R"({"a":[{"b":1},{"b":2}],"b":1})",
        R"({"a":{"a":{"a":[true,false,"\u4e2d",-1.5e3]}}})"}) {
    EXPECT_TRUE(Validate(document).ok()) << document;
  }
  EXPECT_FALSE(Validate(absl::string_view("1\0", 2)).ok());
  EXPECT_FALSE(Validate("[[1]]", {.depth_max = 1}).ok());
  EXPECT_EQ(DetailOf(Validate("[1,2]", {.bytes_max = 4}))->reason, "JSON_TOO_LARGE");
}

TEST(Json, GivesTheTextsOfAListsItems) {
  const auto items = ParseListItems(R"( [ {"a": [1, 2], "b": "],\\" } ,"x,y",[ ], 1.0 ] )");
  ASSERT_TRUE(items.ok()) << items.status();
  EXPECT_THAT(*items,
              ::testing::ElementsAre(R"({"a": [1, 2], "b": "],\\" })", R"("x,y")", "[ ]", "1.0"));
  EXPECT_TRUE(ParseListItems(" [ ] ")->empty());
  EXPECT_FALSE(ParseListItems("{}").ok());
  EXPECT_FALSE(ParseListItems("[1,]").ok());
}

}  // namespace
}  // namespace bellwether::json::json_test
