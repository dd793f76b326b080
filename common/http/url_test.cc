#include "common/http/url.h"

#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::http::url_test {
namespace {

TEST(HttpUrl, ReadsHostPortAndTarget) {
  const Url url = *ParseUrl("https://hooks.example.com:8443/a/b?c=d");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.host, "hooks.example.com");
  EXPECT_EQ(url.port, "8443");
  EXPECT_EQ(url.target, "/a/b?c=d");
  EXPECT_EQ(ParseUrl("http://example.com")->target, "/");
  EXPECT_EQ(ParseUrl("http://example.com?q=1")->target, "/?q=1");
  EXPECT_EQ(ParseUrl("http://[::1]:80/x")->host, "::1");
  EXPECT_EQ(ParseUrl("http://[::1]/x")->Authority(), "[::1]");
  EXPECT_EQ(ParseUrl("https://example.com/x")->port, "443");
}

TEST(HttpUrl, IsWrittenAsItWasRead) {
  for (const char* url : {"http://example.com/", "https://[::1]:8443/a/../b?c=%20d&e",
                          "http://127.0.0.1:80/x", "https://example.com/?"}) {
    EXPECT_EQ(ParseUrl(url)->ToString(), url);
  }
}

TEST(HttpUrl, RefusesWhatIsNoPlaceToSendTo) {
  for (const char* url : {"ftp://example.com", "example.com", "http://", "http://user@example.com",
                          "http://example.com/#part", "http://example.com:0", "http://[::1",
                          "http://example.com/a b", "http://example.com:99999", "http:///a/b",
                          "http://:80/", "HTTP:example.com", "http://example.com:-1", "",
                          "http://user:password@example.com", "http://example.com\\@elsewhere"}) {
    const absl::StatusOr<Url> parsed = ParseUrl(url);
    ASSERT_FALSE(parsed.ok()) << url;
    EXPECT_EQ(DetailOf(parsed.status())->reason, "URL_INVALID") << url;
  }
}

}  // namespace
}  // namespace bellwether::http::url_test
