#include "common/http/message.h"

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::http::message_test {
namespace {

using ::testing::Optional;

TEST(Message, FindsTheFirstHeaderOfAName) {
  const Headers headers = {{"a", "1"}, {"b", "2"}, {"b", "3"}};
  EXPECT_THAT(FindHeader(headers, "b"), Optional(absl::string_view("2")));
  EXPECT_EQ(FindHeader(headers, "c"), std::nullopt);
}

TEST(Message, DecodesParameters) {
  EXPECT_THAT(FindParameter("x=1&name=a%20b%2Bc+d&x=2", "name"), Optional(std::string("a b+c d")));
  EXPECT_THAT(FindParameter("x=1&x=2", "x"), Optional(std::string("1")));
  EXPECT_THAT(FindParameter("flag&x=", "flag"), Optional(std::string()));
  EXPECT_EQ(FindParameter("xx=1", "x"), std::nullopt);
  EXPECT_EQ(FindParameter("x=%2", "x"), std::nullopt);
  EXPECT_EQ(FindParameter("x=%zz", "x"), std::nullopt);
}

TEST(Message, ChecksThatAQuerySaysOneThingOnly) {
  const auto reason = [](absl::string_view query, std::vector<absl::string_view> names) {
    const absl::Status status = CheckQuery(query, names);
    return status.ok() ? "" : DetailOf(status)->reason;
  };
  EXPECT_EQ(reason("", {"a"}), "");
  EXPECT_EQ(reason("a=%7B%7d&b=", {"a", "b"}), "");
  EXPECT_EQ(reason("a=1&c=2", {"a", "b"}), "PARAMETER_UNKNOWN");
  EXPECT_EQ(reason("A=1", {"a"}), "PARAMETER_UNKNOWN");
  EXPECT_EQ(reason("c=2", {}), "");
  EXPECT_EQ(reason("a=1&a=2", {"a"}), "PARAMETER_REPEATED");
  for (const char* query : {"a=%zz", "a=%7B%2", "a=%", "b=1&a=x%"}) {
    EXPECT_EQ(reason(query, {"a", "b"}), "PARAMETER_MALFORMED") << query;
    EXPECT_EQ(reason(query, {}), "PARAMETER_MALFORMED") << query;
    EXPECT_EQ(DetailOf(CheckQuery(query))->field, "a") << query;
  }
}

TEST(Message, FindsAnEtagAmongOthers) {
  for (const char* header : {"\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\" ", "*"}) {
    EXPECT_TRUE(MatchesEtag(header, "\"a\"")) << header;
  }
  for (const char* header : {"", "a", "\"b\"", "W/\"b\", \"aa\""}) {
    EXPECT_FALSE(MatchesEtag(header, "\"a\"")) << header;
  }
}

TEST(Message, KnowsWhichEncodingsAreAccepted) {
  EXPECT_TRUE(AcceptsEncoding("br, GZIP;q=0.001", "gzip"));
  EXPECT_TRUE(AcceptsEncoding("gzip", "gzip"));
  for (const char* header : {"", "br", "gzip;q=0", "gzip; q=0.000", "xgzip"}) {
    EXPECT_FALSE(AcceptsEncoding(header, "gzip")) << header;
  }
  EXPECT_FALSE(AcceptsEncoding(std::nullopt, "gzip"));
}

}  // namespace
}  // namespace bellwether::http::message_test
