#include "services/accounts/adapters/sql_accounts.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bellwether/accounts/v1/storage.pb.h"
#include "common/base/status.h"
#include "common/consume/positions.h"
#include "common/cut/cuts.h"
#include "common/journal/timestamps.h"
#include "common/scheme/classes.h"
#include "common/store/run_transaction.h"
#include "services/accounts/adapters/account_messages.h"
#include "services/accounts/migration_files.h"

namespace bellwether::accounts {
namespace {

using store::Blob;
using store::Row;
using store::Rows;
using store::Value;

absl::Status Malformed() {
  return Error(absl::StatusCode::kDataLoss, {"ACCOUNT_ROW_MALFORMED"},
               "a stored account cannot be read");
}

// " WHERE account_id > $1 AND owner = $2 …" with its parameters.
struct Where {
  std::string sql;
  std::vector<Value> parameters;
};

Where WhereOf(const AccountFilter& filter, const std::string& after) {
  Where where{" WHERE account_id > $1", {after}};
  const auto equals = [&](absl::string_view column, const std::string& value) {
    if (value.empty()) return;
    where.parameters.push_back(value);
    absl::StrAppend(&where.sql, " AND ", column, " = $", where.parameters.size());
  };
  equals("owner", filter.owner);
  equals("industry", filter.industry);
  equals("tier", filter.tier);
  return where;
}

absl::Status InsertExternalIds(store::Transaction& transaction, const Account& account) {
  if (account.external_ids.empty()) return absl::OkStatus();
  std::vector<std::vector<Value>> rows;
  for (const ExternalId& id : account.external_ids) {
    rows.push_back({id.source, id.id, account.id});
  }
  return store::ConflictIfExists(transaction.ExecuteMany(
      "INSERT INTO account_external_ids (source, external_id, account_id) VALUES ($1, $2, $3)",
      rows));
}

}  // namespace

absl::Status CreateTables(store::Store& store) {
  // Before ours, which write into them.
  RETURN_IF_ERROR(consume::CreateTables(store));
  RETURN_IF_ERROR(cut::CreateTables(store));
  RETURN_IF_ERROR(scheme::CreateTables(store));
  return store::Migrate(store, store::MigrationsFrom("accounts", MigrationFiles()));
}

absl::StatusOr<std::optional<Account>> SqlAccounts::Find(store::Transaction& transaction,
                                                         const std::string& account_id) {
  return Read(transaction, account_id, "");
}

absl::StatusOr<std::optional<Account>> SqlAccounts::FindForUpdate(store::Transaction& transaction,
                                                                  const std::string& account_id) {
  return Read(transaction, account_id, for_update_);
}

absl::StatusOr<std::optional<Account>> SqlAccounts::Read(store::Transaction& transaction,
                                                         const std::string& account_id,
                                                         absl::string_view lock) {
  ASSIGN_OR_RETURN(
      const Rows rows,
      transaction.Query(absl::StrCat("SELECT body FROM accounts WHERE account_id = $1", lock),
                        {account_id}));
  if (rows.empty()) return std::nullopt;
  return Decode(rows[0].Bytes(0));
}

absl::StatusOr<std::string> SqlAccounts::FindByExternalId(store::Transaction& transaction,
                                                          const ExternalId& external_id) {
  ASSIGN_OR_RETURN(const Rows rows, transaction.Query("SELECT account_id FROM account_external_ids "
                                                      "WHERE source = $1 AND external_id = $2",
                                                      {external_id.source, external_id.id}));
  return rows.empty() ? std::string() : rows[0].Text(0);
}

absl::StatusOr<std::vector<std::string>> SqlAccounts::Lineage(store::Transaction& transaction,
                                                              const std::string& account_id,
                                                              size_t count_max) {
  return ReadLineage(transaction, account_id, count_max, "");
}

absl::StatusOr<std::vector<std::string>> SqlAccounts::LineageForUpdate(
    store::Transaction& transaction, const std::string& account_id, size_t count_max) {
  return ReadLineage(transaction, account_id, count_max, for_update_);
}

absl::StatusOr<std::vector<std::string>> SqlAccounts::ReadLineage(store::Transaction& transaction,
                                                                  const std::string& account_id,
                                                                  size_t count_max,
                                                                  absl::string_view lock) {
  std::vector<std::string> lineage;
  std::string next = account_id;
  while (!next.empty() && lineage.size() < count_max) {
    ASSIGN_OR_RETURN(
        const Rows rows,
        transaction.Query(
            absl::StrCat("SELECT parent_id FROM accounts WHERE account_id = $1", lock), {next}));
    if (rows.empty()) break;
    lineage.push_back(std::move(next));
    next = rows[0].IsNull(0) ? std::string() : rows[0].Text(0);
  }
  return lineage;
}

absl::StatusOr<std::vector<Account>> SqlAccounts::List(store::Transaction& transaction,
                                                       const AccountFilter& filter,
                                                       const std::string& after, size_t count_max) {
  Where where = WhereOf(filter, after);
  where.parameters.push_back(static_cast<int64_t>(count_max));
  ASSIGN_OR_RETURN(
      const Rows rows,
      transaction.Query(absl::StrCat("SELECT body FROM accounts", where.sql,
                                     " ORDER BY account_id LIMIT $", where.parameters.size()),
                        where.parameters));
  std::vector<Account> accounts;
  accounts.reserve(rows.size());
  for (const Row& row : rows) {
    ASSIGN_OR_RETURN(Account account, Decode(row.Bytes(0)));
    accounts.push_back(std::move(account));
  }
  return accounts;
}

absl::StatusOr<int64_t> SqlAccounts::Count(store::Transaction& transaction,
                                           const AccountFilter& filter) {
  const Where where = WhereOf(filter, "");
  ASSIGN_OR_RETURN(const Rows rows,
                   transaction.Query(absl::StrCat("SELECT COUNT(*) FROM accounts", where.sql),
                                     where.parameters));
  return rows[0].Int(0);
}

absl::StatusOr<std::vector<AccountTier>> SqlAccounts::Tiers(store::Transaction& transaction) {
  ASSIGN_OR_RETURN(
      const Rows rows,
      transaction.Query("SELECT account_id, tier, tier_pinned FROM accounts ORDER BY account_id"));
  std::vector<AccountTier> tiers;
  tiers.reserve(rows.size());
  for (const Row& row : rows) tiers.push_back({row.Text(0), row.Text(1), row.Int(2) != 0});
  return tiers;
}

absl::Status SqlAccounts::Insert(store::Transaction& transaction, const Account& account) {
  RETURN_IF_ERROR(store::ConflictIfExists(
      transaction
          .Execute("INSERT INTO accounts (account_id, version, owner, industry, tier, tier_pinned, "
                   "parent_id, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                   {account.id, account.version, account.owner, account.industry, account.tier,
                    int64_t{account.tier_pinned}, store::TextOrNull(account.parent_id),
                    Blob{Encode(account)}})
          .status()));
  return InsertExternalIds(transaction, account);
}

