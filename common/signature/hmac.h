// Message authentication codes.
#ifndef BELLWETHER_COMMON_SIGNATURE_HMAC_H_
#define BELLWETHER_COMMON_SIGNATURE_HMAC_H_

#include <string>

#include "absl/strings/string_view.h"

namespace bellwether::signature {

// Secrets that are shorter can be guessed.
inline constexpr size_t kSecretBytesMin = 16;

// HMAC-SHA256, its 32 bytes.
std::string HmacSha256(absl::string_view key, absl::string_view message);

// In a time that says nothing of where they differ, only whether their lengths do.
bool EqualInConstantTime(absl::string_view a, absl::string_view b);

}  // namespace bellwether::signature

#endif  // BELLWETHER_COMMON_SIGNATURE_HMAC_H_
