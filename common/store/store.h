// The store port: SQL transactions on one service's own tables.
//
// Implementations: SqliteStore (one file per service, WAL) and, on the full stack, PostgresStore
// (one schema and role per service). SQL is written once, in the subset both understand: `$1`
// placeholders, BIGINT / TEXT / BYTEA, INSERT … ON CONFLICT … DO UPDATE, RETURNING; what is
// computed is CAST to one of the three types. TEXT is UTF-8 without NUL and is ordered by its
// bytes. No driver text leaves an implementation: errors are ALREADY_EXISTS (unique violation),
// FAILED_PRECONDITION (other constraint), ABORTED (serialisation; try again), DEADLINE_EXCEEDED
// (a lock or a statement took too long), UNAVAILABLE (server away), INTERNAL.
#ifndef BELLWETHER_COMMON_STORE_STORE_H_
#define BELLWETHER_COMMON_STORE_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/embedded_file.h"

namespace bellwether::store {

// Bytes, as opposed to text.
struct Blob {
  std::string bytes;
  friend bool operator==(const Blob&, const Blob&) = default;
};

// NULL, BIGINT, TEXT or BYTEA.
using Value = std::variant<std::monostate, int64_t, std::string, Blob>;

// For nullable columns.
Value Null();
Value IntOrNull(const std::optional<int64_t>& number);
Value TextOrNull(const std::string& text);  // NULL for an empty one

// One row of a result. Reading a column as another type than it has is a programmer error (CHECK).
class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}

  size_t size() const { return values_.size(); }
  bool IsNull(size_t column) const {
    return std::holds_alternative<std::monostate>(values_[column]);
  }
  int64_t Int(size_t column) const;
  const std::string& Text(size_t column) const;
  const std::string& Bytes(size_t column) const;

 private:
  std::vector<Value> values_;
};

using Rows = std::vector<Row>;

// One transaction. Rolled back when destroyed without Commit. One thread. After a failed statement
// nothing but rolling back is left: everything else answers FAILED_PRECONDITION, on every engine.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // Runs a statement; rows of a SELECT or RETURNING, else none.
  virtual absl::StatusOr<Rows> Query(absl::string_view sql, absl::Span<const Value> parameters) = 0;
  // Runs a statement; the number of rows it changed.
  virtual absl::StatusOr<int64_t> Execute(absl::string_view sql,
                                          absl::Span<const Value> parameters) = 0;
  // The same statement for many rows, as fast as the engine can: prepared once on SQLite, multi-row
  // statements on PostgreSQL. `sql` is an INSERT with one VALUES group, optionally with ON
  // CONFLICT.
  virtual absl::Status ExecuteMany(absl::string_view sql,
                                   absl::Span<const std::vector<Value>> parameter_rows) = 0;
  // kUnknown: the connection broke while committing and the result is not known.
  virtual absl::Status Commit() = 0;

  absl::StatusOr<Rows> Query(absl::string_view sql) { return Query(sql, {}); }
  absl::StatusOr<int64_t> Execute(absl::string_view sql) { return Execute(sql, {}); }
};

// Thread-safe.
class Store {
 public:
  virtual ~Store() = default;

  // A transaction that may write. On SQLite it holds the one writer lock from the start (BEGIN
  // IMMEDIATE), so keep it short; DEADLINE_EXCEEDED when the lock is not had in time.
  virtual absl::StatusOr<std::unique_ptr<Transaction>> Begin() = 0;
  // A snapshot to read from; never waits for writers.
  virtual absl::StatusOr<std::unique_ptr<Transaction>> BeginRead() = 0;
  // A transaction that changes tables: only one at a time among all replicas, others wait for it.
  // What Begin is where it keeps every other writer out.
  virtual absl::StatusOr<std::unique_ptr<Transaction>> BeginMigration() { return Begin(); }

  // Whether other processes may write to it at the same time.
  virtual bool IsShared() const { return false; }

  // " FOR UPDATE" where the engine locks rows, "" where Begin already holds the lock.
  virtual absl::string_view ForUpdate() const = 0;
};

struct Migration {
  std::string name;  // "0001_accounts"; applied in order of name
  std::string sql;   // statements ended by semicolons
};

// Files of a service's migrations folder, named "<prefix>/0001_accounts.sql".
std::vector<Migration> MigrationsFrom(absl::string_view prefix,
                                      absl::Span<const EmbeddedFile> files);

// Applies what has not been applied yet, each in a transaction of its own, under one lock for all
// replicas. FAILED_PRECONDITION when an applied migration's text has changed since.
absl::Status Migrate(Store& store, absl::Span<const Migration> migrations);

// Opens "sqlite:<directory>" as "<directory>/<service>.db"; "sqlite::memory:" keeps nothing;
// "postgres://…" as common/store/postgres_options.h says. INVALID_ARGUMENT for an unknown scheme.
absl::StatusOr<std::unique_ptr<Store>> OpenStore(absl::string_view url, absl::string_view service);

}  // namespace bellwether::store

#endif  // BELLWETHER_COMMON_STORE_STORE_H_
