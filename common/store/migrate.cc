#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/store/sql_statements.h"
#include "common/store/store.h"

namespace bellwether::store {
namespace {

absl::Status MakeTable(Store& store) {
  ASSIGN_OR_RETURN(auto transaction, store.BeginMigration());
  RETURN_IF_ERROR(transaction
                      ->Execute("CREATE TABLE IF NOT EXISTS schema_migrations ("
                                "name TEXT PRIMARY KEY, content_hash BIGINT NOT NULL)")
                      .status());
  return transaction->Commit();
}

absl::Status Apply(Store& store, const Migration& migration) {
  const auto hash = static_cast<int64_t>(Fingerprint64(migration.sql));
  ASSIGN_OR_RETURN(auto transaction, store.BeginMigration());
  ASSIGN_OR_RETURN(const Rows applied,
                   transaction->Query("SELECT content_hash FROM schema_migrations WHERE name = $1",
                                      {migration.name}));
  if (!applied.empty()) {
    if (applied[0].Int(0) == hash) return absl::OkStatus();
    return FailedPrecondition(
        "MIGRATION_CHANGED", "migrations",
        absl::StrCat("migration ", migration.name, " has been applied with another text"));
  }
  for (const absl::string_view statement : SplitStatements(migration.sql)) {
    RETURN_IF_ERROR(transaction->Execute(statement, {}).status());
  }
  RETURN_IF_ERROR(
      transaction
          ->Execute("INSERT INTO schema_migrations (name, content_hash) VALUES ($1, $2)",
                    {migration.name, hash})
          .status());
  return transaction->Commit();
}

}  // namespace

absl::Status Migrate(Store& store, absl::Span<const Migration> migrations) {
  std::vector<const Migration*> ordered;
  for (const Migration& migration : migrations) {
    if (migration.name.empty()) {
      return InvalidArgument("MIGRATION_UNNAMED", "migrations", "a migration needs a name");
    }
    ordered.push_back(&migration);
  }
  std::sort(ordered.begin(), ordered.end(),
            [](const Migration* a, const Migration* b) { return a->name < b->name; });
  RETURN_IF_ERROR(MakeTable(store));
  for (const Migration* migration : ordered) {
    RETURN_IF_ERROR(Apply(store, *migration));
  }
  return absl::OkStatus();
}

std::vector<Migration> MigrationsFrom(absl::string_view prefix,
                                      absl::Span<const EmbeddedFile> files) {
  std::vector<Migration> migrations;
  for (const EmbeddedFile& file : files) {
    migrations.push_back({absl::StrCat(prefix, "/", file.name), std::string(file.content)});
  }
  return migrations;
}

}  // namespace bellwether::store
