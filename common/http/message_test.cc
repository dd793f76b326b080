#include "common/http/message.h"

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
