// What PostgreSQL's SQLSTATEs mean to callers of the port.
#ifndef BELLWETHER_COMMON_STORE_POSTGRES_STATUS_H_
#define BELLWETHER_COMMON_STORE_POSTGRES_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace bellwether::store {

// The status of a statement that failed with `sqlstate`; empty where the server said none.
absl::Status StatusOfSqlState(absl::string_view sqlstate);

// What callers provoke and handle: not worth a line in the log.
bool IsExpectedSqlState(absl::string_view sqlstate);

absl::Status StoreUnavailable();

}  // namespace bellwether::store

#endif  // BELLWETHER_COMMON_STORE_POSTGRES_STATUS_H_
