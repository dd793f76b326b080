#include "services/health/adapters/history/sql_state.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/health/migration_files.h"

namespace bellwether::health {
namespace {

constexpr absl::string_view kWriteSnapshot =
    "INSERT INTO health_snapshot (account, day, known_at, restated, fold_version, snapshot) "
    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, day, known_at) DO NOTHING";

std::vector<store::Value> Values(const SnapshotRow& row, bool restated) {
  return {row.account,       int64_t{row.day}, ToStoredTime(row.known_at),
          int64_t{restated}, row.fold_version, store::Blob{row.snapshot}};
}

constexpr absl::string_view kSelectImport =
    "SELECT import_run, counted, duplicates, conflicts, late, too_old, retracted, first_offset, "
    "withdrawn_offset FROM health_import WHERE partition = $1";

ImportRow ImportRowOf(const store::Row& row) {
  return {{row.Int(1), row.Int(2), row.Int(3), row.Int(4), row.Int(5), row.Int(6)},
          row.Int(7),
          row.Int(8)};
}

// A restated day is written where it differs from what was shown last.
absl::Status WriteRestated(store::Transaction& transaction, const SnapshotRow& row) {
  ASSIGN_OR_RETURN(const store::Rows shown,
                   transaction.Query("SELECT snapshot FROM health_snapshot WHERE account = $1 AND "
                                     "day = $2 ORDER BY known_at DESC LIMIT 1",
                                     {row.account, int64_t{row.day}}));
  if (!shown.empty() && shown[0].Bytes(0) == row.snapshot) return absl::OkStatus();
  return transaction.Execute(kWriteSnapshot, Values(row, !shown.empty())).status();
}

}  // namespace

absl::Status CreateTables(store::Store& store) {
  std::vector<store::Migration> migrations;
  for (const EmbeddedFile& file : MigrationFiles()) {
    migrations.push_back({std::string(file.name), std::string(file.content)});
  }
  return store::Migrate(store, migrations);
}

int64_t ToStoredTime(absl::Time time) {
  if (time == absl::InfinitePast()) return std::numeric_limits<int64_t>::min();
  return absl::ToUnixMicros(time);
}

absl::Time FromStoredTime(int64_t stored) {
  if (stored == std::numeric_limits<int64_t>::min()) return absl::InfinitePast();
  return absl::FromUnixMicros(stored);
}

absl::StatusOr<std::optional<PartitionRow>> ReadPartition(store::Transaction& transaction,
                                                          int32_t partition) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query("SELECT applied_offset, applied_at, activation_offset, "
                        "open_segment, semantics FROM health_partition WHERE partition = $1",
                        {int64_t{partition}}));
  if (rows.empty()) return std::nullopt;
  return PartitionRow{rows[0].Int(0), FromStoredTime(rows[0].Int(1)), rows[0].Int(2),
                      rows[0].Int(3), static_cast<journal::Semantics>(rows[0].Int(4))};
}

absl::Status WritePartition(store::Transaction& transaction, int32_t partition,
                            const PartitionRow& row) {
  return transaction
      .Execute(
          "INSERT INTO health_partition (partition, applied_offset, applied_at, activation_offset, "
          "open_segment, semantics) VALUES ($1, $2, $3, $4, $5, $6) "
          "ON CONFLICT (partition) DO UPDATE SET "
          "applied_offset = excluded.applied_offset, applied_at = excluded.applied_at, "
          "activation_offset = excluded.activation_offset, open_segment = excluded.open_segment, "
          "semantics = excluded.semantics",
          {int64_t{partition}, row.applied_offset, ToStoredTime(row.applied_at),
           row.activation_offset, row.open_segment, static_cast<int64_t>(row.semantics)})
      .status();
}

absl::Status WriteActivation(store::Transaction& transaction, int32_t partition,
                             const ActivationRow& row) {
  return transaction
      .Execute(
          "INSERT INTO health_activation (partition, journal_offset, applied_at, entry) "
          "VALUES ($1, $2, $3, $4) ON CONFLICT (partition, journal_offset) DO NOTHING",
          {int64_t{partition}, row.offset, ToStoredTime(row.applied_at), store::Blob{row.message}})
      .status();
}

