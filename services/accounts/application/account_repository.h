// Port: the accounts as they are stored.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_REPOSITORY_H_
#define BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_REPOSITORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
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

// Thread-safe; every call works in the transaction it is given.
class AccountRepository {
 public:
  virtual ~AccountRepository() = default;

  virtual absl::StatusOr<std::optional<Account>> Find(store::Transaction& transaction,
                                                      const std::string& account_id) = 0;
  // As Find, and nobody else changes the account until the transaction ends.
  virtual absl::StatusOr<std::optional<Account>> FindForUpdate(store::Transaction& transaction,
                                                               const std::string& account_id) = 0;
  // The account with that external id; empty if there is none.
  virtual absl::StatusOr<std::string> FindByExternalId(store::Transaction& transaction,
                                                       const ExternalId& external_id) = 0;
  // `account_id`, its parent, and so on, at most `count_max`; empty when there is no such account.
  virtual absl::StatusOr<std::vector<std::string>> Lineage(store::Transaction& transaction,
                                                           const std::string& account_id,
                                                           size_t count_max) = 0;
  // As Lineage, and nobody else changes those accounts until the transaction ends.
  virtual absl::StatusOr<std::vector<std::string>> LineageForUpdate(store::Transaction& transaction,
                                                                    const std::string& account_id,
                                                                    size_t count_max) = 0;
  // By account id, after `after`.
  virtual absl::StatusOr<std::vector<Account>> List(store::Transaction& transaction,
                                                    const AccountFilter& filter,
                                                    const std::string& after, size_t count_max) = 0;
  virtual absl::StatusOr<int64_t> Count(store::Transaction& transaction,
                                        const AccountFilter& filter) = 0;
  // All of them, by account id.
  virtual absl::StatusOr<std::vector<AccountTier>> Tiers(store::Transaction& transaction) = 0;

  virtual absl::Status Insert(store::Transaction& transaction, const Account& account) = 0;
  virtual absl::Status Update(store::Transaction& transaction, const Account& account) = 0;

  // The account as bytes, for answers that are kept.
  virtual std::string Encode(const Account& account) const = 0;
  virtual absl::StatusOr<Account> Decode(const std::string& bytes) const = 0;
};

// Port: publishes changes to the journal, through the outbox.
class AccountChanges {
 public:
  virtual ~AccountChanges() = default;
  // In the transaction of the change. `past` is when the change takes effect in a journal that
  // builds a past.
  virtual absl::Status Record(store::Transaction& transaction, const Account& account,
                              absl::Time past, absl::Time now) = 0;
  // A transaction with changes has been committed: they may leave.
  virtual void Committed() = 0;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_REPOSITORY_H_
