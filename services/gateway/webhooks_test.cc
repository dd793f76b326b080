// Webhooks of other systems, through the endpoint into the journal. The sources are those of
// docs/examples/webhooks, the deliveries those of testing/webhooks.
#include <filesystem>
#include <fstream>
#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "bellwether/events/v1/journal.pb.h"
#include "common/http/testing/raw_client.h"
#include "common/journal/dead_letter.h"
#include "common/signature/hmac.h"
#include "common/signature/webhook_signature.h"
#include "gmock/gmock.h"
#include "services/gateway/sample_deliveries.h"
#include "services/gateway/testing/app_fixture.h"
#include "services/gateway/webhooks/webhook_events.h"

namespace bellwether::gateway::webhooks_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kSecret[] = "0123456789abcdef0123456789abcdef";
constexpr char kHubSpotUrl[] = "https://bellwether.example/v1/webhooks/hubspot";
constexpr char kOutbound[] = "/v1/webhooks/salesforce-opportunities?key=";

std::string FileNamed(absl::string_view name) {
  for (const EmbeddedFile& file : SampleDeliveries()) {
    if (file.name == name) return std::string(file.content);
  }
  ADD_FAILURE() << "no sample " << name;
  return "";
}

class WebhooksTest : public GatewayTest {
 protected:
  WebhooksTest() {
    const std::string secrets = ::testing::TempDir() + "webhook_secrets/";
    std::filesystem::create_directories(secrets);
    for (const char* name : {"shop", "hubspot", "salesforce", "relay"}) {
      std::ofstream(secrets + name) << kSecret << "\n";
    }
    config_.webhooks_file = secrets + "webhooks.yaml";
    std::ofstream(config_.webhooks_file)
        << absl::StrReplaceAll(FileNamed("webhooks.yaml"), {{"secrets/", secrets}});
  }

  std::string Post(absl::string_view path, absl::string_view body, absl::string_view headers,
                   absl::string_view content_type = "application/json") {
    return http::RawClient(gateway_->http_port())
        .Exchange(absl::StrCat("POST ", path,
                               " HTTP/1.1\r\nHost: localhost\r\nContent-Type: ", content_type,
                               "\r\nConnection: close\r\nContent-Length: ", body.size(), "\r\n",
                               headers, "\r\n", body));
  }
  // Signed as we sign ourselves, `ago` before now.
  std::string PostSigned(absl::string_view source, absl::string_view body,
                         absl::Duration ago = absl::ZeroDuration()) {
    return Post(absl::StrCat("/v1/webhooks/", source), body,
                absl::StrCat("Bellwether-Signature: ",
                             signature::SignWebhook(kSecret, clock_.Now() - ago, body), "\r\n"));
  }
  std::string PostHubSpot(absl::string_view body, absl::Duration ago = absl::ZeroDuration()) {
    const int64_t milliseconds = absl::ToUnixMillis(clock_.Now() - ago);
    const std::string mac =
        signature::HmacSha256(kSecret, absl::StrCat("POST", kHubSpotUrl, body, milliseconds));
    return Post("/v1/webhooks/hubspot", body,
                absl::StrCat("X-HubSpot-Signature-v3: ", absl::Base64Escape(mac),
                             "\r\nX-HubSpot-Request-Timestamp: ", milliseconds, "\r\n"));
  }
  std::string PostOutbound(absl::string_view body, absl::string_view secret = kSecret) {
    return Post(absl::StrCat(kOutbound, secret), body, "", "text/xml; charset=UTF-8");
  }

  // The facts of the journal, by account and id.
  std::map<std::string, events::v1::Fact> FactsById() {
    std::map<std::string, events::v1::Fact> facts;
    for (const KeptRecord& record : Facts()) {
      events::v1::JournalEntry entry;
      EXPECT_TRUE(entry.ParseFromString(record.message.value));
      facts[absl::StrCat(record.message.key, " ", record.HeaderOf(bus::kHeaderSource), " ",
                         record.HeaderOf(bus::kHeaderId))] = entry.fact();
    }
    return facts;
  }
  std::vector<KeptRecord> Letters() { return ReadAll(*inner_, bus::kDeadLetterTopic); }
};

