#include "common/rpc/metadata_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "common/base/utf8.h"

namespace bellwether::rpc {

std::string EncodeMetadataText(absl::string_view text) {
  std::string value;
  for (const char c : text) {
    if (absl::ascii_isprint(static_cast<unsigned char>(c)) && c != '%') {
      value.push_back(c);
    } else {
      absl::StrAppendFormat(&value, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return value;
}

std::optional<std::string> DecodeMetadataText(absl::string_view value) {
  std::string text;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      text.push_back(value[i]);
      continue;
    }
    const absl::string_view digits = value.substr(i + 1, 2);
    if (digits.size() != 2 || !absl::ascii_isxdigit(static_cast<unsigned char>(digits[0])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(digits[1]))) {
      return std::nullopt;
    }
    text.append(absl::HexStringToBytes(digits));
    i += 2;
  }
  if (!Utf8Length(text).has_value()) return std::nullopt;
  return text;
}

}  // namespace bellwether::rpc
