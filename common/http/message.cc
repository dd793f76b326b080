#include "common/http/message.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace bellwether::http {

std::optional<absl::string_view> FindHeader(const Headers& headers, absl::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

bool AcceptsEncoding(std::optional<absl::string_view> header, absl::string_view encoding) {
  for (const absl::string_view each : absl::StrSplit(header.value_or(""), ',')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(each, absl::MaxSplits(';', 1));
    if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts.first), encoding)) continue;
    absl::string_view weight = absl::StripAsciiWhitespace(parts.second);
    return !absl::ConsumePrefix(&weight, "q=0") || weight.find_first_of("123456789") != weight.npos;
  }
  return false;
}

ServerResponse TextResponse(int status, std::string body) {
  return {status,
          {{"content-type", "text/plain; charset=utf-8"}, {"cache-control", "no-store"}},
          std::move(body)};
}

std::optional<std::string> FindParameter(absl::string_view query, absl::string_view name) {
  for (const absl::string_view pair : absl::StrSplit(query, '&')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    if (parts.first == name) return DecodePercent(absl::StrReplaceAll(parts.second, {{"+", " "}}));
  }
  return std::nullopt;
}

std::optional<std::string> DecodePercent(absl::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size() || !absl::ascii_isxdigit(text[i + 1]) ||
        !absl::ascii_isxdigit(text[i + 2])) {
      return std::nullopt;
    }
    decoded += absl::HexStringToBytes(text.substr(i + 1, 2));
    i += 2;
  }
  return decoded;
}

}  // namespace bellwether::http
