#include "common/store/sqlite_connection.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/log/log.h"

namespace bellwether::store {
namespace {

// The log file may grow to this many pages before it is folded back into the database: fewer,
// larger checkpoints make bulk writes cheaper.
constexpr int kWalCheckpointPages = 8'192;  // 32 MiB
constexpr int kCacheKibibytes = 16'384;

absl::Status StatusOf(int code) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
          code == SQLITE_CONSTRAINT_ROWID) {
        return Error(absl::StatusCode::kAlreadyExists, {"UNIQUE_VIOLATION"},
                     "a row with that key exists");
      }
      return Error(absl::StatusCode::kFailedPrecondition, {"CONSTRAINT_VIOLATION"},
                   "a constraint of the table refused the row");
    case SQLITE_READONLY:
      return Error(absl::StatusCode::kFailedPrecondition, {"STORE_READ_ONLY"},
                   "this transaction may only read");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(absl::StatusCode::kAborted, {"STORE_BUSY"}, "the store is locked by another");
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_FULL:
      return Error(absl::StatusCode::kUnavailable, {"STORE_UNAVAILABLE"},
                   "the store's file cannot be read or written");
    default:
      return Error(absl::StatusCode::kInternal, {"STORE_ERROR"},
                   absl::StrCat("the store failed with code ", code));
  }
}

// Conditions that callers provoke and handle are not worth a line in the log.
bool IsExpected(int code) {
  const int primary = code & 0xff;
  return primary == SQLITE_CONSTRAINT || primary == SQLITE_BUSY || primary == SQLITE_READONLY;
}

Value ColumnValue(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return sqlite3_column_int64(statement, column);
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, sqlite3_column_bytes(statement, column));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      const int size = sqlite3_column_bytes(statement, column);
      return Blob{size == 0 ? std::string() : std::string(bytes, size)};
    }
    case SQLITE_FLOAT:  // sum() of integers beyond the statement's own cast; never stored by us
      return static_cast<int64_t>(sqlite3_column_double(statement, column));
    default:
      return std::monostate();
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(
    const SqliteConnectionOptions& options) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(
      options.path.c_str(), &database,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  auto connection = std::unique_ptr<SqliteConnection>(new SqliteConnection(database));
  if (code != SQLITE_OK) return connection->Failure(code, "open");
  RETURN_IF_ERROR(connection->Configure(options));
  return connection;
}

SqliteConnection::~SqliteConnection() {
  by_sql_.clear();
  statements_.clear();
  sqlite3_close(database_);
}