TEST_F(WebhooksTest, TakesTheOrdersOfAGenericSender) {  // X1
  Start();
  std::string body = FileNamed("shop.json");
  const std::string answer = PostSigned("shop", body);
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200"), HasSubstr(R"("events":3,"accepted":2,)"),
                            HasSubstr(R"("refused":0,"ignored":1)")));
  const auto facts = FactsById();
  ASSERT_THAT(facts, SizeIs(2));
  const auto& yen = facts.at("acme erp/shop order-SO-1001").order_placed();
  EXPECT_EQ(yen.amount().amount_minor(), 12'500) << "a yen has no cents";
  EXPECT_EQ(yen.product(), "gauge");
  EXPECT_EQ(facts.at("globex erp/shop order-SO-1003").order_placed().amount().amount_minor(),
            9'990);
  EXPECT_THAT(gateway_->metrics(),
              AllOf(HasSubstr(R"(deliveries_total{outcome="accepted",source="shop"} 1)"),
                    HasSubstr(R"(events_total{outcome="ignored",source="shop"} 1)")));
}

TEST_F(WebhooksTest, TakesWhatHubSpotSays) {
  Start();
  EXPECT_THAT(
      PostHubSpot(FileNamed("hubspot.json")),
      AllOf(StartsWith("HTTP/1.1 200"), HasSubstr(R"("accepted":2,"refused":0,"ignored":1)")));
  const auto facts = FactsById();
  ASSERT_THAT(facts, SizeIs(2));
  EXPECT_EQ(facts.at("hubspot-90017 crm/hubspot deal-90017-3816279340")
                .order_placed()
                .amount()
                .amount_minor(),
            1'250'050);
  EXPECT_EQ(facts.at("hubspot-90017 crm/hubspot owner-90017-3816279480")
                .account_manager_changed()
                .current(),
            "5520");
}

TEST_F(WebhooksTest, AcknowledgesAnOutboundMessage) {
  Start();
  EXPECT_THAT(
      PostOutbound(FileNamed("salesforce_outbound_message.xml")),
      AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("text/xml"), HasSubstr("<Ack>true</Ack>")));
  const auto facts = FactsById();
  ASSERT_THAT(facts, SizeIs(1)) << "the other opportunity is not won";
  const auto& fact = facts.at("0015g00000XyZabAAF crm/salesforce order-0065g00000AbCdEAAV");
  EXPECT_EQ(fact.order_placed().amount().amount_minor(), 25'000'000);
  EXPECT_TRUE(fact.date_only());
}

TEST_F(WebhooksTest, TakesAChangeEventOnceForEachRecord) {
  Start();
  EXPECT_THAT(PostSigned("salesforce-cases", FileNamed("salesforce_change_event.json")),
              AllOf(StartsWith("HTTP/1.1 200"), HasSubstr(R"("events":2,"accepted":2)")));
  const auto facts = FactsById();
  ASSERT_THAT(facts, SizeIs(2));
  const auto& opened =
      facts.at("0015g00000XyZabAAF crm/salesforce opened-5005g00000AaBbDAAV").case_opened();
  EXPECT_EQ(opened.case_id(), "5005g00000AaBbDAAV");
  EXPECT_EQ(opened.priority(), events::v1::CASE_PRIORITY_HIGH);
}

