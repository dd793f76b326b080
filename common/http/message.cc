#include "common/http/message.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"

namespace bellwether::http {
namespace {

// Of a parameter's name, in what its sender is told of it.
constexpr size_t kParameterNameShown = 60;

}  // namespace

std::optional<absl::string_view> FindHeader(const Headers& headers, absl::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return std::nullopt;
}

bool MatchesEtag(absl::string_view header, absl::string_view etag) {
  for (const absl::string_view each : absl::StrSplit(header, ',')) {
    absl::string_view one = absl::StripAsciiWhitespace(each);
    if (one == "*") return true;
    absl::ConsumePrefix(&one, "W/");
    if (one == etag) return true;
  }
  return false;
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

ServerResponse MethodNotAllowed(absl::string_view allowed) {
  ServerResponse response = TextResponse(405, absl::StrCat("only ", allowed, "\n"));
  response.headers.emplace_back("allow", std::string(allowed));
  return response;
}

ServerResponse TextResponse(int status, std::string body) {
  return {status,
          {{"content-type", "text/plain; charset=utf-8"}, {"cache-control", "no-store"}},
          std::move(body)};
}

absl::Status CheckQuery(absl::string_view query, absl::Span<const absl::string_view> names) {
  absl::flat_hash_set<absl::string_view> seen;
  for (const absl::string_view pair : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    const absl::string_view name = parts.first.substr(0, kParameterNameShown);
    if (!names.empty() && std::find(names.begin(), names.end(), parts.first) == names.end()) {
      return InvalidArgument(
          "PARAMETER_UNKNOWN", name,
          absl::StrCat("there is no parameter ", name, "; there is ", absl::StrJoin(names, ", ")));
    }
    if (!seen.insert(parts.first).second) {
      return InvalidArgument("PARAMETER_REPEATED", name, absl::StrCat(name, " is given twice"));
    }
    if (!DecodePercent(parts.second).has_value()) {
      return InvalidArgument(
          "PARAMETER_MALFORMED", name,
          absl::StrCat(name, " has a percent sign without two hexadecimal digits after it"));
    }
  }
  return absl::OkStatus();
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
