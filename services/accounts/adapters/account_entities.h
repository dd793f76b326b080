// Accounts as commands see them.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_ENTITIES_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_ENTITIES_H_

#include <optional>
#include <string>
#include <vector>

#include "common/command/entity_commands.h"
#include "services/accounts/application/account_repository.h"
#include "services/accounts/domain/account.h"

namespace bellwether::accounts {

// Checked against the other accounts as they are written (CheckPlace). Thread-safe; outlived by the
// repository.
class AccountEntities final : public command::Entities<Account> {
 public:
  explicit AccountEntities(AccountRepository& repository) : repository_(repository) {}

  absl::StatusOr<std::optional<Account>> FindForUpdate(store::Transaction& transaction,
                                                       const std::string& id) override;
  absl::Status Insert(store::Transaction& transaction, const Account& account) override;
  absl::Status Update(store::Transaction& transaction, const Account& before,
                      const Account& after) override;
  std::vector<outbox::OutboxRow> Outgoing(const Account* before, const Account& after,
                                          const command::Moment& moment) const override;
  std::vector<audit::v1::FieldChange> Difference(const Account* before,
                                                 const Account& after) const override;
  std::string Encode(const Account& account) const override;
  absl::StatusOr<Account> Decode(const std::string& bytes) const override;

 private:
  AccountRepository& repository_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_ENTITIES_H_