TEST_F(WebhooksTest, ADeliveryThatComesAgainSaysTheSameFacts) {
  Start();
  const std::string body = FileNamed("hubspot.json");
  PostHubSpot(body, absl::Minutes(1));
  // A retry: the attempt has another number, and another signature.
  PostHubSpot(absl::StrReplaceAll(body, {{R"("attemptNumber": 0)", R"("attemptNumber": 1)"}}));
  const auto records = Facts();
  ASSERT_THAT(records, SizeIs(4));
  std::map<std::string, std::string> values;
  for (const KeptRecord& record : records) {
    const auto [known, added] =
        values.emplace(record.HeaderOf(bus::kHeaderId), record.message.value);
    if (added) continue;
    EXPECT_EQ(known->second, record.message.value) << "the fold drops it as a copy";
  }
  EXPECT_THAT(values, SizeIs(2));
}

TEST_F(WebhooksTest, RefusesWhomItDoesNotKnow) {
  Start();
  const std::string body = FileNamed("shop.json");
  EXPECT_THAT(Post("/v1/webhooks/nobody", body, ""), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Post("/v1/webhooks/shop", body, ""),
              AllOf(StartsWith("HTTP/1.1 401"), HasSubstr("SIGNATURE_MISSING")));
  EXPECT_THAT(Post("/v1/webhooks/shop", body, "Bellwether-Signature: t=1764000000,v1=00\r\n"),
              AllOf(StartsWith("HTTP/1.1 401"), HasSubstr("SIGNATURE_WRONG")));
  EXPECT_THAT(PostSigned("shop", body, absl::Minutes(6)),
              AllOf(StartsWith("HTTP/1.1 401"), HasSubstr("SIGNATURE_TOO_OLD")));
  EXPECT_THAT(PostHubSpot(FileNamed("hubspot.json"), absl::Minutes(6)),
              AllOf(StartsWith("HTTP/1.1 401"), HasSubstr("SIGNATURE_TOO_OLD")));
  const std::string message = FileNamed("salesforce_outbound_message.xml");
  EXPECT_THAT(PostOutbound(message, "0123456789abcdef0123456789abcdeX"),
              AllOf(StartsWith("HTTP/1.1 401"), HasSubstr("SECRET_WRONG")));
  EXPECT_THAT(
      PostOutbound(absl::StrReplaceAll(message, {{"00D5g000001AbCdEAK", "00D0000000000000"}})),
      AllOf(StartsWith("HTTP/1.1 401"), HasSubstr("ORGANIZATION_WRONG")));
  EXPECT_THAT(Facts(), IsEmpty());
  EXPECT_THAT(gateway_->metrics(),
              HasSubstr(R"(deliveries_total{outcome="unauthenticated",source="shop"} 3)"));
}

