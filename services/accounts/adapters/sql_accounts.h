// Accounts in SQL.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SQL_ACCOUNTS_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SQL_ACCOUNTS_H_

#include <optional>
#include <string>
#include <vector>

#include "services/accounts/application/account_repository.h"

namespace bellwether::accounts {

// Makes the service's own tables; once, at start.
absl::Status CreateTables(store::Store& store);

// The tables of migrations/0001_accounts.sql. Thread-safe.
class SqlAccounts final : public AccountRepository {
 public:
  explicit SqlAccounts(const store::Store& store) : for_update_(store.ForUpdate()) {}

  absl::StatusOr<std::optional<Account>> Find(store::Transaction& transaction,
                                              const std::string& account_id) override;
  absl::StatusOr<std::optional<Account>> FindForUpdate(store::Transaction& transaction,
                                                       const std::string& account_id) override;
  absl::StatusOr<std::string> FindByExternalId(store::Transaction& transaction,
                                               const ExternalId& external_id) override;
  absl::StatusOr<std::vector<std::string>> Lineage(store::Transaction& transaction,
                                                   const std::string& account_id,
                                                   size_t count_max) override;
  absl::StatusOr<std::vector<std::string>> LineageForUpdate(store::Transaction& transaction,
                                                            const std::string& account_id,
                                                            size_t count_max) override;
  absl::StatusOr<std::vector<Account>> List(store::Transaction& transaction,
                                            const AccountFilter& filter, const std::string& after,
                                            size_t count_max) override;
  absl::StatusOr<int64_t> Count(store::Transaction& transaction,
                                const AccountFilter& filter) override;
  absl::StatusOr<std::vector<AccountTier>> Tiers(store::Transaction& transaction) override;
  absl::Status Insert(store::Transaction& transaction, const Account& account) override;
  absl::Status Update(store::Transaction& transaction, const Account& account) override;
  std::string Encode(const Account& account) const override;
  absl::StatusOr<Account> Decode(const std::string& bytes) const override;

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