absl::Status SqliteConnection::Configure(const SqliteConnectionOptions& options) {
  sqlite3_busy_timeout(database_, static_cast<int>(absl::ToInt64Milliseconds(options.busy_wait)));
  const std::string pragmas =
      absl::StrCat("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA synchronous = ",
                   options.durable ? "FULL" : "OFF",
                   "; PRAGMA wal_autocheckpoint = ", kWalCheckpointPages, "; PRAGMA cache_size = -",
                   kCacheKibibytes, "; PRAGMA query_only = ", options.read_only ? "ON" : "OFF");
  const int code = sqlite3_exec(database_, pragmas.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Failure(code, pragmas);
}

absl::Status SqliteConnection::Failure(int code, absl::string_view sql) const {
  if (!IsExpected(code)) {
    LogError("sqlite failed",
             {{"error", database_ == nullptr ? "out of memory" : sqlite3_errmsg(database_)},
              {"code", code},
              {"sql", sql}});
  }
  return StatusOf(code);
}

absl::StatusOr<SqliteConnection::Statement*> SqliteConnection::Prepare(absl::string_view sql) {
  if (const auto found = by_sql_.find(sql); found != by_sql_.end()) {
    statements_.splice(statements_.begin(), statements_, found->second);
    return &statements_.front();
  }
  std::list<Statement> fresh(1);
  Statement& statement = fresh.front();
  statement.sql = std::string(sql);
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v3(database_, statement.sql.c_str(), statement.sql.size() + 1,
                                      SQLITE_PREPARE_PERSISTENT, &statement.handle, &tail);
  if (code != SQLITE_OK) return Failure(code, sql);
  if (statement.handle == nullptr || *tail != '\0') {
    return absl::InternalError("not exactly one SQL statement");
  }
  const int parameters = sqlite3_bind_parameter_count(statement.handle);
  for (int index = 1; index <= parameters; ++index) {
    const char* name = sqlite3_bind_parameter_name(statement.handle, index);
    int number = 0;
    if (name == nullptr || name[0] != '$' || !absl::SimpleAtoi(name + 1, &number) || number < 1 ||
        number > parameters) {
      return absl::InternalError("placeholders must be $1 … $n without gaps");
    }
    statement.parameter_numbers.push_back(number);
  }
  if (statements_.size() >= kPreparedStatementsMax) {
    by_sql_.erase(statements_.back().sql);
    statements_.pop_back();
  }
  statements_.splice(statements_.begin(), fresh);
  by_sql_[statements_.front().sql] = statements_.begin();
  return &statements_.front();
}

absl::Status SqliteConnection::Bind(const Statement& statement,
                                    absl::Span<const Value> parameters) {
  if (parameters.size() != statement.parameter_numbers.size()) {
    return absl::InternalError(absl::StrCat("the statement has ",
                                            statement.parameter_numbers.size(),
                                            " placeholders but was given ", parameters.size()));
  }
  for (size_t i = 0; i < statement.parameter_numbers.size(); ++i) {
    const int index = static_cast<int>(i) + 1;
    const Value& value = parameters[statement.parameter_numbers[i] - 1];
    int code = SQLITE_OK;
    // The bytes are the caller's and outlive the step, so nothing is copied.
    if (const auto* number = std::get_if<int64_t>(&value)) {
      code = sqlite3_bind_int64(statement.handle, index, *number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      code = sqlite3_bind_text64(statement.handle, index, text->data(), text->size(), SQLITE_STATIC,
                                 SQLITE_UTF8);
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
      code = sqlite3_bind_blob64(statement.handle, index, blob->bytes.data(), blob->bytes.size(),
                                 SQLITE_STATIC);
    } else {
      code = sqlite3_bind_null(statement.handle, index);
    }
    if (code != SQLITE_OK) return Failure(code, statement.sql);
  }
  return absl::OkStatus();
}

absl::StatusOr<Rows> SqliteConnection::Query(absl::string_view sql,
                                             absl::Span<const Value> parameters) {
  ASSIGN_OR_RETURN(Statement * statement, Prepare(sql));
  const auto reset = absl::MakeCleanup([statement] { sqlite3_reset(statement->handle); });
  RETURN_IF_ERROR(Bind(*statement, parameters));
  Rows rows;
  const int columns = sqlite3_column_count(statement->handle);
  int code;
  while ((code = sqlite3_step(statement->handle)) == SQLITE_ROW) {
    std::vector<Value> values;
    values.reserve(columns);
    for (int column = 0; column < columns; ++column) {
      values.push_back(ColumnValue(statement->handle, column));
    }
    rows.emplace_back(std::move(values));
  }
  if (code != SQLITE_DONE) return Failure(code, sql);
  return rows;
}

absl::StatusOr<int64_t> SqliteConnection::Execute(absl::string_view sql,
                                                  absl::Span<const Value> parameters) {
  ASSIGN_OR_RETURN(Statement * statement, Prepare(sql));
  const auto reset = absl::MakeCleanup([statement] { sqlite3_reset(statement->handle); });
  RETURN_IF_ERROR(Bind(*statement, parameters));
  const int64_t changes_before = sqlite3_total_changes64(database_);
  int code;
  while ((code = sqlite3_step(statement->handle)) == SQLITE_ROW) {
  }
  if (code != SQLITE_DONE) return Failure(code, sql);
  return sqlite3_total_changes64(database_) - changes_before;
}

absl::Status SqliteConnection::ExecuteMany(absl::string_view sql,
                                           absl::Span<const std::vector<Value>> parameter_rows) {
  ASSIGN_OR_RETURN(Statement * statement, Prepare(sql));
  const auto reset = absl::MakeCleanup([statement] { sqlite3_reset(statement->handle); });
  for (const std::vector<Value>& parameters : parameter_rows) {
    RETURN_IF_ERROR(Bind(*statement, parameters));
    int code;
    while ((code = sqlite3_step(statement->handle)) == SQLITE_ROW) {
    }
    if (code != SQLITE_DONE) return Failure(code, sql);
    sqlite3_reset(statement->handle);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqlitePool::Take(absl::Duration wait) {
  {
    absl::MutexLock lock(&mutex_);
    if (!mutex_.AwaitWithTimeout(absl::Condition(this, &SqlitePool::HasRoom), wait)) {
      return Error(absl::StatusCode::kDeadlineExceeded, {"STORE_BUSY"},
                   "no connection to the store became free in time");
    }
    ++lent_;
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  auto connection = SqliteConnection::Open(options_);
  if (!connection.ok()) {
    absl::MutexLock lock(&mutex_);
    --lent_;
  }
  return connection;
}

void SqlitePool::Return(std::unique_ptr<SqliteConnection> connection) {
  if (connection->in_transaction()) connection.reset();
  absl::MutexLock lock(&mutex_);
  --lent_;
  if (connection != nullptr) idle_.push_back(std::move(connection));
}

}  // namespace bellwether::store