TEST_F(WebhooksTest, RefusesWhatIsNoDelivery) {
  Start();
  const auto status = [&](absl::string_view body) { return PostSigned("shop", body); };
  EXPECT_THAT(status(R"({"orders": [}])"),
              AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("MALFORMED_JSON"), HasSubstr("byte 12")));
  EXPECT_THAT(status(R"({"orders": [{"number": "1", "number": "2"}]})"),
              AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("orders[0]")));
  EXPECT_THAT(status(R"({"orders": [7]})"),
              AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("orders[0]")));
  EXPECT_THAT(status("{}"), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("MISSING_VALUE")));
  EXPECT_THAT(status(absl::StrCat(R"({"orders": )", std::string(100'000, '['))),
              AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("MALFORMED_JSON")));
  std::string many = R"({"orders": [{})";
  for (size_t i = 0; i < kWebhookEventsMax; ++i) many += ",{}";
  EXPECT_THAT(status(many + "]}"), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("TOO_MANY_EVENTS")));
  EXPECT_THAT(status(std::string(kWebhookBytesMax + 1, ' ')), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(PostOutbound(R"(<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>)"),
              AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("a document type is declared")));
  EXPECT_THAT(Post(absl::StrCat(kOutbound, kSecret), "{}", ""), StartsWith("HTTP/1.1 415"));
  EXPECT_THAT(http::RawClient(gateway_->http_port())
                  .Exchange("GET /v1/webhooks/shop HTTP/1.1\r\nHost: localhost\r\n"
                            "Connection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(Facts(), IsEmpty());
  EXPECT_THAT(Letters(), IsEmpty()) << "a delivery that is none leaves no letters";
}

TEST_F(WebhooksTest, KeepsWhatIsRefusedAsDeadLettersAndGoesOn) {
  Start();
  const std::string answer = PostSigned("shop", R"({"orders": [
    {"number": "1", "status": "paid", "customer": {"id": "acme"}, "placed_at": "2025-11-24",
     "total": {"currency": "USD", "value": "much"}},
    {"number": "2", "status": "paid", "customer": {"id": "acme"}, "placed_at": "2025-11-24",
     "total": {"currency": "USD", "value": {"net": 1}}},
    {"number": "3", "status": "paid", "customer": {"id": "acme"}, "placed_at": "2031-01-01",
     "total": {"currency": "USD", "value": 1}},
    {"number": "4", "status": "paid", "customer": {"id": "acme"}, "placed_at": "2025-11-24",
     "total": {"currency": "USD", "value": 1}}]})");
  EXPECT_THAT(
      answer,
      AllOf(StartsWith("HTTP/1.1 207"), HasSubstr(R"("accepted":1,"refused":3)"),
            HasSubstr(R"("event":0,"reason":"NOT_A_NUMBER","field":"rules[0].total.value")"),
            HasSubstr(R"("event":1,"reason":"WRONG_TYPE")"),
            HasSubstr(R"("event":2,"reason":"TIME_AHEAD")")));
  EXPECT_THAT(Facts(), SizeIs(1));
  const auto letters = Letters();
  ASSERT_THAT(letters, SizeIs(3));
  std::string kept;
  for (const KeptRecord& letter : letters) {
    absl::StrAppend(&kept, letter.HeaderOf(journal::kHeaderDeadPlace), " ", letter.message.value);
  }
  EXPECT_THAT(kept, HasSubstr(R"(/v1/webhooks/shop {"number":"1")"));
}

TEST_F(WebhooksTest, TellsHubSpotThatARefusedEventNeedNotComeAgain) {
  Start();
  EXPECT_THAT(PostHubSpot(absl::StrReplaceAll(FileNamed("hubspot.json"), {{"12500.5", "a lot"}})),
              AllOf(StartsWith("HTTP/1.1 200"), HasSubstr(R"("refused":1)")));
  EXPECT_THAT(Letters(), SizeIs(1));
}

TEST_F(WebhooksTest, KeepsNoSessionOfASender) {
  Start();
  const std::string message =
      absl::StrReplaceAll(FileNamed("salesforce_outbound_message.xml"), {{"2.5E5", "a lot"}});
  EXPECT_THAT(PostOutbound(message), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("<Ack>true")));
  const auto letters = Letters();
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_THAT(letters[0].message.value, HasSubstr("Renewal & extension"));
  EXPECT_THAT(letters[0].message.value, Not(HasSubstr("not-to-be-kept")));
}

TEST_F(WebhooksTest, AsksForItAgainWhileNobodyKnows) {
  Start();
  bus_.FailWith(absl::UnavailableError("the bus is away"));
  EXPECT_THAT(PostSigned("shop", FileNamed("shop.json")),
              AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("retry-after"),
                    HasSubstr("JOURNAL_UNAVAILABLE")));
  EXPECT_THAT(PostOutbound(FileNamed("salesforce_outbound_message.xml")),
              AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("<Ack>false</Ack>")));
}

TEST_F(WebhooksTest, AnswersOnlyByItsNames) {
  config_.web.hosts = "bellwether.example";
  Start();
  const auto post = [&](absl::string_view host) {
    return http::RawClient(gateway_->http_port())
        .Exchange(absl::StrCat("POST /v1/webhooks/shop HTTP/1.1\r\nHost: ", host,
                               "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
  };
  EXPECT_THAT(post("bellwether.example"), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(post("elsewhere.example"), StartsWith("HTTP/1.1 403"));
}

}  // namespace
}  // namespace bellwether::gateway::webhooks_test
