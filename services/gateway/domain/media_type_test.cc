#include "services/gateway/domain/media_type.h"

#include "gtest/gtest.h"

namespace bellwether::gateway::media_type_test {
namespace {

TEST(MediaType, IsTheSameInEitherCaseAndWithParameters) {
  for (const char* text : {"application/json", "Application/JSON", " application/json ;a=b"}) {
    EXPECT_EQ(ParseMediaType(text).name, "application/json") << text;
    EXPECT_TRUE(ParseMediaType(text).is_utf8()) << text;
  }
  EXPECT_EQ(ParseMediaType("").name, "");
}

TEST(MediaType, KnowsWhatIsBuiltOnJson) {
  EXPECT_TRUE(ParseMediaType("application/json").is_json());
  EXPECT_TRUE(ParseMediaType("application/vnd.acme.fact+json; v=1").is_json());
  for (const char* text : {"", "json", "text/plain", "application/protobuf", "application/jsonl"}) {
    EXPECT_FALSE(ParseMediaType(text).is_json()) << text;
  }
}

TEST(MediaType, SaysInWhichCharacters) {
  for (const char* text :
       {"a/b;charset=utf-8", "a/b; Charset=\"UTF-8\"", "a/b;x=y;charset= utf-8"}) {
    EXPECT_TRUE(ParseMediaType(text).is_utf8()) << text;
  }
  for (const char* text : {"a/b;charset=latin1", "a/b; charset=utf-16", "a/b;charset=\"gbk"}) {
    EXPECT_FALSE(ParseMediaType(text).is_utf8()) << text;
  }
}

}  // namespace
}  // namespace bellwether::gateway::media_type_test
