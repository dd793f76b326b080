// What the gateway serves over HTTP.
#include <filesystem>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bellwether/accounts/v1/accounts_service.grpc.pb.h"
#include "common/http/testing/raw_client.h"
#include "gmock/gmock.h"
#include "services/gateway/testing/app_fixture.h"

namespace bellwether::gateway::web_test {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
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
  EXPECT_THAT(Post("/v1/export/accounts.csv", "", ""),
              AllOf(StartsWith("HTTP/1.1 405"), HasSubstr("allow: GET")));
  EXPECT_THAT(Get("/v1/export/accounts.csv"), StartsWith("HTTP/1.1 501"))
      << "no server of accounts is known here";
}

// Else a filter with a slip in it would give everything.
TEST_F(WebTest, RefusesAnExportWhoseFilterItCannotRead) {
  Start();
  EXPECT_THAT(Get("/v1/export/accounts.csv?request=%7B%22tier%22%3A%22strategic%22%7D%zz"),
              AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("PARAMETER_MALFORMED")));
  EXPECT_THAT(Get("/v1/export/accounts.csv?reqest=%7B%7D"),
              AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("PARAMETER_UNKNOWN")));
}

// Accounts of kRowBytes each, from a server that sends no message of more than kAnswerBytesMax.
class LargeAccounts final : public accounts::v1::AccountsService::Service {
 public:
  static constexpr int kRows = 40;
  static constexpr size_t kRowBytes = 4'000;
  static constexpr int kAnswerBytesMax = 10'000;

