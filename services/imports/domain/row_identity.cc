#include "services/imports/domain/row_identity.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/hash.h"
#include "common/base/utf8.h"

namespace bellwether::imports {
namespace {

constexpr size_t kIdCharactersMax = 64;       // IsValidId
constexpr size_t kFingerprintCharacters = 9;  // "-" and eight digits

bool IsIdCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
}

std::string WithFingerprint(std::string id, absl::string_view of, size_t characters_max) {
  id.resize(std::min(id.size(), characters_max - kFingerprintCharacters));
  return absl::StrCat(id, id.empty() ? "" : "-",
                      absl::StrFormat("%08x", Fingerprint64(of) & 0xFFFFFFFF));
}

}  // namespace

std::string AsId(absl::string_view text) {
  std::string id;
  bool lost_letters = false;
  bool gap = false;
  for (const char c : text) {
    if (IsIdCharacter(c)) {
      if (gap && !id.empty()) id.push_back('-');
      gap = false;
      id.push_back(c);
    } else {
      gap = true;
      lost_letters = lost_letters || static_cast<unsigned char>(c) >= 0x80;
    }
  }
  if (text.empty() || (!lost_letters && !id.empty() && id.size() <= kIdCharactersMax)) return id;
  return WithFingerprint(std::move(id), text, kIdCharactersMax);
}

std::string AsFactId(absl::string_view text) {
  const auto printable = [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '\x7F'; };
  const std::optional<size_t> characters = Utf8Length(text);
  if (characters.has_value() && *characters <= kFactIdCharactersMax &&
      std::all_of(text.begin(), text.end(), printable)) {
    return std::string(text);
  }
  std::string id;
  for (const char c : text) {
    if (printable(c) && static_cast<unsigned char>(c) < 0x80) {
      id.push_back(c);
    } else if (!id.empty() && id.back() != '-') {
      id.push_back('-');
    }
  }
  return WithFingerprint(std::move(id), text, kFactIdCharactersMax);
}

std::string RunId(absl::string_view mapping_id, absl::string_view unique) {
  const size_t room = kIdCharactersMax - std::min(unique.size() + 1, kIdCharactersMax);
  return absl::StrCat(mapping_id.substr(0, room), "-", unique);
}

std::string ContentHash(absl::string_view bytes) {
  return absl::StrFormat("%016x%016x", Fingerprint64(bytes, 0), Fingerprint64(bytes, 1));
}

}  // namespace bellwether::imports
