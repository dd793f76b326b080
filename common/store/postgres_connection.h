// One connection to a PostgreSQL server.
#ifndef BELLWETHER_COMMON_STORE_POSTGRES_CONNECTION_H_
#define BELLWETHER_COMMON_STORE_POSTGRES_CONNECTION_H_

#include <libpq-fe.h>

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/store/insert_statement.h"
#include "common/store/postgres_options.h"
#include "common/store/store.h"

namespace bellwether::store {

inline constexpr size_t kPostgresStatementsMax = 128;  // prepared, per connection
// Rows and bytes of one statement of ExecuteMany; a single larger row goes alone.
inline constexpr size_t kPostgresBatchRowsMax = 500;
inline constexpr size_t kPostgresBatchBytesMax = 4 << 20;

// Owns a libpq connection and its prepared statements. One thread at a time. Every wait for the
// server has a deadline of our own, somewhat longer than the server's: a server that stands still
// is a server that is away. What it says about a failure goes to the log; the statuses returned
// carry only our own reasons.
class PostgresConnection {
 public:
  // UNAVAILABLE when there is no server, or it does not let us in.
  static absl::StatusOr<std::unique_ptr<PostgresConnection>> Open(const PostgresOptions& options);

  // Begins a transaction by `sql`, which may hold several statements. Also reports whether the
  // connection still works: UNAVAILABLE after at most `wait` if not. The statements of the
  // transaction may take `statement_wait`.
  absl::Status Begin(const std::string& sql, absl::Duration wait, absl::Duration statement_wait);

  absl::StatusOr<Rows> Query(absl::string_view sql, absl::Span<const Value> parameters);
  // The number of rows changed.
  absl::StatusOr<int64_t> Execute(absl::string_view sql, absl::Span<const Value> parameters);
  absl::Status ExecuteMany(absl::string_view sql,
                           absl::Span<const std::vector<Value>> parameter_rows);

  // kUnknown when the connection broke before the answer came.
  absl::Status Commit();
  absl::Status Rollback();

  // True between a BEGIN and its COMMIT or ROLLBACK.
  bool in_transaction() const { return PQtransactionStatus(connection_.get()) != PQTRANS_IDLE; }
  // False once the server has gone or answered something unexpected: not to be lent again.
  bool sound() const { return sound_; }

  // Of the server's process: for tests that end it.
  int server_process() const { return PQbackendPID(connection_.get()); }

 private:
  struct CloseConnection {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Result = std::unique_ptr<PGresult, ClearResult>;

  // Prepared once, used again and again. Least recently used ones make room.
  struct Statement {
    std::string sql;
    std::string name;
    std::vector<Oid> types;  // of its parameters
  };

  PostgresConnection(PGconn* connection, const PostgresOptions& options)
      : connection_(connection),
        answer_grace_(options.connect_timeout),
        statement_wait_(options.statement_timeout) {}

  // The statement prepared for parameters of `types`, NULL being of any type.
  absl::StatusOr<const Statement*> Prepare(absl::string_view sql, absl::Span<const Oid> types);
  absl::Status LearnTypes(Statement& statement);
  absl::Status Forget(std::list<Statement>::iterator statement);

  // Runs a prepared statement. `types` as for Prepare.
  absl::StatusOr<Result> Run(absl::string_view sql, absl::Span<const Oid> types,
                             absl::Span<const Value> parameters);
  // Inserts rows that a single statement may take.
  absl::Status InsertBatch(const InsertStatement& statement,
                           absl::Span<const std::vector<Value>> rows);

  // Statements without parameters; the last one's result.
  absl::StatusOr<Result> RunSimple(const std::string& sql, absl::Duration wait);
  // Sends what was begun by `sent`, one of libpq's PQsend…, and waits for its results; the last
  // one.
  absl::StatusOr<Result> Answer(int sent, absl::string_view sql, absl::Duration wait);
  // Waits for one of poll's `events` and takes in what came.
  absl::Status AwaitServer(short events, absl::Time deadline, absl::string_view sql);

  absl::Status Failure(const PGresult& result, absl::string_view sql);
  absl::Status Broken(absl::string_view why, absl::string_view sql);

  const std::unique_ptr<PGconn, CloseConnection> connection_;
  // How much later than the server's own limit an answer may still come.
  const absl::Duration answer_grace_;
  absl::Duration statement_wait_;
  bool sound_ = true;
  int64_t prepared_ = 0;
  // Most recently used first; by_sql_ points into it, keyed by the statement's own text.
  std::list<Statement> statements_;
  absl::flat_hash_map<absl::string_view, std::list<Statement>::iterator> by_sql_;
};

}  // namespace bellwether::store

#endif  // BELLWETHER_COMMON_STORE_POSTGRES_CONNECTION_H_