absl::StatusOr<std::optional<ActivationRow>> ReadActivation(store::Transaction& transaction,
                                                            int32_t partition, int64_t offset) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT applied_at, entry FROM health_activation "
                                     "WHERE partition = $1 AND journal_offset = $2",
                                     {int64_t{partition}, offset}));
  if (rows.empty()) return std::nullopt;
  return ActivationRow{offset, FromStoredTime(rows[0].Int(0)), rows[0].Bytes(1)};
}

absl::Status WriteAccounts(store::Transaction& transaction, int32_t partition,
                           absl::Span<const AccountRow> rows) {
  // In pieces, so that a large checkpoint does not hold every state twice.
  constexpr size_t kRowsAtOnce = 1'000;
  std::vector<std::vector<store::Value>> values;
  for (size_t at = 0; at < rows.size(); at += kRowsAtOnce) {
    values.clear();
    for (const AccountRow& row : rows.subspan(at, kRowsAtOnce)) {
      values.push_back({int64_t{partition}, row.account, store::Blob{row.state}});
    }
    RETURN_IF_ERROR(transaction.ExecuteMany(
        "INSERT INTO health_account (partition, account, state) VALUES ($1, $2, $3) "
        "ON CONFLICT (partition, account) DO UPDATE SET state = excluded.state",
        values));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> ReadAccount(store::Transaction& transaction,
                                                       int32_t partition,
                                                       const std::string& account) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query("SELECT state FROM health_account WHERE partition = $1 AND account = $2",
                        {int64_t{partition}, account}));
  if (rows.empty()) return std::nullopt;
  return rows[0].Bytes(0);
}

absl::StatusOr<std::vector<AccountRow>> ReadAccounts(store::Transaction& transaction,
                                                     int32_t partition, const std::string& after,
                                                     size_t rows_max) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query("SELECT account, state FROM health_account WHERE partition = $1 AND "
                        "account > $2 ORDER BY account LIMIT $3",
                        {int64_t{partition}, after, static_cast<int64_t>(rows_max)}));
  std::vector<AccountRow> accounts;
  accounts.reserve(rows.size());
  for (const store::Row& row : rows) accounts.push_back({row.Text(0), row.Bytes(1)});
  return accounts;
}

absl::StatusOr<std::optional<AccountPosition>> ReadPosition(store::Transaction& transaction,
                                                            int32_t partition,
                                                            const std::string& account) {
  ASSIGN_OR_RETURN(const auto state, ReadAccount(transaction, partition, account));
  if (!state) return std::nullopt;
  ASSIGN_OR_RETURN(AccountCodec::Decoded decoded,
                   AccountCodec::Decode(*state, nullptr, -1, FoldDay{}));
  return decoded.position;
}

absl::Status WriteSnapshots(store::Transaction& transaction, absl::Span<const SnapshotRow> rows) {
  std::vector<std::vector<store::Value>> closed;
  for (const SnapshotRow& row : rows) {
    if (row.restated) continue;
    closed.push_back(Values(row, false));
  }
  if (!closed.empty()) RETURN_IF_ERROR(transaction.ExecuteMany(kWriteSnapshot, closed));
  for (const SnapshotRow& row : rows) {
    if (row.restated) RETURN_IF_ERROR(WriteRestated(transaction, row));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<SnapshotRow>> ReadSnapshots(store::Transaction& transaction,
                                                       const std::string& account,
                                                       absl::Time known_at, Day before_day,
                                                       size_t rows_max) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query(
          "SELECT day, known_at, restated, fold_version, snapshot FROM health_snapshot AS s "
          "WHERE account = $1 AND day < $2 AND known_at = (SELECT MAX(known_at) FROM "
          "health_snapshot WHERE account = $1 AND day = s.day AND known_at <= $3) "
          "ORDER BY day DESC LIMIT $4",
          {account, int64_t{before_day},
           known_at == absl::InfiniteFuture() ? std::numeric_limits<int64_t>::max()
                                              : ToStoredTime(known_at),
           static_cast<int64_t>(rows_max)}));
  std::vector<SnapshotRow> snapshots;
  for (const store::Row& row : rows) {
    snapshots.push_back({account, static_cast<Day>(row.Int(0)), FromStoredTime(row.Int(1)),
                         row.Int(2) != 0, row.Int(3), row.Bytes(4)});
  }
  return snapshots;
}

