// One connection to one SQLite file, and the pool that lends connections out.
#ifndef BELLWETHER_COMMON_STORE_SQLITE_CONNECTION_H_
#define BELLWETHER_COMMON_STORE_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/store/store.h"

namespace bellwether::store {

inline constexpr size_t kPreparedStatementsMax = 128;  // per connection

struct SqliteConnectionOptions {
  std::string path;
  bool read_only = false;
  // False only for stores that keep nothing: a commit then does not wait for the disk.
  bool durable = true;
  // How long to wait for locks of other processes.
  absl::Duration busy_wait = absl::Seconds(10);
};

// Owns a sqlite3 handle and its prepared statements. One thread at a time. What SQLite says about a
// failure goes to the log; the statuses returned carry only our own reasons.
class SqliteConnection {
 public:
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(
      const SqliteConnectionOptions& options);
  ~SqliteConnection();

  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  absl::StatusOr<Rows> Query(absl::string_view sql, absl::Span<const Value> parameters);
  // The number of rows changed.
  absl::StatusOr<int64_t> Execute(absl::string_view sql, absl::Span<const Value> parameters);
  absl::Status ExecuteMany(absl::string_view sql,
                           absl::Span<const std::vector<Value>> parameter_rows);

  // True between a BEGIN and its COMMIT or ROLLBACK.
  bool in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

 private:
  // Prepared once, used again and again. Least recently used ones make room.
  struct Statement {
    ~Statement() { sqlite3_finalize(handle); }

    std::string sql;
    sqlite3_stmt* handle = nullptr;
    // parameter_numbers[i] is the n of the "$n" that SQLite holds at its index i + 1.
    std::vector<int> parameter_numbers;
  };

  explicit SqliteConnection(sqlite3* database) : database_(database) {}

  absl::Status Configure(const SqliteConnectionOptions& options);
  absl::StatusOr<Statement*> Prepare(absl::string_view sql);
  absl::Status Bind(const Statement& statement, absl::Span<const Value> parameters);
  absl::Status Failure(int code, absl::string_view sql) const;

  sqlite3* database_;
  // Most recently used first; by_sql_ points into it, keyed by the statement's own text.
  std::list<Statement> statements_;
  absl::flat_hash_map<absl::string_view, std::list<Statement>::iterator> by_sql_;
};

// Lends at most `connections_max` connections, opened when first needed. Thread-safe. Outlives what
// it lends.
class SqlitePool {
 public:
  SqlitePool(SqliteConnectionOptions options, size_t connections_max)
      : options_(std::move(options)), connections_max_(connections_max) {}

  // DEADLINE_EXCEEDED when none becomes free within `wait`.
  absl::StatusOr<std::unique_ptr<SqliteConnection>> Take(absl::Duration wait)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // A connection still in a transaction is broken: it is closed and another is opened later.
  void Return(std::unique_ptr<SqliteConnection> connection) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return lent_ < connections_max_; }

  const SqliteConnectionOptions options_;
  const size_t connections_max_;
  absl::Mutex mutex_;
  size_t lent_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<SqliteConnection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether::store

#endif  // BELLWETHER_COMMON_STORE_SQLITE_CONNECTION_H_
