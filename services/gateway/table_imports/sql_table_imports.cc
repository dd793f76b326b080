#include "services/gateway/table_imports/sql_table_imports.h"

#include <utility>

#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/store/run_transaction.h"

namespace bellwether::gateway {
namespace {

using imports::v1::TableImport;
using store::Blob;
using store::Value;

absl::StatusOr<TableImport> ReadStored(const std::string& bytes) {
  TableImport import;
  if (import.ParseFromString(bytes)) return import;
  return absl::DataLossError("an import of tables in the gateway's store cannot be read");
}

int64_t CreatedMicros(const TableImport& import) {
  return absl::ToUnixMicros(
      journal::FromTimestamp(import.create_time()).value_or(absl::UnixEpoch()));
}

absl::Status UpdateIn(store::Transaction& transaction, const TableImport& import) {
  return transaction
      .Execute("UPDATE table_imports SET state = $2, stored = $3 WHERE name = $1 AND state <= 2",
               {Value(import.name()), Value(static_cast<int64_t>(import.state())),
                Blob{import.SerializeAsString()}})
      .status();
}

}  // namespace

absl::StatusOr<bool> SqlTableImports::Insert(const TableImport& import,
                                             const std::string& folder_id) {
  bool inserted = false;
  RETURN_IF_ERROR(
      store::RunTransaction(store_, [&](store::Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(
            const int64_t rows,
            transaction.Execute(
                "INSERT INTO table_imports (name, created_micros, folder_id, state, "
                "stored) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING",
                {Value(import.name()), Value(CreatedMicros(import)), Value(folder_id),
                 Value(static_cast<int64_t>(import.state())), Blob{import.SerializeAsString()}}));
        inserted = rows == 1;
        return transaction
            .Execute(
                "DELETE FROM table_imports WHERE state > 2 AND name IN (SELECT name FROM "
                "table_imports ORDER BY created_micros DESC, name DESC LIMIT 1000 OFFSET $1)",
                {Value(kTableImportsKeptMax)})
            .status();
      }));
  return inserted;
}

absl::StatusOr<std::optional<TableImport>> SqlTableImports::Find(const std::string& name) {
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction->Query("SELECT stored FROM table_imports WHERE name = $1", {Value(name)}));
  if (rows.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(TableImport import, ReadStored(rows[0].Bytes(0)));
  return std::optional<TableImport>(std::move(import));
}

absl::StatusOr<std::vector<TableImport>> SqlTableImports::List(const std::string& after,
                                                               int rows_max) {
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  int64_t created = INT64_MAX;
  if (!after.empty()) {
    ASSIGN_OR_RETURN(const store::Rows rows,
                     transaction->Query("SELECT created_micros FROM table_imports WHERE name = $1",
                                        {Value(after)}));
    if (rows.empty()) {
      return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "the page token is not ours");
    }
    created = rows[0].Int(0);
  }
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction->Query("SELECT stored FROM table_imports WHERE created_micros < $1 OR "
                         "(created_micros = $1 AND name < $2) ORDER BY created_micros DESC, name "
                         "DESC LIMIT $3",
                         {Value(created), Value(after), Value(int64_t{rows_max})}));
  std::vector<TableImport> imports;
  for (const store::Row& row : rows) {
    ASSIGN_OR_RETURN(imports.emplace_back(), ReadStored(row.Bytes(0)));
  }
  return imports;
}

absl::Status SqlTableImports::Update(const TableImport& import) {
  return store::RunTransaction(
      store_, [&](store::Transaction& transaction) { return UpdateIn(transaction, import); });
}

absl::Status SqlTableImports::InterruptAll(const std::string& folder_id, absl::Time now) {
  return store::RunTransaction(store_, [&](store::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(
        const store::Rows rows,
        transaction.Query("SELECT stored FROM table_imports WHERE state <= 2 AND folder_id = $1",
                          {Value(folder_id)}));
    for (const store::Row& row : rows) {
      ASSIGN_OR_RETURN(TableImport import, ReadStored(row.Bytes(0)));
      import.set_state(imports::v1::TABLE_IMPORT_STATE_INTERRUPTED);
      import.clear_cancelling();
      *import.mutable_end_time() = journal::ToTimestamp(now);
      import.mutable_error()->set_reason("PROCESS_ENDED");
      import.mutable_error()->set_message("the process ended before the import did");
      RETURN_IF_ERROR(UpdateIn(transaction, import));
    }
    return absl::OkStatus();
  });
}

}  // namespace bellwether::gateway
