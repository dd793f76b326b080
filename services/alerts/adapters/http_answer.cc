#include "services/alerts/adapters/http_answer.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::alerts {
namespace {

constexpr char kHttpDate[] = "%a, %d %b %E4Y %H:%M:%S GMT";

std::optional<absl::Time> DateOf(const http::Response& response, absl::string_view header) {
  const std::optional<absl::string_view> text = response.Header(header);
  absl::Time date;
  std::string error;
  if (!text.has_value() || !absl::ParseTime(kHttpDate, *text, &date, &error)) return std::nullopt;
  return date;
}

std::optional<absl::Duration> RetryAfterOf(const http::Response& response) {
  const std::optional<absl::string_view> after = response.Header("retry-after");
  if (!after.has_value()) return std::nullopt;
  int64_t seconds = 0;
  if (absl::SimpleAtoi(*after, &seconds)) {
    return absl::Seconds(std::max(seconds, int64_t{0}));
  }
  const std::optional<absl::Time> until = DateOf(response, "retry-after");
  const std::optional<absl::Time> date = DateOf(response, "date");
  if (!until.has_value() || !date.has_value()) return std::nullopt;
  return std::max(*until - *date, absl::ZeroDuration());
}

}  // namespace

Answer AnswerOf(const absl::StatusOr<http::Response>& response) {
  if (response.ok()) {
    return {.kind = AnswerKind::kAnswered,
            .status = response->status,
            .retry_after = RetryAfterOf(*response),
            .detail = absl::StrCat("HTTP ", response->status)};
  }
  const std::optional<ErrorDetail> why = DetailOf(response.status());
  const bool not_sent = why.has_value() && why->reason == http::kNotSent;
  return {.kind = not_sent ? AnswerKind::kNotSent : AnswerKind::kNoAnswer,
          .detail = std::string(response.status().message())};
}

}  // namespace bellwether::alerts