absl::StatusOr<std::vector<ClosingRow>> ReadClosings(store::Transaction& transaction,
                                                     int32_t partition, const std::string& after,
                                                     Day first, Day second, size_t rows_max) {
  constexpr absl::string_view kClosing =
      "(SELECT s.snapshot FROM health_snapshot AS s WHERE s.account = a.account AND s.day <= $";
  constexpr absl::string_view kNewest = " ORDER BY s.day DESC, s.known_at DESC LIMIT 1)";
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query(
          absl::StrCat("SELECT a.account, ", kClosing, "3", kNewest, ", ", kClosing, "4", kNewest,
                       " FROM health_account AS a WHERE a.partition = $1 AND "
                       "a.account > $2 ORDER BY a.account LIMIT $5"),
          {int64_t{partition}, after, int64_t{first}, int64_t{second},
           static_cast<int64_t>(rows_max)}));
  std::vector<ClosingRow> closings;
  for (const store::Row& row : rows) {
    closings.push_back(
        {row.Text(0), row.IsNull(1) ? "" : row.Bytes(1), row.IsNull(2) ? "" : row.Bytes(2)});
  }
  return closings;
}

void ImportCounts::Add(FactOutcome outcome) {
  switch (outcome) {
    case FactOutcome::kCounted:
      ++counted;
      break;
    case FactOutcome::kDuplicate:
      ++duplicates;
      break;
    case FactOutcome::kConflict:
      ++conflicts;
      break;
    case FactOutcome::kLate:
      ++late;
      break;
    case FactOutcome::kTooOld:
      ++too_old;
      break;
    case FactOutcome::kRetracted:
      ++retracted;
      break;
  }
}

void ImportCounts::Add(const ImportCounts& other) {
  counted += other.counted;
  duplicates += other.duplicates;
  conflicts += other.conflicts;
  late += other.late;
  too_old += other.too_old;
  retracted += other.retracted;
}

absl::Status WriteImport(store::Transaction& transaction, int32_t partition,
                         const std::string& import_run, const ImportRow& row) {
  const ImportCounts& counts = row.counts;
  return transaction
      .Execute(
          "INSERT INTO health_import (partition, import_run, counted, duplicates, conflicts, late, "
          "too_old, retracted, first_offset, withdrawn_offset) "
          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (partition, import_run) DO "
          "UPDATE SET counted = excluded.counted, duplicates = excluded.duplicates, "
          "conflicts = excluded.conflicts, late = excluded.late, too_old = excluded.too_old, "
          "retracted = excluded.retracted, first_offset = excluded.first_offset, "
          "withdrawn_offset = excluded.withdrawn_offset",
          {int64_t{partition}, import_run, counts.counted, counts.duplicates, counts.conflicts,
           counts.late, counts.too_old, counts.retracted, row.first_offset, row.withdrawn_offset})
      .status();
}

absl::StatusOr<ImportRow> ReadImport(store::Transaction& transaction, int32_t partition,
                                     const std::string& import_run) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query(absl::StrCat(kSelectImport, " AND import_run = $2"),
                                     {int64_t{partition}, import_run}));
  return rows.empty() ? ImportRow{} : ImportRowOf(rows[0]);
}

absl::StatusOr<std::map<std::string, ImportRow>> ReadImports(store::Transaction& transaction,
                                                             int32_t partition) {
  ASSIGN_OR_RETURN(const store::Rows rows, transaction.Query(kSelectImport, {int64_t{partition}}));
  std::map<std::string, ImportRow> imports;
  for (const store::Row& row : rows) imports[row.Text(0)] = ImportRowOf(row);
  return imports;
}

absl::Status ClearPartition(store::Transaction& transaction, int32_t partition) {
  for (const absl::string_view sql : {"DELETE FROM health_partition WHERE partition = $1",
                                      "DELETE FROM health_account WHERE partition = $1",
                                      "DELETE FROM health_subject WHERE partition = $1",
                                      "DELETE FROM health_import WHERE partition = $1"}) {
    RETURN_IF_ERROR(transaction.Execute(sql, {int64_t{partition}}).status());
  }
  return absl::OkStatus();
}

}  // namespace bellwether::health
