// Changes that the service makes to accounts by itself.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_WRITER_H_
#define BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_WRITER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/store/store.h"
#include "services/accounts/application/account_repository.h"
#include "services/accounts/domain/account.h"

namespace bellwether::accounts {

// Thread-safe. Every account written has version and updated set here, and a row in the outbox of
// the same transaction.
class AccountWriter {
 public:
  AccountWriter(AccountRepository& repository, AccountChanges& changes)
      : repository_(repository), changes_(changes) {}

  // Gives the account another tier because of something that happened at `cut`.
  absl::Status ChangeTier(store::Transaction& transaction, const Account& before,
                          absl::string_view tier, absl::Time cut, absl::Time now);

 private:
  AccountRepository& repository_;
  AccountChanges& changes_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_WRITER_H_
