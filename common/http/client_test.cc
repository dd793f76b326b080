#include "common/http/client.h"

#include <cstdlib>
#include <stop_token>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/http/testing/http_receiver.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::http::client_test {
namespace {

using testing::HttpReceiver;
using testing::ReceivedRequest;
using testing::ReceiverAnswer;
using ::testing::StartsWith;

Request To(const HttpReceiver& receiver) {
  return {.url = *ParseUrl(receiver.url()), .body = "{}"};
}

std::string ReasonOf(const absl::StatusOr<Response>& response) {
  const auto detail = DetailOf(response.status());
  return detail.has_value() ? detail->reason : "";
}

HttpReceiver::Script Always(ReceiverAnswer answer) {
  return [answer = std::move(answer)](size_t, const ReceivedRequest&) { return answer; };
}

TEST(HttpClient, SendsHeadersAndBodyAndReadsTheHead) {
  HttpReceiver receiver(Always({.status = 503, .headers = {{"Retry-After", "7"}}}));
  Request request = To(receiver);
  request.headers = {{"Content-Type", "application/json"}, {"X-Key", "one: two"}};
  const auto response = Client({.user_agent = "test"}).Post(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 503) << "every status is an answer";
  EXPECT_EQ(response->Header("retry-after"), "7");
  EXPECT_FALSE(response->Header("date").has_value());
  const ReceivedRequest received = receiver.received().at(0);
  EXPECT_EQ(received.target, "/hook");
  EXPECT_EQ(received.body, "{}");
  EXPECT_EQ(received.headers.at("content-type"), "application/json");
  EXPECT_EQ(received.headers.at("x-key"), "one: two");
  EXPECT_EQ(received.headers.at("user-agent"), "test");
  EXPECT_EQ(received.headers.at("host"), request.url.Authority());
}

TEST(HttpClient, SendsABodyOfAnySizeWithoutAskingFirst) {
  HttpReceiver receiver;
  Request request = To(receiver);
  request.body = std::string(900'000, 'x') + std::string("\0y", 2);
  ASSERT_TRUE(Client().Post(request).ok());
  EXPECT_EQ(receiver.received().at(0).body, request.body);
  EXPECT_FALSE(receiver.received().at(0).headers.contains("expect"));
}

TEST(HttpClient, SendsNothingOnceItsTimeIsUp) {
  HttpReceiver receiver;
  const Url url = *ParseUrl(receiver.url());
  EXPECT_EQ(ReasonOf(Client().Post({.url = url, .timeout = absl::ZeroDuration()})), kNotSent);
  EXPECT_TRUE(Client().Post({.url = url, .body = "in time"}).ok());
  ASSERT_EQ(receiver.count(), 1u);
  EXPECT_EQ(receiver.received()[0].body, "in time");
}

TEST(HttpClient, SilenceMayHaveBeenReceived) {
  HttpReceiver receiver(Always({.silent = true}));
  Request request = To(receiver);
  request.timeout = absl::Milliseconds(50);
  const auto response = Client().Post(request);
  EXPECT_EQ(ReasonOf(response), kNoAnswer);
  EXPECT_EQ(response.status().message(), "timed out");
  EXPECT_TRUE(IsRetryable(response.status()));
}

TEST(HttpClient, WhereNobodyListensNothingWasSent) {
  std::string url;
  {
    HttpReceiver gone;
    url = gone.url();
  }
  const auto response = Client().Post({.url = *ParseUrl(url)});
  EXPECT_EQ(ReasonOf(response), kNotSent);
  EXPECT_THAT(std::string(response.status().message()), StartsWith("connect: "));
  EXPECT_TRUE(IsRetryable(response.status()));
}

TEST(HttpClient, ANameThatNobodyKnowsIsSaidToBeThat) {
  // No name has so long a part: the answer needs no network.
  const std::string nobody(64, 'x');
  const auto response = Client().Post({.url = *ParseUrl(absl::StrCat("http://", nobody, "/path"))});
  EXPECT_EQ(ReasonOf(response), kNotSent);
  EXPECT_THAT(std::string(response.status().message()), StartsWith("resolve: "));
}

TEST(HttpClient, FollowsNoRedirect) {
  HttpReceiver elsewhere;
  HttpReceiver receiver(Always({.status = 307, .headers = {{"Location", elsewhere.url()}}}));
  EXPECT_EQ(Client().Post(To(receiver))->status, 307);
  EXPECT_EQ(elsewhere.count(), 0u);
}

TEST(HttpClient, ReadsABodyUpToItsLimitAndNoFurther) {
  HttpReceiver receiver(Always({.body = "0123456789"}));
  Request request = To(receiver);
  EXPECT_EQ(Client().Post(request)->body, "") << "nobody asked for it";
  request.response_bytes_max = 10;
  EXPECT_EQ(Client().Post(request)->body, "0123456789");
  request.response_bytes_max = 9;
  const auto response = Client().Post(request);
  EXPECT_EQ(ReasonOf(response), kAnswerTooLarge);
  EXPECT_FALSE(IsRetryable(response.status()));
}

TEST(HttpClient, AHeadHasALimitToo) {
  HttpReceiver receiver(Always({.headers = {{"X-Long", std::string(20'000, 'x')}}}));
  EXPECT_EQ(ReasonOf(Client().Post(To(receiver))), kAnswerTooLarge);
}

TEST(HttpClient, AStopEndsTheWaitAtOnce) {
  std::stop_source stop;
  HttpReceiver receiver([&](size_t, const ReceivedRequest&) {
    stop.request_stop();
    return ReceiverAnswer{.silent = true};
  });
  Request request = To(receiver);
  request.timeout = absl::Hours(1);
  EXPECT_EQ(ReasonOf(Client().Post(request, stop.get_token())), kCancelled);
}

// The proxy is asked for the whole address.
class HttpProxyTest : public ::testing::Test {
 protected:
  ~HttpProxyTest() override { unsetenv("http_proxy"); }
  HttpReceiver proxy_;
  HttpReceiver receiver_;
};

TEST_F(HttpProxyTest, IsUsedWhereConfigured) {
  const Client client({.proxy = proxy_.url("")});
  ASSERT_TRUE(client.Post(To(receiver_)).ok());
  EXPECT_EQ(receiver_.count(), 0u);
  EXPECT_EQ(proxy_.received().at(0).target, receiver_.url());
}

TEST_F(HttpProxyTest, OfTheEnvironmentIsNone) {
  setenv("http_proxy", proxy_.url("").c_str(), 1);
  ASSERT_TRUE(Client().Post(To(receiver_)).ok());
  EXPECT_EQ(proxy_.count(), 0u);
  EXPECT_EQ(receiver_.count(), 1u);
}

}  // namespace
}  // namespace bellwether::http::client_test
