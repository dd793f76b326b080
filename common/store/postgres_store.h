// PostgresStore: one schema of a PostgreSQL database, for deployments that outgrow one machine.
#ifndef BELLWETHER_COMMON_STORE_POSTGRES_STORE_H_
#define BELLWETHER_COMMON_STORE_POSTGRES_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/store/postgres_options.h"
#include "common/store/postgres_pool.h"
#include "common/store/store.h"

namespace bellwether::store {

// How long a migration may take, and wait for another replica's.
inline constexpr absl::Duration kPostgresMigrationWaitMax = absl::Minutes(10);

// How long a reader may do something else between two statements.
inline constexpr absl::Duration kPostgresReaderIdleMax = absl::Minutes(5);

// Transactions that write are READ COMMITTED and lock the rows they decide by (ForUpdate);
// transactions that read see one snapshot. Thread-safe. Outlives its transactions.
//
// While the server is away Begin and BeginRead answer UNAVAILABLE, at once but for the one caller
// that tries it; they work again by themselves when it is back. DEADLINE_EXCEEDED when no
// connection is free or another holds a row for too long; ABORTED after a deadlock.
class PostgresStore final : public Store {
 public:
  // Connects once, so that a wrong URL is known at start. UNAVAILABLE when there is no server: try
  // again. FAILED_PRECONDITION / STORE_ENCODING, STORE_COLLATION or STORE_SCHEMA_MISSING when the
  // database is not set up as the services need it.
  static absl::StatusOr<std::unique_ptr<PostgresStore>> Open(const PostgresOptions& options);

  absl::StatusOr<std::unique_ptr<Transaction>> Begin() override;
  absl::StatusOr<std::unique_ptr<Transaction>> BeginRead() override;
  absl::StatusOr<std::unique_ptr<Transaction>> BeginMigration() override;
  bool IsShared() const override { return true; }
  absl::string_view ForUpdate() const override { return " FOR UPDATE"; }

 private:
  explicit PostgresStore(const PostgresOptions& options) : options_(options), pool_(options) {}

  // `wait` is for the answer to `begin`, `statement_wait` for each statement that follows.
  absl::StatusOr<std::unique_ptr<Transaction>> BeginBy(const std::string& begin,
                                                       absl::Duration wait,
                                                       absl::Duration statement_wait);
  absl::Status CheckDatabase();

  const PostgresOptions options_;
  PostgresPool pool_;
};

}  // namespace bellwether::store

#endif  // BELLWETHER_COMMON_STORE_POSTGRES_STORE_H_
