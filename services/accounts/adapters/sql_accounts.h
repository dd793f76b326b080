// Accounts in SQL.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SQL_ACCOUNTS_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SQL_ACCOUNTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/store/store.h"
#include "services/accounts/domain/account.h"

namespace bellwether::accounts {

// Empty members mean any.
struct AccountFilter {
  std::string owner;
  std::string industry;
  std::string tier;
};

// What a cut needs to know of every account.
struct AccountTier {
  std::string account_id;
  std::string tier;
  bool pinned = false;
};

// Makes the service's own tables; once, at start.
absl::Status CreateTables(store::Store& store);

// The tables of migrations/0001_accounts.sql. Thread-safe; every call works in the transaction it
// is given.
class SqlAccounts {
 public:
  explicit SqlAccounts(const store::Store& store) : for_update_(store.ForUpdate()) {}

  absl::StatusOr<std::optional<Account>> Find(store::Transaction& transaction,
                                              const std::string& account_id);
  // As Find, and nobody else changes the account until the transaction ends.
  absl::StatusOr<std::optional<Account>> FindForUpdate(store::Transaction& transaction,
                                                       const std::string& account_id);
  // The account with that external id; empty if there is none.
  absl::StatusOr<std::string> FindByExternalId(store::Transaction& transaction,
                                               const ExternalId& external_id);
  // `account_id`, its parent, and so on, at most `count_max`; empty when there is no such account.
  absl::StatusOr<std::vector<std::string>> Lineage(store::Transaction& transaction,
                                                   const std::string& account_id, size_t count_max);
  // As Lineage, and nobody else changes those accounts until the transaction ends.
  absl::StatusOr<std::vector<std::string>> LineageForUpdate(store::Transaction& transaction,
                                                            const std::string& account_id,
                                                            size_t count_max);
  // By account id, after `after`.
  absl::StatusOr<std::vector<Account>> List(store::Transaction& transaction,
                                            const AccountFilter& filter, const std::string& after,
                                            size_t count_max);
  absl::StatusOr<int64_t> Count(store::Transaction& transaction, const AccountFilter& filter);
  // All of them, by account id.
  absl::StatusOr<std::vector<AccountTier>> Tiers(store::Transaction& transaction);

  absl::Status Insert(store::Transaction& transaction, const Account& account);
  absl::Status Update(store::Transaction& transaction, const Account& account);

  // The account as bytes, for answers that are kept.
  std::string Encode(const Account& account) const;
  absl::StatusOr<Account> Decode(const std::string& bytes) const;

 private:
  absl::StatusOr<std::optional<Account>> Read(store::Transaction& transaction,
                                              const std::string& account_id,
                                              absl::string_view lock);
  absl::StatusOr<std::vector<std::string>> ReadLineage(store::Transaction& transaction,
                                                       const std::string& account_id,
                                                       size_t count_max, absl::string_view lock);

  const std::string for_update_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SQL_ACCOUNTS_H_
