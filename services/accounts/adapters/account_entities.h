// Accounts as commands see them.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_ENTITIES_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_ENTITIES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/command/entity_commands.h"
#include "services/accounts/adapters/newcomers.h"
#include "services/accounts/adapters/sql_accounts.h"
#include "services/accounts/domain/account.h"

namespace bellwether::accounts {

// Checked against the other accounts as they are written (CheckPlace), and so that what lies in
// the past does not lie more than `ahead_max` ahead (CheckNotAhead): clocks differ. Thread-safe;
// outlived by what it refers to.
class AccountEntities final : public command::Entities<Account> {
 public:
  AccountEntities(SqlAccounts& repository, const Newcomers& newcomers, absl::Duration ahead_max)
      : repository_(repository), newcomers_(newcomers), ahead_max_(ahead_max) {}

  absl::StatusOr<std::optional<Account>> FindForUpdate(store::Transaction& transaction,
                                                       const std::string& id) override;
  absl::Status Complete(store::Transaction& transaction, const Account& before,
                        Account& wanted) override;
  absl::Status Insert(store::Transaction& transaction, Account& account) override;
  absl::Status Update(store::Transaction& transaction, const Account& before,
                      const Account& after) override;
  std::vector<outbox::OutboxRow> Outgoing(const Account* before, const Account& after,
                                          const command::Moment& moment) const override;
  std::vector<audit::v1::FieldChange> Difference(const Account* before,
                                                 const Account& after) const override;
  std::string Encode(const Account& account) const override;
  absl::StatusOr<Account> Decode(const std::string& bytes) const override;

 private:
  SqlAccounts& repository_;
  const Newcomers& newcomers_;
  const absl::Duration ahead_max_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_ENTITIES_H_
