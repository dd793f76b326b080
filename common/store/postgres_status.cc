#include "common/store/postgres_status.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::store {
namespace {

// Appendix A of PostgreSQL's manual names them; the first two characters are the class.
constexpr absl::string_view kProtocolViolation = "08P01";  // ours: such as too few parameters
constexpr absl::string_view kUniqueViolation = "23505";
constexpr absl::string_view kReadOnlyTransaction = "25006";
constexpr absl::string_view kIdleInTransactionTimeout = "25P03";
constexpr absl::string_view kQueryCanceled = "57014";
constexpr absl::string_view kLockNotAvailable = "55P03";
constexpr absl::string_view kCharacterNotInRepertoire = "22021";
constexpr absl::string_view kInsufficientPrivilege = "42501";

bool HasClass(absl::string_view sqlstate, absl::string_view of) {
  return absl::StartsWith(sqlstate, of);
}

// Connection lost, resources exhausted, ended by an operator, disk trouble.
bool IsAway(absl::string_view sqlstate) {
  if (sqlstate == kProtocolViolation) return false;
  return sqlstate == kIdleInTransactionTimeout || HasClass(sqlstate, "08") ||
         HasClass(sqlstate, "53") || HasClass(sqlstate, "57P") || HasClass(sqlstate, "58");
}

}  // namespace

absl::Status StoreUnavailable() {
  return Error(absl::StatusCode::kUnavailable, {"STORE_UNAVAILABLE"},
               "the database cannot be reached");
}

absl::Status StatusOfSqlState(absl::string_view sqlstate) {
  using Code = absl::StatusCode;
  if (sqlstate == kUniqueViolation) {
    return Error(Code::kAlreadyExists, {"UNIQUE_VIOLATION"}, "a row with that key exists");
  }
  if (HasClass(sqlstate, "23")) {
    return Error(Code::kFailedPrecondition, {"CONSTRAINT_VIOLATION"},
                 "a constraint of the table refused the row");
  }
  if (sqlstate == kReadOnlyTransaction) {
    return Error(Code::kFailedPrecondition, {"STORE_READ_ONLY"}, "this transaction may only read");
  }
  if (HasClass(sqlstate, "40")) {
    return Error(Code::kAborted, {"STORE_CONFLICT"},
                 "the transaction met another one; begin it again");
  }
  if (sqlstate == kLockNotAvailable) {
    return Error(Code::kDeadlineExceeded, {"STORE_BUSY"},
                 "another transaction held a row for too long");
  }
  if (sqlstate == kQueryCanceled) {
    return Error(Code::kDeadlineExceeded, {"STORE_TIMEOUT"}, "the statement took too long");
  }
  if (sqlstate == kCharacterNotInRepertoire) {
    return Error(Code::kInvalidArgument, {"TEXT_NOT_STORABLE"},
                 "text is UTF-8 without NUL characters");
  }
  if (sqlstate == kInsufficientPrivilege) {
    return Error(Code::kPermissionDenied, {"STORE_PERMISSION"},
                 "the service's role may not do this");
  }
  if (IsAway(sqlstate)) return StoreUnavailable();
  return Error(Code::kInternal, {"STORE_ERROR"},
               absl::StrCat("the store failed with state ", sqlstate.empty() ? "?" : sqlstate));
}

bool IsExpectedSqlState(absl::string_view sqlstate) {
  return HasClass(sqlstate, "23") || HasClass(sqlstate, "40") || sqlstate == kReadOnlyTransaction ||
         sqlstate == kLockNotAvailable || sqlstate == kCharacterNotInRepertoire;
}

}  // namespace bellwether::store
