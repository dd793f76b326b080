// Connections to one PostgreSQL database, lent out one at a time.
#ifndef BELLWETHER_COMMON_STORE_POSTGRES_POOL_H_
#define BELLWETHER_COMMON_STORE_POSTGRES_POOL_H_

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/runtime/background_loop.h"
#include "common/store/postgres_connection.h"
#include "common/store/postgres_options.h"

namespace bellwether::store {

// While the server is away one caller at a time tries it again, no sooner than this after the last
// try; all others fail at once.
inline constexpr absl::Duration kReconnectWaitMin = absl::Milliseconds(50);
inline constexpr absl::Duration kReconnectWaitMax = absl::Seconds(1);

// Lends at most `connections_max` connections, opened when first needed. Thread-safe. Outlives what
// it lends.
class PostgresPool {
 public:
  explicit PostgresPool(PostgresOptions options) : options_(std::move(options)) {}

  struct Lent {
    std::unique_ptr<PostgresConnection> connection;
    bool fresh = false;  // opened for this caller: the server was there a moment ago
  };
  // DEADLINE_EXCEEDED when none becomes free in time; UNAVAILABLE when the server is away.
  absl::StatusOr<Lent> Take() ABSL_LOCKS_EXCLUDED(mutex_);
  // A connection in a transaction or not sound is closed; another is opened when needed.
  void Return(std::unique_ptr<PostgresConnection> connection) ABSL_LOCKS_EXCLUDED(mutex_);
  // The server has gone or been replaced: what lies idle is broken, too.
  void CloseIdle() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  bool MayTry() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return lent_ < options_.connections_max;
  }

  const PostgresOptions options_;
  absl::Mutex mutex_;
  size_t lent_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<PostgresConnection>> idle_ ABSL_GUARDED_BY(mutex_);
  // Set from the first failure to connect until a success; in the future while somebody tries.
  std::optional<absl::Time> try_again_at_ ABSL_GUARDED_BY(mutex_);
  runtime::Backoff backoff_ ABSL_GUARDED_BY(mutex_){kReconnectWaitMin, kReconnectWaitMax};
};

}  // namespace bellwether::store

#endif  // BELLWETHER_COMMON_STORE_POSTGRES_POOL_H_
