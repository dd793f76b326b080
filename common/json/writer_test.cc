#include "common/json/writer.h"

#include <cmath>
#include <limits>
#include <utility>

#include "common/json/json.h"
#include "gtest/gtest.h"

namespace bellwether::json::writer_test {
namespace {

TEST(JsonWriter, WritesEveryKindOfValue) {
  Writer json;
  json.BeginObject().Name("a").BeginList().Integer(std::numeric_limits<int64_t>::min());
  json.Number(0.5).Number(std::nan("")).Bool(true).Null().EndList();
  json.Name("b").BeginObject().EndObject().Name("c").Text("").EndObject();
  EXPECT_EQ(std::move(json).Take(),
            R"({"a":[-9223372036854775808,0.5,null,true,null],"b":{},"c":""})");
}

TEST(JsonWriter, WritesTextsThatAreReadAsTheyWere) {
  std::string text = "\x01\x1f \"\\/\b\f\n\r\t\x7f\u4e2d\U0001F600";
  text.push_back('\0');
  Writer json;
  json.Text(text);
  const auto value = Parse(std::move(json).Take());
  ASSERT_TRUE(value.ok()) << value.status();
  EXPECT_EQ(value->text, text);
}

TEST(JsonWriter, WritesADocumentAlsoOfWhatIsNoText) {
  Writer json;
  json.Text("a\xff");
  EXPECT_EQ(std::move(json).Take(), "\"a\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace bellwether::json::writer_test
