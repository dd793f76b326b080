#include "common/signature/webhook_signature.h"

#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::signature::webhook_signature_test {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

// Computed with: printf '1700000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef
TEST(WebhookSignature, IsHmacSha256OfTimestampAndBody) {
  EXPECT_EQ(SignWebhook("0123456789abcdef", kNow, "{}"),
            "t=1700000000,v1=e4f8e2ecae2295b2ddb2f0b5584c8275e226c0ebe9b3b819e70156bb67122e3e");
}

TEST(WebhookSignature, VerifiesWhatWasSigned) {
  const std::string header = SignWebhook("0123456789abcdef", kNow, "{}");
  const auto verify = [&](absl::string_view secret, absl::string_view body, absl::Duration later) {
    const absl::Status status = VerifyWebhook(secret, header, body, kNow + later, absl::Minutes(5));
    return status.ok() ? "OK" : DetailOf(status)->reason;
  };
  EXPECT_EQ(verify("0123456789abcdef", "{}", absl::Minutes(5)), "OK");
  EXPECT_EQ(verify("0123456789abcdef", "{}", absl::Minutes(5) + absl::Seconds(1)),
            "SIGNATURE_TOO_OLD");
  EXPECT_EQ(verify("0123456789abcdef", "{ }", absl::ZeroDuration()), "SIGNATURE_WRONG");
  EXPECT_EQ(verify("another secret!!", "{}", absl::Minutes(6)), "SIGNATURE_WRONG");
  EXPECT_FALSE(VerifyWebhook("0123456789abcdef", "v1=", "{}", kNow, absl::Minutes(5)).ok());
}

}  // namespace
}  // namespace bellwether::signature::webhook_signature_test
