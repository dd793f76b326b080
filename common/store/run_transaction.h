// A whole transaction as one call, begun again when another one was in its way.
#ifndef BELLWETHER_COMMON_STORE_RUN_TRANSACTION_H_
#define BELLWETHER_COMMON_STORE_RUN_TRANSACTION_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/store/store.h"

namespace bellwether::store {

inline constexpr int kConflictAttemptsMax = 5;

// Runs `work` in a transaction and commits it. Where transactions of several processes run at the
// same time, one of them may have to give way: it is then begun again, so `work` may run more than
// once and never sees what a failed attempt wrote.
absl::Status RunTransaction(Store& store, absl::FunctionRef<absl::Status(Transaction&)> work);

// True for a transaction that gave way: ABORTED / STORE_CONFLICT.
bool IsConflict(const absl::Status& status);

// For the status of a statement that writes a row just looked for and not found. A unique violation
// then means that another transaction was quicker: a conflict, so that the next attempt finds it.
absl::Status ConflictIfExists(absl::Status status);

}  // namespace bellwether::store

#endif  // BELLWETHER_COMMON_STORE_RUN_TRANSACTION_H_
