#include "services/gateway/webhooks/webhook_authentication.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/signature/hmac.h"
#include "common/signature/webhook_signature.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::webhook_authentication_test {
namespace {

constexpr char kSecret[] = "an app's client secret";
constexpr char kOld[] = "the secret before it";
const absl::Time kNow = absl::FromUnixMillis(1'764'000'000'000);

WebhookSource Source(webhooks::v1::WebhookScheme scheme) {
  WebhookSource source;
  source.spec.mutable_authentication()->set_scheme(scheme);
  source.secrets = {kOld, kSecret};
  return source;
}

http::ServerRequest Request(http::Headers headers) {
  return {.method = "POST",
          .path = "/v1/webhooks/x",
          .query = "key=an%20app%27s+client+secret",
          .headers = std::move(headers),
          .body = "[]"};
}

std::string ReasonOf(const absl::Status& status) {
  return status.ok() ? "OK" : DetailOf(status)->reason;
}

class HubSpotSignature : public ::testing::Test {
 protected:
  std::string Judge(absl::Duration later, absl::string_view body = "[]",
                    absl::string_view secret = kSecret) const {
    WebhookSource source = Source(webhooks::v1::WEBHOOK_SCHEME_HUBSPOT_V3);
    source.spec.mutable_authentication()->set_public_url("https://b.example/x%2Fy?z=%20");
    const std::string said = absl::StrCat(absl::ToUnixMillis(kNow));
    const std::string mac =
        signature::HmacSha256(secret, absl::StrCat("POSThttps://b.example/x/y?z=%20", body, said));
    return ReasonOf(
        AuthenticateWebhook(source,
                            Request({{"x-hubspot-signature-v3", absl::Base64Escape(mac)},
                                     {"x-hubspot-request-timestamp", said}}),
                            kNow + later));
  }
};

TEST_F(HubSpotSignature, IsOfMethodUrlBodyAndTime) {  // X1
  EXPECT_EQ(Judge(absl::ZeroDuration()), "OK");
  EXPECT_EQ(Judge(absl::ZeroDuration(), "[ ]"), "SIGNATURE_WRONG");
  EXPECT_EQ(Judge(absl::ZeroDuration(), "[]", "a stranger's secret"), "SIGNATURE_WRONG");
}

TEST_F(HubSpotSignature, HoldsForFiveMinutes) {
  EXPECT_EQ(Judge(absl::Minutes(5)), "OK");
  EXPECT_EQ(Judge(absl::Minutes(5) + absl::Milliseconds(1)), "SIGNATURE_TOO_OLD");
  EXPECT_EQ(Judge(-absl::Minutes(5) - absl::Milliseconds(1)), "SIGNATURE_TOO_OLD");
}

TEST_F(HubSpotSignature, HasToBeThere) {
  WebhookSource source = Source(webhooks::v1::WEBHOOK_SCHEME_HUBSPOT_V3);
  EXPECT_EQ(ReasonOf(AuthenticateWebhook(source, Request({}), kNow)), "SIGNATURE_MISSING");
  EXPECT_EQ(ReasonOf(AuthenticateWebhook(source, Request({{"x-hubspot-signature-v3", "x"}}), kNow)),
            "SIGNATURE_MISSING");
}

TEST(OwnSignature, IsTheOneOfOurWebhooksWithAnyOfTheSecrets) {
  const WebhookSource source = Source(webhooks::v1::WEBHOOK_SCHEME_BELLWETHER_SIGNATURE);
  const auto judge = [&](absl::string_view secret, absl::Duration later) {
    return ReasonOf(AuthenticateWebhook(
        source, Request({{"bellwether-signature", signature::SignWebhook(secret, kNow, "[]")}}),
        kNow + later));
  };
  EXPECT_EQ(judge(kSecret, absl::Minutes(5)), "OK");
  EXPECT_EQ(judge(kOld, absl::ZeroDuration()), "OK");
  EXPECT_EQ(judge("a stranger's secret", absl::ZeroDuration()), "SIGNATURE_WRONG");
  EXPECT_EQ(judge(kSecret, absl::Minutes(6)), "SIGNATURE_TOO_OLD");
  EXPECT_EQ(judge(kOld, absl::Minutes(6)), "SIGNATURE_TOO_OLD") << "whatever the last secret says";
  EXPECT_EQ(judge("a stranger's secret", absl::Minutes(6)), "SIGNATURE_WRONG");
  EXPECT_EQ(ReasonOf(AuthenticateWebhook(source, Request({}), kNow)), "SIGNATURE_MISSING");
}

TEST(SharedSecret, ComesInAHeaderOrAParameter) {
  WebhookSource source = Source(webhooks::v1::WEBHOOK_SCHEME_SHARED_SECRET);
  source.spec.mutable_authentication()->set_parameter("key");
  EXPECT_EQ(ReasonOf(AuthenticateWebhook(source, Request({}), kNow)), "OK");
  source.spec.mutable_authentication()->set_parameter("other");
  EXPECT_EQ(ReasonOf(AuthenticateWebhook(source, Request({}), kNow)), "SECRET_WRONG");
  source.spec.mutable_authentication()->clear_parameter();
  source.spec.mutable_authentication()->set_header("X-Key");
  EXPECT_EQ(ReasonOf(AuthenticateWebhook(source, Request({{"x-key", kSecret}}), kNow)), "OK");
  EXPECT_EQ(ReasonOf(AuthenticateWebhook(source, Request({{"x-key", ""}}), kNow)), "SECRET_WRONG");
}

TEST(Organization, IsTheSameInFifteenAndEighteenCharacters) {
  WebhookSource source;
  source.spec.mutable_authentication()->set_organization_id("00D5g000001AbCdEAK");
  EXPECT_TRUE(CheckOrganization(source, "00D5g000001AbCd").ok());
  EXPECT_TRUE(CheckOrganization(source, "00D5g000001AbCdEAK").ok());
  EXPECT_FALSE(CheckOrganization(source, "00D5g000001AbCe").ok());
  EXPECT_FALSE(CheckOrganization(source, "").ok());
}

}  // namespace
}  // namespace bellwether::gateway::webhook_authentication_test
