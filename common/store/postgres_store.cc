#include "common/store/postgres_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/log/log.h"

namespace bellwether::store {
namespace {

class PostgresTransaction final : public Transaction {
 public:
  PostgresTransaction(PostgresPool& pool, std::unique_ptr<PostgresConnection> connection)
      : pool_(pool), connection_(std::move(connection)) {}

  ~PostgresTransaction() override { Finish(); }

  absl::StatusOr<Rows> Query(absl::string_view sql, absl::Span<const Value> parameters) override {
    RETURN_IF_ERROR(CheckUsable());
    return Noted(connection_->Query(sql, parameters));
  }

  absl::StatusOr<int64_t> Execute(absl::string_view sql,
                                  absl::Span<const Value> parameters) override {
    RETURN_IF_ERROR(CheckUsable());
    return Noted(connection_->Execute(sql, parameters));
  }

  absl::Status ExecuteMany(absl::string_view sql,
                           absl::Span<const std::vector<Value>> parameter_rows) override {
    RETURN_IF_ERROR(CheckUsable());
    absl::Status status = connection_->ExecuteMany(sql, parameter_rows);
    failed_ = !status.ok();
    return status;
  }

  absl::Status Commit() override {
    RETURN_IF_ERROR(CheckUsable());
    const absl::Status status = connection_->Commit();
    Finish();
    return status;
  }

 private:
  template <typename T>
  absl::StatusOr<T> Noted(absl::StatusOr<T> result) {
    failed_ = !result.ok();
    return result;
  }

  // The server would refuse as well; this keeps what its refusal says out of the log.
  absl::Status CheckUsable() const {
    if (connection_ != nullptr && !failed_) return absl::OkStatus();
    return Error(absl::StatusCode::kFailedPrecondition, {"TRANSACTION_OVER"},
                 "the transaction has ended or one of its statements has failed");
  }

  void Finish() {
    if (connection_ == nullptr) return;
    if (connection_->sound() && connection_->in_transaction()) {
      // A connection that cannot even roll back is closed by the pool, which rolls back too.
      const absl::Status rolled_back = connection_->Rollback();
      if (!rolled_back.ok()) LogWarning("store connection given up", {{"status", rolled_back}});
    }
    pool_.Return(std::move(connection_));
  }

  PostgresPool& pool_;
  std::unique_ptr<PostgresConnection> connection_;  // null once the transaction is over
  bool failed_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresStore>> PostgresStore::Open(const PostgresOptions& options) {
  auto store = std::unique_ptr<PostgresStore>(new PostgresStore(options));
  RETURN_IF_ERROR(store->CheckDatabase());
  return store;
}

absl::Status PostgresStore::CheckDatabase() {
  ASSIGN_OR_RETURN(const std::unique_ptr<Transaction> transaction, BeginRead());
  // Text is ordered by its bytes, as on every engine: pages and keys depend on it.
  ASSIGN_OR_RETURN(const Rows rows, transaction->Query("SELECT current_setting('server_encoding'), "
                                                       "'B' < 'a' AND 'a b' < 'aa' AND 'z' < 'é', "
                                                       "current_schema() = $1",
                                                       {options_.schema}));
  if (rows[0].Text(0) != "UTF8") {
    return FailedPrecondition("STORE_ENCODING", "store", "the database is not encoded in UTF-8");
  }
  if (rows[0].Int(1) == 0) {
    return FailedPrecondition("STORE_COLLATION", "store",
                              "the database does not order text by bytes: make it with "
                              "LC_COLLATE 'C' TEMPLATE template0");
  }
  if (rows[0].IsNull(2) || rows[0].Int(2) == 0) {
    return FailedPrecondition(
        "STORE_SCHEMA_MISSING", "store",
        absl::StrCat("there is no schema ", options_.schema, " that this role may use"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Transaction>> PostgresStore::BeginBy(const std::string& begin,
                                                                    absl::Duration wait,
                                                                    absl::Duration statement_wait) {
  while (true) {
    ASSIGN_OR_RETURN(PostgresPool::Lent lent, pool_.Take());
    const absl::Status begun = lent.connection->Begin(begin, wait, statement_wait);
    if (begun.ok()) {
      return std::make_unique<PostgresTransaction>(pool_, std::move(lent.connection));
    }
    pool_.Return(std::move(lent.connection));
    if (lent.fresh || !absl::IsUnavailable(begun)) return begun;
    // It broke while it lay idle: nothing was done on it yet, so another one serves as well.
    pool_.CloseIdle();
  }
}

absl::StatusOr<std::unique_ptr<Transaction>> PostgresStore::Begin() {
  return BeginBy("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", options_.connect_timeout,
                 options_.statement_timeout);
}

absl::StatusOr<std::unique_ptr<Transaction>> PostgresStore::BeginRead() {
  // PostgreSQL takes the snapshot at the first statement, so there is one. Readers hold nothing
  // that others wait for and may think longer between statements.
  static const std::string* const begin =
      new std::string(absl::StrCat("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
                                   "SELECT set_config('idle_in_transaction_session_timeout', '",
                                   absl::ToInt64Milliseconds(kPostgresReaderIdleMax), "', true)"));
  return BeginBy(*begin, options_.connect_timeout, options_.statement_timeout);
}

absl::StatusOr<std::unique_ptr<Transaction>> PostgresStore::BeginMigration() {
  static const std::string* const begin = new std::string(absl::StrCat(
      "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL statement_timeout = ",
      absl::ToInt64Milliseconds(kPostgresMigrationWaitMax),
      "; SET LOCAL lock_timeout = ", absl::ToInt64Milliseconds(kPostgresMigrationWaitMax),
      "; SELECT pg_advisory_xact_lock(hashtextextended('bellwether migrations of ' || "
      "current_schema(), 0))"));
  return BeginBy(*begin, kPostgresMigrationWaitMax, kPostgresMigrationWaitMax);
}

}  // namespace bellwether::store
