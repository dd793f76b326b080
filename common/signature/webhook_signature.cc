#include "common/signature/webhook_signature.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/signature/hmac.h"

namespace bellwether::signature {
namespace {

std::string Mac(absl::string_view secret, int64_t seconds, absl::string_view body) {
  return absl::BytesToHexString(HmacSha256(secret, absl::StrCat(seconds, ".", body)));
}

absl::Status Refuse(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kUnauthenticated, {.reason = std::string(reason)}, message);
}

}  // namespace

std::string SignWebhook(absl::string_view secret, absl::Time now, absl::string_view body) {
  const int64_t seconds = absl::ToUnixSeconds(now);
  return absl::StrCat("t=", seconds, ",v1=", Mac(secret, seconds, body));
}

absl::Status VerifyWebhook(absl::string_view secret, absl::string_view header,
                           absl::string_view body, absl::Time now, absl::Duration tolerance) {
  int64_t seconds = 0;
  absl::string_view mac;
  for (absl::string_view part : absl::StrSplit(header, ',')) {
    if (absl::ConsumePrefix(&part, "t=")) {
      if (!absl::SimpleAtoi(part, &seconds)) return Refuse("SIGNATURE_WRONG", "no timestamp");
    } else if (absl::ConsumePrefix(&part, "v1=")) {
      mac = part;
    }
  }
  const std::string expected = Mac(secret, seconds, body);
  if (!EqualInConstantTime(mac, expected)) {
    return Refuse("SIGNATURE_WRONG", "the signature is not ours");
  }
  if (absl::AbsDuration(now - absl::FromUnixSeconds(seconds)) > tolerance) {
    return Refuse("SIGNATURE_TOO_OLD", "the signature is too old");
  }
  return absl::OkStatus();
}

}  // namespace bellwether::signature
