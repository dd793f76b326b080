// Errors with a machine-readable reason, and the macros that pass them on.
//
// Every failure that can reach a caller is made by `Error`: a canonical code, a reason in
// UPPER_SNAKE_CASE that programs may match on, the field it is about, the rule id of the domain
// where a business rule refused, and a sentence for people. Driver text never goes into one.
#ifndef BELLWETHER_COMMON_BASE_STATUS_H_
#define BELLWETHER_COMMON_BASE_STATUS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace bellwether {

struct ErrorDetail {
  std::string reason;  // "AMOUNT_NOT_INTEGER"; bounded set, usable as a metric label
  std::string field;   // "order_placed.amount.amount_minor"; empty where no field is at fault
  std::string rule;    // "H1"; empty where no business rule refused
};

absl::Status Error(absl::StatusCode code, const ErrorDetail& detail, absl::string_view message);

inline absl::Status InvalidArgument(absl::string_view reason, absl::string_view field,
                                    absl::string_view message, absl::string_view rule = "") {
  return Error(absl::StatusCode::kInvalidArgument,
               {std::string(reason), std::string(field), std::string(rule)}, message);
}
inline absl::Status FailedPrecondition(absl::string_view reason, absl::string_view field,
                                       absl::string_view message, absl::string_view rule = "") {
  return Error(absl::StatusCode::kFailedPrecondition,
               {std::string(reason), std::string(field), std::string(rule)}, message);
}

// The detail given to Error, or nothing for a status made elsewhere.
std::optional<ErrorDetail> DetailOf(const absl::Status& status);

// True for failures that may pass when tried again: unavailable, deadline, aborted, exhausted.
bool IsRetryable(const absl::Status& status);

}  // namespace bellwether

#define BELLWETHER_CONCAT_INNER(a, b) a##b
#define BELLWETHER_CONCAT(a, b) BELLWETHER_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expr)                           \
  do {                                                  \
    if (absl::Status status_ = (expr); !status_.ok()) { \
      return status_;                                   \
    }                                                   \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_INNER(BELLWETHER_CONCAT(status_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_INNER(tmp, lhs, expr) \
  auto tmp = (expr);                           \
  if (!tmp.ok()) {                             \
    return tmp.status();                       \
  }                                            \
  lhs = *std::move(tmp)

#endif  // BELLWETHER_COMMON_BASE_STATUS_H_
