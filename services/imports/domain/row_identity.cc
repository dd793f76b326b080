#include "services/imports/domain/row_identity.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/hash.h"

namespace bellwether::imports {
namespace {

constexpr size_t kIdCharactersMax = 64;       // IsValidId
constexpr size_t kFingerprintCharacters = 9;  // "-" and eight digits

}  // namespace

std::string AsId(absl::string_view text) {
  std::string id;
  bool lost_letters = false;
  bool gap = false;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-') {
      if (gap && !id.empty()) id.push_back('-');
      gap = false;
      id.push_back(c);
    } else {
      gap = true;
      lost_letters = lost_letters || static_cast<unsigned char>(c) >= 0x80;
    }
  }
  if (text.empty() || (!lost_letters && !id.empty() && id.size() <= kIdCharactersMax)) return id;
  id.resize(std::min(id.size(), kIdCharactersMax - kFingerprintCharacters));
  return absl::StrCat(id, id.empty() ? "" : "-",
                      absl::StrFormat("%08x", Fingerprint64(text) & 0xFFFFFFFF));
}

std::string ContentHash(absl::string_view bytes) {
  return absl::StrFormat("%016x%016x", Fingerprint64(bytes, 0), Fingerprint64(bytes, 1));
}

std::string OccurrenceNames::NameOf(absl::string_view content) {
  std::string hash = ContentHash(content);
  const int64_t occurrence = ++seen_[hash];
  return absl::StrCat(hash, ".", occurrence);
}

}  // namespace bellwether::imports
