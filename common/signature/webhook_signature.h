// The signature of a webhook: who holds the secret knows that the body is ours and is fresh.
#ifndef BELLWETHER_COMMON_SIGNATURE_WEBHOOK_SIGNATURE_H_
#define BELLWETHER_COMMON_SIGNATURE_WEBHOOK_SIGNATURE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace bellwether::signature {

inline constexpr char kSignatureHeader[] = "Bellwether-Signature";

// "t=<unix seconds>,v1=<hex HMAC-SHA256 of "<unix seconds>.<body>">".
std::string SignWebhook(absl::string_view secret, absl::Time now, absl::string_view body);

// For receivers: UNAUTHENTICATED / SIGNATURE_WRONG when the header is not ours, SIGNATURE_TOO_OLD
// when it is, but older (or newer) than `tolerance`.
absl::Status VerifyWebhook(absl::string_view secret, absl::string_view header,
                           absl::string_view body, absl::Time now, absl::Duration tolerance);

}  // namespace bellwether::signature

#endif  // BELLWETHER_COMMON_SIGNATURE_WEBHOOK_SIGNATURE_H_
