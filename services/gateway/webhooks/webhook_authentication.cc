#include "services/gateway/webhooks/webhook_authentication.h"

#include <cstdint>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/signature/hmac.h"
#include "common/signature/webhook_signature.h"

namespace bellwether::gateway {
namespace {

constexpr char kHubSpotSignature[] = "x-hubspot-signature-v3";
constexpr char kHubSpotTimestamp[] = "x-hubspot-request-timestamp";
// Characters of an id of Salesforce; three more are a checksum of their case.
constexpr size_t kOrganizationIdLength = 15;

absl::Status Refuse(absl::string_view reason, absl::string_view field, absl::string_view message) {
  return Error(absl::StatusCode::kUnauthenticated, {std::string(reason), std::string(field), "X1"},
               message);
}

absl::Status CheckHubSpot(const WebhookSource& source, const http::ServerRequest& request,
                          absl::Time now) {
  const auto signature = request.Header(kHubSpotSignature);
  const auto timestamp = request.Header(kHubSpotTimestamp);
  int64_t milliseconds = 0;
  if (!signature.has_value()) return Refuse("SIGNATURE_MISSING", kHubSpotSignature, "no signature");
  if (!timestamp.has_value() || !absl::SimpleAtoi(*timestamp, &milliseconds)) {
    return Refuse("SIGNATURE_MISSING", kHubSpotTimestamp, "no time in milliseconds");
  }
  const std::string message =
      absl::StrCat(request.method, UrlForHubSpot(source.spec.authentication().public_url()),
                   request.body, *timestamp);
  bool right = false;
  for (const std::string& secret : source.secrets) {
    const std::string expected = absl::Base64Escape(signature::HmacSha256(secret, message));
    right = signature::EqualInConstantTime(*signature, expected) || right;
  }
  if (!right) return Refuse("SIGNATURE_WRONG", kHubSpotSignature, "the signature is not right");
  if (absl::AbsDuration(now - absl::FromUnixMillis(milliseconds)) > kSignatureTolerance) {
    return Refuse("SIGNATURE_TOO_OLD", kHubSpotTimestamp, "the request was signed too long ago");
  }
  return absl::OkStatus();
}

absl::Status CheckOwnSignature(const WebhookSource& source, const http::ServerRequest& request,
                               absl::Time now) {
  const std::string name = absl::AsciiStrToLower(signature::kSignatureHeader);
  const auto header = request.Header(name);
  if (!header.has_value()) return Refuse("SIGNATURE_MISSING", name, "no signature");
  bool too_old = false;
  for (const std::string& secret : source.secrets) {
    const absl::Status verified =
        signature::VerifyWebhook(secret, *header, request.body, now, kSignatureTolerance);
    if (verified.ok()) return verified;
    const auto detail = DetailOf(verified);
    too_old = too_old || (detail.has_value() && detail->reason == "SIGNATURE_TOO_OLD");
  }
  // Made with one of the secrets, whatever the others say.
  if (too_old) return Refuse("SIGNATURE_TOO_OLD", name, "the signature is too old");
  return Refuse("SIGNATURE_WRONG", name, "the signature is not right");
}

absl::Status CheckSharedSecret(const WebhookSource& source, const http::ServerRequest& request) {
  const webhooks::v1::WebhookAuthentication& spec = source.spec.authentication();
  std::optional<std::string> said;
  if (!spec.parameter().empty()) {
    said = http::FindParameter(request.query, spec.parameter());
  } else if (const auto header = request.Header(absl::AsciiStrToLower(spec.header()))) {
    said = std::string(*header);
  }
  bool right = false;
  for (const std::string& secret : source.secrets) {
    right = signature::EqualInConstantTime(said.value_or(""), secret) || right;
  }
  if (right) return absl::OkStatus();
  return Refuse("SECRET_WRONG", spec.header().empty() ? spec.parameter() : spec.header(),
                "the secret is missing or not right");
}

}  // namespace

absl::Status AuthenticateWebhook(const WebhookSource& source, const http::ServerRequest& request,
                                 absl::Time now) {
  switch (source.spec.authentication().scheme()) {
    case webhooks::v1::WEBHOOK_SCHEME_HUBSPOT_V3:
      return CheckHubSpot(source, request, now);
    case webhooks::v1::WEBHOOK_SCHEME_BELLWETHER_SIGNATURE:
      return CheckOwnSignature(source, request, now);
    default:
      return CheckSharedSecret(source, request);
  }
}

absl::Status CheckOrganization(const WebhookSource& source, absl::string_view organization_id) {
  const absl::string_view ours = source.spec.authentication().organization_id();
  if (organization_id.size() >= kOrganizationIdLength &&
      signature::EqualInConstantTime(organization_id.substr(0, kOrganizationIdLength),
                                     ours.substr(0, kOrganizationIdLength))) {
    return absl::OkStatus();
  }
  return Refuse("ORGANIZATION_WRONG", "OrganizationId", "the message is of another organization");
}

std::string UrlForHubSpot(absl::string_view url) {
  // The table of HubSpot's documentation.
  constexpr absl::string_view kDecoded = ":/?@!$'()*,;";
  std::string decoded;
  for (size_t i = 0; i < url.size(); ++i) {
    const auto character = url[i] == '%' ? http::DecodePercent(url.substr(i, 3)) : std::nullopt;
    if (character.has_value() && kDecoded.find((*character)[0]) != absl::string_view::npos) {
      decoded += *character;
      i += 2;
    } else {
      decoded += url[i];
    }
  }
  return decoded;
}

}  // namespace bellwether::gateway
