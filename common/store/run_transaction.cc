#include "common/store/run_transaction.h"

#include "common/base/status.h"

namespace bellwether::store {
namespace {

constexpr char kConflict[] = "STORE_CONFLICT";

absl::Status RunOnce(Store& store, absl::FunctionRef<absl::Status(Transaction&)> work) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Transaction> transaction, store.Begin());
  RETURN_IF_ERROR(work(*transaction));
  return transaction->Commit();
}

}  // namespace

absl::Status RunTransaction(Store& store, absl::FunctionRef<absl::Status(Transaction&)> work) {
  absl::Status status;
  for (int attempt = 0; attempt < kConflictAttemptsMax; ++attempt) {
    status = RunOnce(store, work);
    if (!IsConflict(status)) break;
  }
  return status;
}

bool IsConflict(const absl::Status& status) {
  if (!absl::IsAborted(status)) return false;
  const std::optional<ErrorDetail> detail = DetailOf(status);
  return detail.has_value() && detail->reason == kConflict;
}

absl::Status ConflictIfExists(absl::Status status) {
  if (!absl::IsAlreadyExists(status)) return status;
  return Error(absl::StatusCode::kAborted, {kConflict},
               "another transaction wrote the same row first; begin again");
}

}  // namespace bellwether::store