  LargeAccounts() {
    grpc::ServerBuilder builder;
    builder.SetMaxSendMessageSize(kAnswerBytesMax);
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  grpc::Status ListAccounts(grpc::ServerContext*, const accounts::v1::ListAccountsRequest* request,
                            accounts::v1::ListAccountsResponse* response) override {
    int next = 0;
    if (!request->page_token().empty() && !absl::SimpleAtoi(request->page_token(), &next)) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "no token of ours"};
    }
    const int end = std::min(next + request->page_size(), kRows);
    for (; next < end; ++next) {
      accounts::v1::Account& account = *response->add_accounts();
      account.set_name(absl::StrCat("accounts/", next));
      account.set_legal_name(std::string(kRowBytes, 'x'));
    }
    if (next < kRows) response->set_next_page_token(absl::StrCat(next));
    return grpc::Status::OK;
  }

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(WebTest, ExportsRowsOfWhichAPageIsTooLargeForAnAnswer) {
  LargeAccounts accounts;
  config_.forward.servers["accounts"] = accounts.address();
  Start();
  const std::string file = Get("/v1/export/accounts.jsonl");
  EXPECT_THAT(file, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(file, EndsWith("0\r\n\r\n")) << "whole";
  for (int i = 0; i < LargeAccounts::kRows; ++i) {
    const std::vector<std::string> around =
        absl::StrSplit(file, absl::StrCat("\"accounts/", i, "\""));
    EXPECT_THAT(around, SizeIs(2)) << "account " << i << " once";
  }
}

TEST_F(WebTest, RefusesWhatIsTooLargeForGood) {
  Start();
  const auto too_large = AllOf(StartsWith("HTTP/1.1 413"), Not(HasSubstr("retry-after")));
  EXPECT_THAT(Post("/v1/events", kBatch, std::string(kEventsBytesMax + 1, ' ')), too_large);
  EXPECT_THAT(Post("/v1/events", "application/octet-stream",
                   std::string(kEventsBytesMax * 9 / 10, 'a'), "ce-specversion: 1.0\r\n"),
              too_large)
      << "as base64";
  EXPECT_THAT(
      Post("/v1/events", kBatch, absl::StrCat("[", std::string(kEventsBytesMax - 2, ' '), "]")),
      StartsWith("HTTP/1.1 200"));
}

TEST_F(WebTest, JudgesTheAttributesOfAnEventAsOneOfItsOwn) {
  Start();
  const std::string answer =
      Post("/v1/events", "application/json", "{}",
           "ce-specversion: 1.0\r\nce-id: 1\r\nce-source: web\r\nce-subject: 客\r\n"
           "ce-type: bellwether.fact.order_placed.v1\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer, Not(HasSubstr("HEADER_INVALID")));
  EXPECT_THAT(ReadAll(*inner_, bus::kDeadLetterTopic), SizeIs(1));
}

TEST_F(WebTest, AnswersNoPageWhereSomethingElseWasMeant) {
  config_.web.console = ::testing::TempDir() + "paths";
  std::filesystem::create_directories(config_.web.console);
  std::ofstream(config_.web.console + "/index.html") << "<html>";
  Start();
  for (const char* path : {"/v1/nothing", "/grpc.health.v1.Health/Check", "/x.Y/Z",
                           "/bellwether.alerts.v1.AlertsService/Nothing"}) {
    EXPECT_THAT(Get(path), StartsWith("HTTP/1.1 404")) << path;
    EXPECT_THAT(Post(path, "application/json", "{}"), StartsWith("HTTP/1.1 404")) << path;
  }
  EXPECT_THAT(Get("/accounts/ACC-1.5/history"), HasSubstr("<html>"));
}

TEST_F(WebTest, KeepsOtherSitesFromCallingAndLetsThemLink) {
  config_.web.console = ::testing::TempDir() + "linked";
  std::filesystem::create_directories(config_.web.console);
  std::ofstream(config_.web.console + "/index.html") << "<html>";
  Start();
  const auto from_elsewhere = [this](absl::string_view path) {
    return http::RawClient(gateway_->http_port())
        .Exchange(absl::StrCat("GET ", path,
                               " HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n"
                               "Connection: close\r\n\r\n"));
  };
  for (const char* path :
       {"/bellwether.alerts.v1.AlertsService/ListAlerts?connect=v1&encoding=json&message=%7B%7D",
        "/v1/export/accounts.csv", "/v1/events", "/openapi.json"}) {
    EXPECT_THAT(from_elsewhere(path),
                AllOf(StartsWith("HTTP/1.1 403"), HasSubstr("SITE_NOT_ALLOWED")))
        << path;
    EXPECT_THAT(Get(path, "evil.example"), HasSubstr("HOST_NOT_ALLOWED")) << path;
  }
  EXPECT_THAT(from_elsewhere("/alerts/1"), HasSubstr("<html>"));
}

TEST_F(WebTest, ServesTheConsoleUnderItsOwnNamesOnly) {
  config_.web.console = ::testing::TempDir() + "console";
  std::filesystem::create_directories(config_.web.console);
  std::ofstream(config_.web.console + "/index.html") << "<html>";
  config_.web.hosts = " Console.Example, other.example";
  Start();
  EXPECT_THAT(Get("/accounts/acme"), HasSubstr("<html>"));
  EXPECT_THAT(Get("/"), HasSubstr("default-src 'none'"));
  EXPECT_THAT(Get("/", "console.example"), HasSubstr("<html>"));
  EXPECT_THAT(Get("/", "evil.example"), StartsWith("HTTP/1.1 403"));
}

TEST_F(WebTest, TakesNoUploadsWithoutAFolderForThem) {
  Start();
  constexpr char kService[] = "/bellwether.imports.v1.TableImportsService/";
  EXPECT_THAT(Post(absl::StrCat(kService, "ListUploads"), "application/json", "{}"),
              HasSubstr("UPLOADS_NOT_CONFIGURED"));
  EXPECT_THAT(Post(absl::StrCat(kService, "ListMappings"), "application/json", "{}"),
              HasSubstr("mappings/orders"));
}

TEST_F(WebTest, SaysThatThereIsNoConsole) {
  Start();
  EXPECT_THAT(Get("/"), HasSubstr("the console is not built here"));
  gateway_->Stop();
}

TEST_F(WebTest, RefusesNamesThatAreNone) {
  config_.web.hosts = "console.example:8443";
  metrics::Registry metrics;
  rpc::CallPool pool({.name = "test"}, metrics, clock_);
  const auto app = App::Create(config_, {bus_, *store_, clock_, calendar_, metrics, pool});
  EXPECT_EQ(ReasonOf(app.status()), "HTTP_HOSTS_INVALID@http-hosts");
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
