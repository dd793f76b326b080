#include "services/gateway/adapters/sql_import_runs.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::gateway {
namespace {

using store::Value;

absl::StatusOr<std::optional<ImportRun>> ReadRun(store::Transaction& transaction,
                                                 const std::string& id) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT source, principal, started_micros, lease_end_micros,"
                                     " ended_micros FROM import_runs WHERE import_run = $1",
                                     {Value(id)}));
  if (rows.empty()) return std::optional<ImportRun>();
  const store::Row& row = rows[0];
  ImportRun run{.id = id,
                .source = row.Text(0),
                .principal = row.Text(1),
                .started = absl::FromUnixMicros(row.Int(2)),
                .lease_end = absl::FromUnixMicros(row.Int(3))};
  if (!row.IsNull(4)) run.ended = absl::FromUnixMicros(row.Int(4));
  return std::optional(std::move(run));
}

}  // namespace

absl::StatusOr<ImportRun> SqlImportRuns::Add(const ImportRun& run, absl::Time forget_before) {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, store_.Begin());
  RETURN_IF_ERROR(transaction
                      ->Execute("DELETE FROM import_runs WHERE lease_end_micros < $1",
                                {Value(absl::ToUnixMicros(forget_before))})
                      .status());
  ASSIGN_OR_RETURN(const store::Rows others,
                   transaction->Query("SELECT CAST(COUNT(*) AS BIGINT) FROM import_runs"
                                      " WHERE import_run <> $1 AND ended_micros IS NULL"
                                      " AND lease_end_micros > $2",
                                      {Value(run.id), Value(absl::ToUnixMicros(run.started))}));
  if (others[0].Int(0) >= kImportRunsMax) {
    return Error(absl::StatusCode::kResourceExhausted, {"TOO_MANY_IMPORT_RUNS", "", "L3"},
                 absl::StrCat("at most ", kImportRunsMax, " import runs at a time"));
  }
  RETURN_IF_ERROR(transaction
                      ->Execute("INSERT INTO import_runs (import_run, source, principal,"
                                " started_micros, lease_end_micros) VALUES ($1, $2, $3, $4, $5)"
                                " ON CONFLICT (import_run) DO NOTHING",
                                {Value(run.id), Value(run.source), Value(run.principal),
                                 Value(absl::ToUnixMicros(run.started)),
                                 Value(absl::ToUnixMicros(run.lease_end))})
                      .status());
  ASSIGN_OR_RETURN(std::optional<ImportRun> there, ReadRun(*transaction, run.id));
  RETURN_IF_ERROR(transaction->Commit());
  if (there.has_value()) return *std::move(there);
  return absl::AbortedError("the import run was added and forgotten at once");
}

absl::StatusOr<std::optional<ImportRun>> SqlImportRuns::Find(const std::string& id) {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, store_.BeginRead());
  return ReadRun(*transaction, id);
}

absl::Status SqlImportRuns::SetLeaseEnd(const std::string& id, absl::Time lease_end) {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, store_.Begin());
  RETURN_IF_ERROR(transaction
                      ->Execute("UPDATE import_runs SET lease_end_micros = $1"
                                " WHERE import_run = $2 AND lease_end_micros < $1",
                                {Value(absl::ToUnixMicros(lease_end)), Value(id)})
                      .status());
  return transaction->Commit();
}

absl::Status SqlImportRuns::SetEnded(const std::string& id, absl::Time ended) {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, store_.Begin());
  RETURN_IF_ERROR(transaction
                      ->Execute("UPDATE import_runs SET ended_micros = $1"
                                " WHERE import_run = $2 AND ended_micros IS NULL",
                                {Value(absl::ToUnixMicros(ended)), Value(id)})
                      .status());
  return transaction->Commit();
}

}  // namespace bellwether::gateway
