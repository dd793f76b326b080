#include "services/gateway/domain/event_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "common/bounds/field_rule.h"

namespace bellwether::gateway {
namespace {

constexpr char kEventRule[] = "X1";

bool IsPrintable(absl::string_view text) {
  const std::optional<size_t> characters = Utf8Length(text);
  return characters.has_value() && *characters <= kIdCharactersMax &&
         std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

absl::Status Refused(absl::string_view reason, absl::string_view field, absl::string_view why) {
  return InvalidArgument(reason, field, why, kEventRule);
}

}  // namespace

absl::Status CheckEventHeader(const EventHeader& header, absl::Time now, absl::Duration ahead_max) {
  if (header.id.empty()) return Refused("MISSING_ID", "id", "an event needs an id");
  if (!IsPrintable(header.id)) {
    return Refused("ID_INVALID", "id", "an id has 1–128 printable characters without blanks");
  }
  RETURN_IF_ERROR(CheckSource(header.source));
  if (header.account_id.empty()) {
    return Refused("MISSING_ACCOUNT", "account_id", "a fact is about an account");
  }
  if (!IsValidId(header.account_id)) {
    return Refused("ACCOUNT_INVALID", "account_id",
                   "an account id has 1–64 characters of [A-Za-z0-9._-]");
  }
  if (!header.has_time) return Refused("MISSING_TIME", "time", "a fact happened at some time");
  if (!header.time.has_value() || !bounds::IsInstantInRange(absl::ToUnixSeconds(*header.time))) {
    return Refused("TIME_INVALID", "time", "the instant is not within 1970 and 2199");
  }
  if (*header.time > now + ahead_max) {
    return Refused("TIME_AHEAD", "time",
                   absl::StrCat("the instant lies more than ", absl::FormatDuration(ahead_max),
                                " ahead of the gateway's clock"));
  }
  return header.import_run.empty() ? absl::OkStatus() : CheckImportRun(header.import_run);
}

absl::Status CheckImportRun(absl::string_view id) {
  if (IsValidId(id)) return absl::OkStatus();
  return Refused("IMPORT_RUN_INVALID", "import_run",
                 "an import run has 1–64 characters of [A-Za-z0-9._-]");
}

absl::Status CheckSource(absl::string_view source) {
  if (source.empty()) return Refused("MISSING_SOURCE", "source", "a source must be named");
  if (IsPrintable(source)) return absl::OkStatus();
  return Refused("SOURCE_INVALID", "source",
                 "a source has 1–128 printable characters without blanks");
}

absl::Status CheckEventSize(size_t bytes) {
  if (bytes <= kEventBytesMax) return absl::OkStatus();
  return Refused("TOO_LARGE", "",
                 absl::StrCat("an event has at most ", kEventBytesMax, " bytes, not ", bytes));
}

}  // namespace bellwether::gateway
