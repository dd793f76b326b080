#include "common/store/sqlite_store.h"

#include <stdlib.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "common/base/status.h"
#include "common/log/log.h"

namespace bellwether::store {
namespace {

class SqliteTransaction final : public Transaction {
 public:
  SqliteTransaction(SqlitePool& pool, std::unique_ptr<SqliteConnection> connection)
      : pool_(pool), connection_(std::move(connection)) {}

  ~SqliteTransaction() override { Finish(); }

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
    absl::Status status = connection_->Execute("COMMIT", {}).status();
    if (absl::IsUnavailable(status) && !connection_->in_transaction()) {
      // The disk failed inside the commit: whether the log's last frame is whole is not known.
      status = Error(absl::StatusCode::kUnknown, {"COMMIT_UNKNOWN"},
                     "the store failed while committing");
    }
    Finish();
    return status;
  }

 private:
  template <typename T>
  absl::StatusOr<T> Noted(absl::StatusOr<T> result) {
    failed_ = !result.ok();
    return result;
  }

  // As on every engine, a failed statement leaves nothing to do but roll back.
  absl::Status CheckUsable() const {
    if (connection_ != nullptr && !failed_) return absl::OkStatus();
    return Error(absl::StatusCode::kFailedPrecondition, {"TRANSACTION_OVER"},
                 "the transaction has ended or one of its statements has failed");
  }

  void Finish() {
    if (connection_ == nullptr) return;
    if (connection_->in_transaction()) {
      // A connection that cannot even roll back is closed by the pool, which rolls back too.
      const absl::Status rolled_back = connection_->Execute("ROLLBACK", {}).status();
      if (!rolled_back.ok()) LogWarning("store connection given up", {{"status", rolled_back}});
    }
    pool_.Return(std::move(connection_));
  }

  SqlitePool& pool_;
  std::unique_ptr<SqliteConnection> connection_;  // null once the transaction is over
  bool failed_ = false;
};

absl::StatusOr<std::unique_ptr<Transaction>> BeginOn(SqlitePool& pool, absl::Duration wait,
                                                     absl::string_view begin) {
  ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> connection, pool.Take(wait));
  absl::Status status = connection->Execute(begin, {}).status();
  if (absl::IsAborted(status)) {
    status = Error(absl::StatusCode::kDeadlineExceeded, {"STORE_BUSY"},
                   "another process holds the store's lock");
  }
  auto transaction = std::make_unique<SqliteTransaction>(pool, std::move(connection));
  RETURN_IF_ERROR(status);
  return transaction;
}

}  // namespace

SqliteStore::SqliteStore(const SqliteStoreOptions& options)
    : options_(options),
      writer_({.path = options.path,
               .durable = options.scratch_directory.empty(),
               .busy_wait = options.wait},
              1),
      readers_({.path = options.path,
                .read_only = true,
                .durable = options.scratch_directory.empty(),
                .busy_wait = options.wait},
               kSqliteReadersMax) {}

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const SqliteStoreOptions& options) {
  auto store = std::unique_ptr<SqliteStore>(new SqliteStore(options));
  // Opened once here so that a wrong path is known at start.
  ASSIGN_OR_RETURN(auto connection, store->writer_.Take(options.wait));
  store->writer_.Return(std::move(connection));
  return store;
}

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::OpenScratch() {
  std::error_code error;
  std::filesystem::path directory = std::filesystem::temp_directory_path(error);
  std::string pattern = (directory / "bellwether-XXXXXX").string();
  if (error || mkdtemp(pattern.data()) == nullptr) {
    return Error(absl::StatusCode::kUnavailable, {"STORE_UNAVAILABLE"},
                 "no temporary directory can be made");
  }
  return Open({.path = pattern + "/scratch.db", .scratch_directory = pattern});
}

SqliteStore::~SqliteStore() {
  if (options_.scratch_directory.empty()) return;
  std::error_code ignored;  // on Linux open files may be unlinked; a leftover is harmless
  std::filesystem::remove_all(options_.scratch_directory, ignored);
}

absl::StatusOr<std::unique_ptr<Transaction>> SqliteStore::Begin() {
  return BeginOn(writer_, options_.wait, "BEGIN IMMEDIATE");
}

absl::StatusOr<std::unique_ptr<Transaction>> SqliteStore::BeginRead() {
  ASSIGN_OR_RETURN(std::unique_ptr<Transaction> transaction,
                   BeginOn(readers_, options_.wait, "BEGIN"));
  // SQLite takes the snapshot at the first read, so read something now.
  RETURN_IF_ERROR(transaction->Query("SELECT rootpage FROM sqlite_schema LIMIT 1", {}).status());
  return transaction;
}

}  // namespace bellwether::store
