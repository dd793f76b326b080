#include "common/connect/bridge.h"

#include "absl/strings/escaping.h"
#include "common/connect/gzip.h"
#include "common/connect/protocol.h"
#include "common/http/server.h"
#include "common/http/testing/raw_client.h"
#include "common/rpc/testing/server_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::connect::bridge_test {
namespace {

using http::RawClient;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

namespace v1 = ::bellwether::alerts::v1;

constexpr size_t kMessageMax = 1'000;

// The fixture's service behind a bridge, asked in plain HTTP.
class BridgeTest : public rpc::ServerTest {
 protected:
  void StartBridge(absl::Duration unary_time_max = rpc::kDeadline) {
    Start();
    bridge_ = std::make_unique<Bridge>(
        BridgeOptions{.channel = [this] { return server_->LoopbackChannel(); },
                      .message_bytes_max = kMessageMax,
                      .unary_time_max = unary_time_max,
                      .admit =
                          [](const http::ServerRequest&, bool changes) {
                            return changes ? Error(absl::StatusCode::kPermissionDenied,
                                                   {"NO_CHANGES", "", ""}, "look, do not touch")
                                           : absl::OkStatus();
                          }});
    routes_ = http_.router().Add({{.path = "/*",
                                   .body_bytes_max = 2 * kMessageMax,
                                   .handler = [this](std::unique_ptr<http::Exchange> exchange) {
                                     bridge_->Handle(std::move(exchange));
                                   }}});
    ASSERT_TRUE(http_.Start().ok());
  }

  void TearDown() override {
    rpc::ServerTest::TearDown();
    http_.Stop();
    routes_.reset();
    bridge_.reset();
  }

  RawClient& client() {
    if (client_ == nullptr) client_ = std::make_unique<RawClient>(http_.port());
    return *client_;
  }
  static std::string Head(absl::string_view method, absl::string_view content_type,
                          absl::string_view body, absl::string_view more = "") {
    return absl::StrCat("POST /bellwether.alerts.v1.AlertsService/", method,
                        " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ",
                        content_type, "\r\nContent-Length: ", body.size(), "\r\n", more, "\r\n");
  }
  std::string Post(absl::string_view method, absl::string_view content_type, absl::string_view body,
                   absl::string_view more = "") {
    return client().Exchange(absl::StrCat(Head(method, content_type, body, more), body));
  }
  std::string Get(absl::string_view method, absl::string_view query) {
    return client().Get(absl::StrCat("/bellwether.alerts.v1.AlertsService/", method, "?", query));
  }

