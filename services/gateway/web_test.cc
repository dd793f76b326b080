// What the gateway serves over HTTP.
#include <filesystem>
#include <fstream>

#include "common/http/testing/raw_client.h"
#include "gmock/gmock.h"
#include "services/gateway/testing/app_fixture.h"

namespace bellwether::gateway::web_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kStructured[] = "application/cloudevents+json";
constexpr char kBatch[] = "application/cloudevents-batch+json";

class WebTest : public GatewayTest {
 protected:
  std::string Post(absl::string_view path, absl::string_view content_type, absl::string_view body,
                   absl::string_view more = "") {
    return http::RawClient(gateway_->http_port())
        .Exchange(absl::StrCat(
            "POST ", path, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ",
            content_type, "\r\nContent-Length: ", body.size(), "\r\n", more, "\r\n", body));
  }
  std::string Get(absl::string_view path, absl::string_view host = "localhost") {
    return http::RawClient(gateway_->http_port())
        .Exchange(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: ", host,
                               "\r\nConnection: close\r\n\r\n"));
  }
  static std::string Event(absl::string_view id, absl::string_view amount = "100") {
    return absl::StrCat(R"({"specversion": "1.0", "type": "bellwether.fact.order_placed.v1",)",
                        R"( "source": "web", "id": ")", id, R"(", "subject": "acme", "time": ")",
                        absl::FormatTime(absl::RFC3339_sec, kSampleTime, absl::UTCTimeZone()),
                        R"(", "data": {"order_placed": {"order_id": "1", "amount": )",
                        R"({"currency_code": "CNY", "amount_minor": )", amount, "}}}}");
  }
};

TEST_F(WebTest, TakesAnEventOverHttpIntoTheJournal) {
  Start();
  const std::string answer = Post("/v1/events", kStructured, Event("1"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("ANSWER_STATE_ACCEPTED"));
  EXPECT_THAT(Facts(), SizeIs(1));
}

TEST_F(WebTest, SaysWhyAnEventIsRefused) {
  Start();
  const std::string answer = Post("/v1/events", kStructured, Event("1", "12.0"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer, HasSubstr(R"("reason":"AMOUNT_NOT_INTEGER")"));
  EXPECT_THAT(Facts(), IsEmpty());
}

TEST_F(WebTest, AnswersForEachEventOfABatch) {
  Start();
  const std::string answer =
      Post("/v1/events", kBatch, absl::StrCat("[", Event("1"), ", 7, ", Event("2"), "]"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 207"));
  EXPECT_THAT(Facts(), SizeIs(2));
  EXPECT_THAT(Post("/v1/events", kBatch, "[]"), StartsWith("HTTP/1.1 200"));
}

TEST_F(WebTest, RefusesWhatIsNoEvent) {
  Start();
  EXPECT_THAT(Post("/v1/events", "application/json", "{}"), StartsWith("HTTP/1.1 415"));
  EXPECT_THAT(Post("/v1/events", kBatch, "{}"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(Get("/v1/events"), StartsWith("HTTP/1.1 405"));
}

TEST_F(WebTest, ServesMethodsAndAsksOfChangesForAHeader) {
  Start();
  constexpr char kService[] = "/bellwether.ingest.v1.IngestService/";
  EXPECT_THAT(Post(absl::StrCat(kService, "GetCurrencies"), "application/json", "{}"),
              StartsWith("HTTP/1.1 200"));
  const std::string path = absl::StrCat(kService, "GoLive");
  EXPECT_THAT(Post(path, "application/json", "{}"), HasSubstr("HEADER_REQUIRED"));
  EXPECT_THAT(Post(path, "application/json", "{}", "Connect-Protocol-Version: 1\r\n"),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Post(path, "application/json", "{}",
                   "Connect-Protocol-Version: 1\r\nOrigin: http://elsewhere.example\r\n"),
              HasSubstr("ORIGIN_NOT_ALLOWED"));
}

TEST_F(WebTest, DescribesItself) {
  Start();
  EXPECT_THAT(Get("/openapi.json"), HasSubstr("/bellwether.alerts.v1.AlertsService/ListAlerts"));
}

TEST_F(WebTest, SaysWhatCanBeExported) {
  Start();
  EXPECT_THAT(Get("/v1/export/nothing.csv"), HasSubstr("accounts, alerts, opportunities, scores"));
  EXPECT_THAT(Get("/v1/export/accounts.csv?request=%7B"), HasSubstr("MALFORMED_JSON"));
  EXPECT_THAT(Get("/v1/export/accounts.csv"), StartsWith("HTTP/1.1 501"))
      << "no server of accounts is known here";
}

TEST_F(WebTest, ServesTheConsoleUnderItsOwnNamesOnly) {
  config_.web.console = ::testing::TempDir() + "console";
  std::filesystem::create_directories(config_.web.console);
  std::ofstream(config_.web.console + "/index.html") << "<html>";
  config_.web.hosts = "console.example";
  Start();
  EXPECT_THAT(Get("/accounts/acme"), HasSubstr("<html>"));
  EXPECT_THAT(Get("/"), HasSubstr("default-src 'none'"));
  EXPECT_THAT(Get("/", "console.example"), HasSubstr("<html>"));
  EXPECT_THAT(Get("/", "evil.example"), StartsWith("HTTP/1.1 403"));
}

TEST_F(WebTest, SaysThatThereIsNoConsole) {
  Start();
  EXPECT_THAT(Get("/"), HasSubstr("the console is not built here"));
  gateway_->Stop();
}

TEST_F(WebTest, RefusesAFolderThatIsNoConsole) {
  config_.web.console = "/nowhere";
  metrics::Registry metrics;
  rpc::CallPool pool({.name = "test"}, metrics, clock_);
  const auto app = App::Create(config_, {bus_, *store_, clock_, calendar_, metrics, pool});
  EXPECT_EQ(ReasonOf(app.status()), "STATIC_FILES@/nowhere");
}

}  // namespace
}  // namespace bellwether::gateway::web_test
