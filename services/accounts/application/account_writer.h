// Writes accounts: checks against the other accounts, versions, and the change for the journal.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_WRITER_H_
#define BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_WRITER_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/store/store.h"
#include "services/accounts/application/account_repository.h"
#include "services/accounts/domain/account.h"

namespace bellwether::accounts {

// Thread-safe. Every account written has version, created and updated set here, and a row in the
// outbox of the same transaction.
class AccountWriter {
 public:
  // An instant that speaks of the past may lie `ahead_max` ahead of our clock: clocks differ.
  AccountWriter(AccountRepository& repository, AccountChanges& changes,
                absl::Duration ahead_max = kAheadMaxDefault)
      : repository_(repository), changes_(changes), ahead_max_(ahead_max) {}

  // ALREADY_EXISTS / ACCOUNT_EXISTS, EXTERNAL_ID_TAKEN; INVALID_ARGUMENT as Validate
  // and CheckNotAhead;
  // FAILED_PRECONDITION / PARENT_NOT_FOUND and as ValidateHierarchy.
  absl::StatusOr<Account> Insert(store::Transaction& transaction, Account account, absl::Time now);

  // `account` is what `before` is to become. The same errors, and INVALID_ARGUMENT / ID_CHANGED.
  absl::StatusOr<Account> Update(store::Transaction& transaction, const Account& before,
                                 Account account, absl::Time now);

  // Gives the account another tier because of something that happened at `cut`.
  absl::Status ChangeTier(store::Transaction& transaction, const Account& before,
                          absl::string_view tier, absl::Time cut, absl::Time now);

 private:
  absl::Status CheckExternalIds(store::Transaction& transaction, const Account& account);
  // Of an account that is new, or (`before`) gets another parent.
  absl::Status CheckParent(store::Transaction& transaction, const Account& account,
                           const Account* before);

  AccountRepository& repository_;
  AccountChanges& changes_;
  const absl::Duration ahead_max_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_WRITER_H_
