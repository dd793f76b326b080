#include "services/gateway/table_imports/upload_names.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "services/imports/domain/row_identity.h"

namespace bellwether::gateway {
namespace {

constexpr size_t kIdCharacters = 32;
constexpr absl::string_view kPlainEndings[] = {".csv", ".tsv", ".txt", ".jsonl"};

bool EndsAsTable(absl::string_view file_name) {
  const std::string lower = absl::AsciiStrToLower(file_name);
  if (absl::EndsWith(lower, ".xlsx")) return true;
  absl::string_view plain = lower;
  absl::ConsumeSuffix(&plain, ".gz");
  return std::any_of(std::begin(kPlainEndings), std::end(kPlainEndings),
                     [&](absl::string_view ending) { return absl::EndsWith(plain, ending); });
}

}  // namespace

absl::StatusOr<std::string> IdOfRequest(absl::string_view principal, absl::string_view request_id) {
  const bool printable = std::all_of(request_id.begin(), request_id.end(), [](char c) {
    return absl::ascii_isprint(static_cast<unsigned char>(c));
  });
  if (request_id.empty() || request_id.size() > kRequestIdCharactersMax || !printable) {
    return InvalidArgument("MISSING_REQUEST_ID", "request_id",
                           absl::StrCat("request_id must be 1 to ", kRequestIdCharactersMax,
                                        " printable characters, chosen by the client"));
  }
  return imports::ContentHash(absl::StrCat(principal, "\x1f", request_id));
}

absl::StatusOr<std::string> IdIn(absl::string_view name, absl::string_view collection,
                                 absl::string_view reason) {
  absl::string_view id = name;
  const bool named = absl::ConsumePrefix(&id, collection) && absl::ConsumePrefix(&id, "/");
  if (!named || id.size() != kIdCharacters ||
      id.find_first_not_of("0123456789abcdef") != absl::string_view::npos) {
    return Error(absl::StatusCode::kNotFound, {std::string(reason), "name", ""},
                 absl::StrCat("there is no such name in ", collection));
  }
  return std::string(id);
}

absl::Status CheckFileName(absl::string_view file_name) {
  const auto refuse = [](absl::string_view why) {
    return InvalidArgument("FILE_NAME_INVALID", "file_name",
                           absl::StrCat("the name of a file ", why));
  };
  if (file_name.empty() || file_name.size() > kFileNameBytesMax) {
    return refuse(absl::StrCat("has 1 to ", kFileNameBytesMax, " bytes"));
  }
  if (!Utf8Length(file_name).has_value()) return refuse("is UTF-8");
  if (file_name[0] == '.') return refuse("does not begin with a point");
  for (const char c : file_name) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c)) || absl::StrContains("/\\*?", c)) {
      return refuse("holds no /, \\, *, ? or control character");
    }
  }
  if (!EndsAsTable(file_name)) {
    return refuse("ends in .csv, .tsv, .txt, .jsonl (also with .gz) or .xlsx");
  }
  return absl::OkStatus();
}

}  // namespace bellwether::gateway
