// Mutations that may be sent twice and happen once.
#ifndef BELLWETHER_COMMON_IDEMPOTENCY_REQUEST_IDS_H_
#define BELLWETHER_COMMON_IDEMPOTENCY_REQUEST_IDS_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/store/store.h"

namespace bellwether::idempotency {

inline constexpr size_t kRequestIdLengthMax = 128;

// Makes the table; once per store, at start.
absl::Status CreateTables(store::Store& store);

struct Request {
  absl::string_view method;   // "CreateAccount"
  absl::string_view id;       // as the caller chose it; empty: the caller does not want the guard
  absl::string_view content;  // the request without its id, serialised deterministically
};

// Runs `mutate` inside `transaction` unless a request of that id was answered before: then its
// first answer is returned and nothing runs. The answer of a mutation that fails is not kept.
//
// ALREADY_EXISTS / REQUEST_ID_REUSED when the id was used for another method or content;
// INVALID_ARGUMENT / REQUEST_ID_INVALID for one that is too long. While the same request is being
// answered elsewhere this one waits for its outcome.
absl::StatusOr<std::string> AnswerOnce(
    store::Transaction& transaction, const Request& request, absl::Time now,
    absl::FunctionRef<absl::StatusOr<std::string>(store::Transaction&)> mutate);

// The outcome of `run`, a transaction in which AnswerOnce answers `request`. Where it is not known
// whether the transaction was committed, running it again shows: AnswerOnce waits for the one in
// doubt and then finds its answer, or does what was not done. If that stays unknown too,
// UNAVAILABLE / COMMIT_UNKNOWN: the caller may send the same request again. Without a request id
// the outcome stays UNKNOWN.
absl::Status Settled(const Request& request, absl::FunctionRef<absl::Status()> run);

// Forgets answers given before `before`, at most `rows_max` of them; the number forgotten.
absl::StatusOr<int64_t> Prune(store::Transaction& transaction, absl::Time before, int64_t rows_max);

}  // namespace bellwether::idempotency

#endif  // BELLWETHER_COMMON_IDEMPOTENCY_REQUEST_IDS_H_
