#include "common/base/status.h"

#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace bellwether {
namespace {

constexpr char kDetailUrl[] = "bellwether/error-detail";
constexpr char kSeparator = '\x1f';

}  // namespace

absl::Status Error(absl::StatusCode code, const ErrorDetail& detail, absl::string_view message) {
  absl::Status status(code, message);
  status.SetPayload(kDetailUrl,
                    absl::Cord(absl::StrCat(detail.reason, std::string(1, kSeparator), detail.field,
                                            std::string(1, kSeparator), detail.rule)));
  return status;
}

std::optional<ErrorDetail> DetailOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kDetailUrl);
  if (!payload.has_value()) return std::nullopt;
  const std::vector<std::string> parts =
      absl::StrSplit(std::string(*payload), absl::ByChar(kSeparator));
  if (parts.size() != 3) return std::nullopt;
  return ErrorDetail{parts[0], parts[1], parts[2]};
}

bool IsRetryable(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

}  // namespace bellwether
