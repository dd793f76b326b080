#include "common/connect/metadata.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"

namespace bellwether::connect {
namespace {

bool IsOfHttp(absl::string_view name) {
  static const auto* const kNames = new absl::flat_hash_set<absl::string_view>{
      "accept",
      "accept-encoding",
      "accept-language",
      "connection",
      "content-encoding",
      "content-length",
      "content-type",
      "date",
      "expect",
      "host",
      "keep-alive",
      "proxy-authenticate",
      "proxy-authorization",
      "proxy-connection",
      "te",
      "trailer",
      "transfer-encoding",
      "upgrade",
      "user-agent",
  };
  return kNames->contains(name);
}

bool IsReserved(absl::string_view name) {
  return IsOfHttp(name) || absl::StartsWith(name, "connect-") || absl::StartsWith(name, "grpc-") ||
         absl::StartsWith(name, ":");
}

bool IsLegalName(absl::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_' || c == '.';
  });
}

bool IsLegalValue(absl::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

absl::Status Refuse(absl::string_view name, absl::string_view why) {
  return InvalidArgument("HEADER_INVALID", name, absl::StrCat("header ", name, " ", why));
}

}  // namespace

bool DecodeBase64(absl::string_view text, std::string& bytes) {
  text = text.substr(0, text.find_last_not_of('=') + 1);  // npos + 1 is 0
  return absl::Base64Unescape(text, &bytes) || absl::WebSafeBase64Unescape(text, &bytes);
}

absl::StatusOr<http::Headers> MetadataOf(const http::Headers& headers) {
  http::Headers metadata;
  for (const auto& [name, value] : headers) {
    if (IsReserved(name)) continue;
    if (!IsLegalName(name)) return Refuse(absl::CHexEscape(name), "has no name that gRPC takes");
    if (!absl::EndsWith(name, "-bin")) {
      if (!IsLegalValue(value)) return Refuse(name, "is not printable ASCII");
      metadata.emplace_back(name, value);
      continue;
    }
    // Values of one name may share a line.
    for (const absl::string_view part : absl::StrSplit(value, ',')) {
      std::string bytes;
      if (!DecodeBase64(absl::StripAsciiWhitespace(part), bytes)) {
        return Refuse(name, "is not base64");
      }
      metadata.emplace_back(name, std::move(bytes));
    }
  }
  return metadata;
}

void AddAsHeader(absl::string_view name, absl::string_view value, absl::string_view prefix,
                 http::Headers& headers) {
  if (IsReserved(name)) return;
  std::string text(value);
  if (absl::EndsWith(name, "-bin")) {
    text = absl::Base64Escape(value);
    text.erase(text.find_last_not_of('=') + 1);
  }
  headers.emplace_back(absl::StrCat(prefix, name), std::move(text));
}

}  // namespace bellwether::connect