  metrics::Registry http_metrics_;
  http::Server http_{{}, http_metrics_};
  std::unique_ptr<Bridge> bridge_;
  std::unique_ptr<http::Router::Registration> routes_;
  std::unique_ptr<RawClient> client_;
};

TEST_F(BridgeTest, AnswersJsonWithJsonAndProtobufWithProtobuf) {
  StartBridge();
  const std::string json = Post("GetAlert", "application/json", R"({"name": "a"})");
  EXPECT_THAT(json, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(json, HasSubstr("content-type: application/json\r\n"));
  EXPECT_THAT(json, HasSubstr(R"("name":"a")"));
  v1::GetAlertRequest request;
  request.set_name("b");
  const std::string proto = Post("GetAlert", "application/proto", request.SerializeAsString());
  v1::Alert alert;
  ASSERT_TRUE(alert.ParseFromString(proto.substr(proto.find("\r\n\r\n") + 4)));
  EXPECT_EQ(alert.name(), "b");
}

TEST_F(BridgeTest, AnswersGetOfMethodsThatOnlyRead) {
  StartBridge();
  EXPECT_THAT(Get("GetAlert", "connect=v1&encoding=json&message=%7B%22name%22%3A%22a%22%7D"),
              HasSubstr(R"("name":"a")"));
  EXPECT_THAT(Get("AcknowledgeAlert", "connect=v1&encoding=json&message=%7B%7D"),
              StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(Get("GetAlert", "connect=v1&encoding=xml&message="), StartsWith("HTTP/1.1 415"));
  EXPECT_THAT(Get("GetAlert", "connect=v2&encoding=json&message=%7B%7D"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Get("GetAlert", "connect=v1&encoding=json"), HasSubstr("MESSAGE_MISSING"));
  EXPECT_THAT(Get("GetAlert", "connect=v1&encoding=json&message=%7B%7D%zz"),
              HasSubstr("PARAMETER_MALFORMED"));
}

TEST_F(BridgeTest, TellsARefusalWithItsCodeItsDetailAndItsTrailers) {
  StartBridge();
  const std::string answer = Post("GetAlert", "application/json", R"({"name": "absent"})");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(answer, HasSubstr("trailer-bellwether-reason: ALERT_NOT_FOUND\r\n"));
  EXPECT_THAT(answer, HasSubstr(R"("code":"not_found","message":"no such alert")"));
  EXPECT_THAT(answer, HasSubstr(R"("debug":{"reason":"ALERT_NOT_FOUND")"));
}

TEST_F(BridgeTest, AsksWhetherAChangeMayBeMade) {
  StartBridge();
  const std::string answer = Post("AcknowledgeAlert", "application/json", "{}");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(answer, HasSubstr("NO_CHANGES"));
}

TEST_F(BridgeTest, RefusesWhatIsNoCallOfAMethod) {
  StartBridge();
  EXPECT_THAT(client().Get("/bellwether.alerts.v1.AlertsService/Nothing"),
              StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(client().Get("/nothing"), HasSubstr(R"({"code":"unimplemented")"));
  EXPECT_THAT(Post("GetAlert", "text/plain", "{}"), StartsWith("HTTP/1.1 415"));
  EXPECT_THAT(Post("GetAlert", "application/json; charset=gbk", "{}"), StartsWith("HTTP/1.1 415"));
  EXPECT_THAT(Post("GetAlert", "application/connect+json", "{}"), StartsWith("HTTP/1.1 415"));
  EXPECT_THAT(Post("WatchAlerts", "application/json", "{}"), StartsWith("HTTP/1.1 415"));
}

TEST_F(BridgeTest, RefusesWhatIsNotStrictlyJsonOfTheRequest) {
  StartBridge();
  for (const char* body :
       {"", "{", "{'name': 'a'}", R"({"name": "a", "name": "b"})", R"({"name": "a",})",
        "{\"name\": \"\xff\"}", R"({"name": 1})", R"({"nom": "a"})", "[]"}) {
    EXPECT_THAT(Post("GetAlert", "application/json", body), StartsWith("HTTP/1.1 400")) << body;
  }
  EXPECT_THAT(
      Post("GetAlert", "application/json",
           absl::StrCat(std::string(kMessageMax / 2, '['), std::string(kMessageMax / 2, ']'))),
      HasSubstr("MALFORMED_JSON"))
      << "however deep it nests";
}

TEST_F(BridgeTest, InflatesRequestsWithinTheirLimit) {
  StartBridge();
  EXPECT_THAT(
      Post("GetAlert", "application/json", Gzip(R"({"name": "a"})"), "Content-Encoding: gzip\r\n"),
      HasSubstr(R"("name":"a")"));
  EXPECT_THAT(Post("GetAlert", "application/json", Gzip(std::string(100 * kMessageMax, ' ')),
                   "Content-Encoding: gzip\r\n"),
              StartsWith("HTTP/1.1 429"));
  EXPECT_THAT(Post("GetAlert", "application/json", "{}", "Content-Encoding: gzip\r\n"),
              HasSubstr("MALFORMED_GZIP"));
  EXPECT_THAT(Post("GetAlert", "application/json", "{}", "Content-Encoding: br\r\n"),
              HasSubstr("supported are gzip, identity"));
  EXPECT_THAT(Post("GetAlert", "application/json", std::string(kMessageMax + 1, ' ')),
              StartsWith("HTTP/1.1 429"));
  EXPECT_THAT(Post("GetAlert", "application/json", std::string(2 * kMessageMax + 1, ' ')),
              StartsWith("HTTP/1.1 429"))
      << "not even read";
}

TEST_F(BridgeTest, KeepsTheClientsDeadlineAndItsOwn) {
  StartBridge(absl::Milliseconds(50));
  EXPECT_THAT(Post("GetAlert", "application/json", R"({"name": "wait"})"),
              StartsWith("HTTP/1.1 504"));
  EXPECT_THAT(
      Post("GetAlert", "application/json", R"({"name": "wait"})", "Connect-Timeout-Ms: 60\r\n"),
      HasSubstr("deadline_exceeded"));
  EXPECT_THAT(Post("GetAlert", "application/json", "{}", "Connect-Timeout-Ms: 12345678901\r\n"),
              HasSubstr("TIMEOUT_INVALID"));
  service_->may_answer.Notify();
}

TEST_F(BridgeTest, CancelsTheCallOfAClientThatLeaves) {
  StartBridge();
  {
    auto socket = client().Open();
    const std::string body = R"({"name": "wait"})";
    RawClient::Send(socket, absl::StrCat(Head("GetAlert", "application/json", body), body));
    ASSERT_TRUE(Await([&] { return service_->latest.load() != nullptr; }));
  }
  EXPECT_TRUE(Await([&] { return service_->latest.load()->IsCancelled(); }));
  service_->may_answer.Notify();
}

TEST_F(BridgeTest, StreamsChangesFromItsHeadToItsEnd) {
  StartBridge();
  auto socket = client().Open();
  const std::string body = Envelope(0, "{}");
  RawClient::Send(socket,
                  absl::StrCat(Head("WatchAlerts", "application/connect+json", body), body));
  const std::string head = RawClient::ReadUntil(socket, "\r\n\r\n");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(head, HasSubstr("content-type: application/connect+json"));
  ASSERT_TRUE(Await([&] { return service_->hub.watchers() == 1; }));
  service_->hub.Publish("a", rpc::FakeAlerts::Change("a", "text"));
  EXPECT_THAT(RawClient::ReadUntil(socket, "\"text\""), HasSubstr(R"("name":"a")"));
  server_->streams().Drain();
  const std::string end = RawClient::ReadAll(socket);
  EXPECT_THAT(end, HasSubstr(R"({"error":{"code":"unavailable")"));
  EXPECT_THAT(end, HasSubstr(R"("bellwether-reason":["DRAINING"])"));
  EXPECT_THAT(end, EndsWith("0\r\n\r\n"));
}

TEST_F(BridgeTest, RefusesAStreamsRequestInItsLastEnvelope) {
  StartBridge();
  for (const std::string& body :
       {std::string(), Envelope(0, "{}") + Envelope(0, "{}"), std::string("\0\0", 2),
        Envelope(0, "{}").substr(0, 6), Envelope(4, "{}"), Envelope(kCompressedFlag, "{}")}) {
    const std::string answer = Post("WatchAlerts", "application/connect+json", body);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200")) << absl::CHexEscape(body);
    EXPECT_THAT(answer, HasSubstr(R"({"error":{"code":")")) << absl::CHexEscape(body);
  }
}

TEST_F(BridgeTest, PassesHeadersOnAsMetadata) {
  StartBridge();
  const std::string answer = Post("GetAlert", "application/json", R"({"name": "a"})",
                                  "bellwether-principal: \xc3\xa9\r\n");
  EXPECT_THAT(answer, HasSubstr("HEADER_INVALID"));
  EXPECT_THAT(
      Post("GetAlert", "application/json", R"({"name": "a"})", "bellwether-principal: %zz\r\n"),
      HasSubstr("PRINCIPAL_INVALID"));
}

}  // namespace
}  // namespace bellwether::connect::bridge_test
