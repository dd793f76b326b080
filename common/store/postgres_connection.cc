#include "common/store/postgres_connection.h"

#include <openssl/ssl.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/store/postgres_status.h"
#include "common/store/postgres_values.h"

namespace bellwether::store {
namespace {

constexpr int kBinaryResults = 1;

constexpr Oid kBigintArrayType = 1016;
constexpr Oid kTextArrayType = 1009;
constexpr Oid kByteaArrayType = 1001;

struct ArrayType {
  Oid type;
  absl::string_view name;
};

ArrayType ArrayOf(Oid element) {
  switch (element) {
    case kBigintType:
      return {kBigintArrayType, "bigint[]"};
    case kTextType:
      return {kTextArrayType, "text[]"};
    case kByteaType:
      return {kByteaArrayType, "bytea[]"};
    default:
      return {kUnknownType, ""};
  }
}

absl::string_view Trimmed(const char* text) {
  return absl::StripAsciiWhitespace(text == nullptr ? "" : text);
}

absl::StatusOr<std::string> ReadPassword(const std::string& path) {
  std::string password;
  if (path.empty()) return password;
  std::ifstream file(path);
  if (std::getline(file, password)) return password;
  return FailedPrecondition("STORE_PASSWORD_UNREADABLE", "store",
                            "the password file of the store cannot be read");
}

std::string Milliseconds(absl::Duration duration) {
  return absl::StrCat(absl::ToInt64Milliseconds(duration));
}

// Settings of the session, as the server's command line takes them.
std::string SessionSettings(const PostgresOptions& options) {
  return absl::StrCat(
      "-c search_path=", options.schema,
      " -c statement_timeout=", Milliseconds(options.statement_timeout),
      " -c lock_timeout=", Milliseconds(options.lock_timeout),
      " -c idle_in_transaction_session_timeout=", Milliseconds(options.idle_in_transaction_timeout),
      " -c client_min_messages=warning -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 "
      "-c tcp_keepalives_count=3");
}

void LogNotice(void* /*unused*/, const char* notice) {
  LogWarning("postgres says", {{"notice", Trimmed(notice)}});
}

bool Succeeded(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

size_t BytesOf(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->size();
  if (const auto* blob = std::get_if<Blob>(&value)) return blob->bytes.size();
  return sizeof(int64_t);
}

size_t BytesOf(const std::vector<Value>& row) {
  size_t bytes = 0;
  for (const Value& value : row) bytes += BytesOf(value);
  return bytes;
}

// The values of `columns` in one string, different for different values.
std::string KeyOf(const std::vector<Value>& row, absl::Span<const size_t> columns) {
  std::string key;
  for (const size_t column : columns) {
    if (const auto* number = std::get_if<int64_t>(&row[column])) {
      absl::StrAppend(&key, *number, ";");
    } else if (const auto* text = std::get_if<std::string>(&row[column])) {
      absl::StrAppend(&key, text->size(), ":", *text);
    } else if (const auto* blob = std::get_if<Blob>(&row[column])) {
      absl::StrAppend(&key, blob->bytes.size(), ":", blob->bytes);
    } else {
      key.push_back('-');
    }
  }
  return key;
}

std::vector<Oid> TypesOf(absl::Span<const Value> values) {
  std::vector<Oid> types;
  types.reserve(values.size());
  for (const Value& value : values) types.push_back(TypeOf(value));
  return types;
}

// The type of each column over all rows.
absl::StatusOr<std::vector<Oid>> ColumnTypes(absl::Span<const std::vector<Value>> rows) {
  std::vector<Oid> types = TypesOf(rows[0]);
  for (const std::vector<Value>& row : rows.subspan(1)) {
    for (size_t column = 0; column < types.size(); ++column) {
      const Oid type = TypeOf(row[column]);
      if (types[column] == kUnknownType) types[column] = type;
      if (type != kUnknownType && type != types[column]) {
        return absl::InternalError("the values of a column are of different types");
      }
    }
  }
  return types;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(
    const PostgresOptions& options) {
  ASSIGN_OR_RETURN(const std::string password, ReadPassword(options.password_file));
  const std::string settings = SessionSettings(options);
  const std::string connect_seconds =
      absl::StrCat(absl::ToInt64Seconds(absl::Ceil(options.connect_timeout, absl::Seconds(1))));
  const std::string unanswered = Milliseconds(options.connect_timeout * 2);
  std::vector<std::pair<const char*, const char*>> parameters = {
      {"host", options.hosts.c_str()},
      {"port", options.ports.c_str()},
      {"dbname", options.database.c_str()},
      {"user", options.user.c_str()},
      {"sslmode", options.tls_mode.c_str()},
      {"application_name", options.application.c_str()},
      {"client_encoding", "UTF8"},
      {"options", settings.c_str()},
      {"connect_timeout", connect_seconds.c_str()},
      {"target_session_attrs", "read-write"},  // fences are never read from a replica
      {"gssencmode", "disable"},
      {"keepalives_idle", "10"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", unanswered.c_str()},
  };
  if (!password.empty()) parameters.emplace_back("password", password.c_str());
  if (!options.tls_root_certificate.empty()) {
    parameters.emplace_back("sslrootcert", options.tls_root_certificate.c_str());
  }
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : parameters) {
    keywords.push_back(keyword);
    values.push_back(value);
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);

  PGconn* raw = PQconnectdbParams(keywords.data(), values.data(), /*expand_dbname=*/0);
  auto connection = std::unique_ptr<PostgresConnection>(new PostgresConnection(raw, options));
  if (PQstatus(raw) != CONNECTION_OK || PQsetnonblocking(raw, 1) != 0) {
    LogWarning("no connection to postgres",
               {{"host", options.hosts},
                {"port", options.ports},
                {"database", options.database},
                {"user", options.user},
                {"error", raw == nullptr ? "out of memory" : Trimmed(PQerrorMessage(raw))}});
    return StoreUnavailable();
  }
  PQsetNoticeProcessor(raw, &LogNotice, nullptr);
  return connection;
}

absl::Status PostgresConnection::Begin(const std::string& sql, absl::Duration wait,
                                       absl::Duration statement_wait) {
  statement_wait_ = statement_wait + answer_grace_;
  return RunSimple(sql, wait).status();
}

absl::StatusOr<Rows> PostgresConnection::Query(absl::string_view sql,
                                               absl::Span<const Value> parameters) {
  ASSIGN_OR_RETURN(const Result result, Run(sql, TypesOf(parameters), parameters));
  return RowsOf(result.get());
}

absl::StatusOr<int64_t> PostgresConnection::Execute(absl::string_view sql,
                                                    absl::Span<const Value> parameters) {
  ASSIGN_OR_RETURN(const Result result, Run(sql, TypesOf(parameters), parameters));
  const absl::string_view command = PQcmdStatus(result.get());
  if (absl::StartsWith(command, "SELECT")) return 0;
  return std::atoll(PQcmdTuples(result.get()));
}

absl::Status PostgresConnection::ExecuteMany(absl::string_view sql,
                                             absl::Span<const std::vector<Value>> parameter_rows) {
  const std::optional<InsertStatement> statement = InsertStatement::Parse(sql);
  if (!statement.has_value()) {
    for (const std::vector<Value>& row : parameter_rows) {
      RETURN_IF_ERROR(Execute(sql, row).status());
    }
    return absl::OkStatus();
  }
  absl::flat_hash_set<std::string> keys;
  size_t first = 0, bytes = 0;
  const auto insert_until = [&](size_t end) -> absl::Status {
    const auto rows = parameter_rows.subspan(first, end - first);
    first = end;
    bytes = 0;
    keys.clear();
    if (rows.empty()) return absl::OkStatus();
    return rows.size() == 1 ? Execute(sql, rows[0]).status() : InsertBatch(*statement, rows);
  };
  for (size_t i = 0; i < parameter_rows.size(); ++i) {
    const std::vector<Value>& row = parameter_rows[i];
    if (row.size() != statement->parameter_count()) {
      return absl::InternalError("a row has not as many values as the statement has placeholders");
    }
    const size_t row_bytes = BytesOf(row);
    if (i - first == kPostgresBatchRowsMax || bytes + row_bytes > kPostgresBatchBytesMax) {
      RETURN_IF_ERROR(insert_until(i));
    }
    // A row that changes one of the same statement belongs to the next, as if they came singly.
    if (!statement->key().empty() && !keys.insert(KeyOf(row, statement->key())).second) {
      RETURN_IF_ERROR(insert_until(i));
      keys.insert(KeyOf(row, statement->key()));
    }
    bytes += row_bytes;
  }
  return insert_until(parameter_rows.size());
}

absl::Status PostgresConnection::InsertBatch(const InsertStatement& statement,
                                             absl::Span<const std::vector<Value>> rows) {
  ASSIGN_OR_RETURN(const std::vector<Oid> columns, ColumnTypes(rows));
  std::vector<absl::string_view> names;
  std::vector<Oid> types;
  std::vector<Value> arrays;
  for (size_t column = 0; column < columns.size(); ++column) {
    const ArrayType array = ArrayOf(columns[column]);
    names.push_back(array.name);
    if (array.type == kUnknownType) continue;
    types.push_back(array.type);
    arrays.emplace_back(PostgresArray(rows, column, columns[column]));
  }
  if (arrays.empty()) return absl::InternalError("rows of nothing but NULL");
  return Run(statement.OverArrays(names), types, arrays).status();
}

absl::Status PostgresConnection::Commit() {
  const absl::StatusOr<Result> result = RunSimple("COMMIT", statement_wait_);
  if (result.ok()) {
    if (absl::string_view(PQcmdStatus(result->get())) == "COMMIT") return absl::OkStatus();
    return Error(absl::StatusCode::kAborted, {"STORE_CONFLICT"}, "the transaction was rolled back");
  }
  // An answer that ends the transaction is a definite no; without one it may have been committed.
  if (PQstatus(connection_.get()) == CONNECTION_OK && !in_transaction()) return result.status();
  sound_ = false;
  return Error(absl::StatusCode::kUnknown, {"COMMIT_UNKNOWN"},
               "the connection to the store broke while committing");
}

absl::Status PostgresConnection::Rollback() {
  return RunSimple("ROLLBACK", answer_grace_).status();
}

absl::StatusOr<const PostgresConnection::Statement*> PostgresConnection::Prepare(
    absl::string_view sql, absl::Span<const Oid> types) {
  if (const auto found = by_sql_.find(sql); found != by_sql_.end()) {
    const Statement& known = *found->second;
    const bool fits = std::equal(
        types.begin(), types.end(), known.types.begin(), known.types.end(),
        [](Oid wanted, Oid prepared) { return wanted == kUnknownType || wanted == prepared; });
    if (fits) {
      statements_.splice(statements_.begin(), statements_, found->second);
      return &statements_.front();
    }
    RETURN_IF_ERROR(Forget(found->second));
  }
  if (statements_.size() >= kPostgresStatementsMax) {
    RETURN_IF_ERROR(Forget(std::prev(statements_.end())));
  }
  Statement statement{std::string(sql), absl::StrCat("s", ++prepared_),
                      std::vector<Oid>(types.begin(), types.end())};
  RETURN_IF_ERROR(
      Answer(PQsendPrepare(connection_.get(), statement.name.c_str(), statement.sql.c_str(),
                           static_cast<int>(types.size()), statement.types.data()),
             sql, statement_wait_)
          .status());
  if (std::find(types.begin(), types.end(), kUnknownType) != types.end()) {
    RETURN_IF_ERROR(LearnTypes(statement));
  }
  statements_.push_front(std::move(statement));
  by_sql_[statements_.front().sql] = statements_.begin();
  return &statements_.front();
}

absl::Status PostgresConnection::LearnTypes(Statement& statement) {
  ASSIGN_OR_RETURN(const Result description,
                   Answer(PQsendDescribePrepared(connection_.get(), statement.name.c_str()),
                          statement.sql, statement_wait_));
  statement.types.resize(PQnparams(description.get()));
  for (size_t i = 0; i < statement.types.size(); ++i) {
    statement.types[i] = PQparamtype(description.get(), static_cast<int>(i));
  }
  return absl::OkStatus();
}

absl::Status PostgresConnection::Forget(std::list<Statement>::iterator statement) {
  const std::string deallocate = absl::StrCat("DEALLOCATE ", statement->name);
  by_sql_.erase(statement->sql);
  statements_.erase(statement);
  return RunSimple(deallocate, statement_wait_).status();
}

absl::StatusOr<PostgresConnection::Result> PostgresConnection::Run(
    absl::string_view sql, absl::Span<const Oid> types, absl::Span<const Value> parameters) {
  ASSIGN_OR_RETURN(const Statement* const statement, Prepare(sql, types));
  const PostgresParameters bound(parameters);
  return Answer(
      PQsendQueryPrepared(connection_.get(), statement->name.c_str(), bound.count(), bound.values(),
                          bound.lengths(), bound.formats(), kBinaryResults),
      sql, statement_wait_);
}

absl::StatusOr<PostgresConnection::Result> PostgresConnection::RunSimple(const std::string& sql,
                                                                         absl::Duration wait) {
  return Answer(PQsendQuery(connection_.get(), sql.c_str()), sql, wait);
}

absl::StatusOr<PostgresConnection::Result> PostgresConnection::Answer(int sent,
                                                                      absl::string_view sql,
                                                                      absl::Duration wait) {
  PGconn* const connection = connection_.get();
  if (sent == 0) return Broken(Trimmed(PQerrorMessage(connection)), sql);
  const absl::Time deadline = Clock::System().Now() + wait;
  for (int unsent; (unsent = PQflush(connection)) != 0;) {
    if (unsent < 0) return Broken(Trimmed(PQerrorMessage(connection)), sql);
    RETURN_IF_ERROR(AwaitServer(POLLIN | POLLOUT, deadline, sql));
  }
  Result last;
  while (true) {
    while (PQisBusy(connection) != 0) RETURN_IF_ERROR(AwaitServer(POLLIN, deadline, sql));
    Result next(PQgetResult(connection));
    if (next == nullptr) break;
    last = std::move(next);
  }
  if (last == nullptr) return Broken("no result", sql);
  if (!Succeeded(last.get())) return Failure(*last, sql);
  return last;
}

absl::Status PostgresConnection::AwaitServer(short events, absl::Time deadline,
                                             absl::string_view sql) {
  // The socket does not show what OpenSSL has decrypted already.
  auto* const tls = static_cast<SSL*>(PQsslStruct(connection_.get(), "OpenSSL"));
  if ((events & POLLIN) != 0 && tls != nullptr && SSL_pending(tls) > 0) {
    if (PQconsumeInput(connection_.get()) != 0) return absl::OkStatus();
    return Broken(Trimmed(PQerrorMessage(connection_.get())), sql);
  }
  pollfd socket{.fd = PQsocket(connection_.get()), .events = events, .revents = 0};
  int ready;
  do {
    const absl::Duration left = deadline - Clock::System().Now();
    ready = poll(&socket, 1, static_cast<int>(std::max<int64_t>(0, ToInt64Milliseconds(left))));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) return Broken("no answer in time", sql);
  if ((socket.revents & ~POLLOUT) != 0 && PQconsumeInput(connection_.get()) == 0) {
    return Broken(Trimmed(PQerrorMessage(connection_.get())), sql);
  }
  return absl::OkStatus();
}

absl::Status PostgresConnection::Failure(const PGresult& result, absl::string_view sql) {
  if (PQstatus(connection_.get()) != CONNECTION_OK) {
    return Broken(Trimmed(PQresultErrorMessage(&result)), sql);
  }
  const absl::string_view sqlstate = Trimmed(PQresultErrorField(&result, PG_DIAG_SQLSTATE));
  absl::Status status = StatusOfSqlState(sqlstate);
  // After anything that callers do not bring about themselves a fresh connection is safer.
  if (absl::IsUnavailable(status) || absl::IsInternal(status)) sound_ = false;
  if (!IsExpectedSqlState(sqlstate)) {
    // Only the primary message: the detail quotes rows.
    LogError("postgres failed",
             {{"error", Trimmed(PQresultErrorField(&result, PG_DIAG_MESSAGE_PRIMARY))},
              {"sqlstate", sqlstate},
              {"sql", sql}});
  }
  return status;
}

absl::Status PostgresConnection::Broken(absl::string_view why, absl::string_view sql) {
  sound_ = false;
  LogWarning("connection to postgres lost", {{"error", why}, {"sql", sql}});
  return StoreUnavailable();
}

}  // namespace bellwether::store