absl::Status SqlAccounts::Update(store::Transaction& transaction, const Account& account) {
  RETURN_IF_ERROR(
      transaction
          .Execute("UPDATE accounts SET version = $2, owner = $3, industry = $4, tier = $5, "
                   "tier_pinned = $6, parent_id = $7, body = $8 WHERE account_id = $1",
                   {account.id, account.version, account.owner, account.industry, account.tier,
                    int64_t{account.tier_pinned}, store::TextOrNull(account.parent_id),
                    Blob{Encode(account)}})
          .status());
  RETURN_IF_ERROR(
      transaction.Execute("DELETE FROM account_external_ids WHERE account_id = $1", {account.id})
          .status());
  return InsertExternalIds(transaction, account);
}

std::string SqlAccounts::Encode(const Account& account) const {
  v1::StoredAccount stored;
  *stored.mutable_account() = ToProto(account);
  stored.set_version(account.version);
  return stored.SerializeAsString();
}

absl::StatusOr<Account> SqlAccounts::Decode(const std::string& bytes) const {
  v1::StoredAccount stored;
  if (!stored.ParseFromString(bytes)) return Malformed();
  ASSIGN_OR_RETURN(const std::string id, AccountIdOf(stored.account().name(), "name"));
  ASSIGN_OR_RETURN(Account account, FromProto(stored.account(), id));
  const auto created = journal::FromTimestamp(stored.account().create_time());
  const auto updated = journal::FromTimestamp(stored.account().update_time());
  if (!created.has_value() || !updated.has_value()) return Malformed();
  account.created = *created;
  account.updated = *updated;
  account.version = stored.version();
  return account;
}

}  // namespace bellwether::accounts
