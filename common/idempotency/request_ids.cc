#include "common/idempotency/request_ids.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/idempotency/migration_files.h"

namespace bellwether::idempotency {
namespace {

using store::Blob;
using store::Rows;

// Of a COMMIT that broke off, in every store.
constexpr char kCommitUnknown[] = "COMMIT_UNKNOWN";

int64_t ContentHash(const Request& request) {
  return static_cast<int64_t>(Fingerprint64(request.content, Fingerprint64(request.method)));
}

}  // namespace

absl::Status CreateTables(store::Store& store) {
  return store::Migrate(store, store::MigrationsFrom("idempotency", MigrationFiles()));
}

absl::StatusOr<std::string> AnswerOnce(
    store::Transaction& transaction, const Request& request, absl::Time now,
    absl::FunctionRef<absl::StatusOr<std::string>(store::Transaction&)> mutate) {
  if (request.id.empty()) return mutate(transaction);
  if (request.id.size() > kRequestIdLengthMax) {
    return InvalidArgument("REQUEST_ID_INVALID", "request_id",
                           absl::StrCat("at most ", kRequestIdLengthMax, " characters"));
  }
  const std::string id(request.id);
  const int64_t hash = ContentHash(request);
  // The row comes before the mutation: where transactions run side by side, the same request waits
  // here until the first one has ended, and then finds its answer.
  ASSIGN_OR_RETURN(
      const int64_t first,
      transaction.Execute(
          "INSERT INTO request_ids (request_id, content_hash, answer, answered_micros) "
          "VALUES ($1, $2, $3, $4) ON CONFLICT (request_id) DO NOTHING",
          {id, hash, Blob{}, absl::ToUnixMicros(now)}));
  if (first == 0) {
    ASSIGN_OR_RETURN(
        const Rows known,
        transaction.Query("SELECT content_hash, answer FROM request_ids WHERE request_id = $1",
                          {id}));
    if (known.size() == 1 && known[0].Int(0) == hash) return known[0].Bytes(1);
    return Error(absl::StatusCode::kAlreadyExists, {"REQUEST_ID_REUSED", "request_id"},
                 "the request id was used for another request");
  }
  ASSIGN_OR_RETURN(std::string answer, mutate(transaction));
  RETURN_IF_ERROR(
      transaction
          .Execute("UPDATE request_ids SET answer = $2 WHERE request_id = $1", {id, Blob{answer}})
          .status());
  return answer;
}

absl::Status OutcomeFor(const Request& request, const absl::Status& outcome) {
  const std::optional<ErrorDetail> detail = DetailOf(outcome);
  if (request.id.empty() || !detail.has_value() || detail->reason != kCommitUnknown) return outcome;
  return Error(absl::StatusCode::kUnavailable, *detail,
               "the store went away while committing; the same request finds out what became of it");
}

absl::StatusOr<int64_t> Prune(store::Transaction& transaction, absl::Time before,
                              int64_t rows_max) {
  return transaction.Execute(
      "DELETE FROM request_ids WHERE request_id IN (SELECT request_id FROM request_ids "
      "WHERE answered_micros < $1 ORDER BY answered_micros LIMIT $2)",
      {absl::ToUnixMicros(before), rows_max});
}

}  // namespace bellwether::idempotency
