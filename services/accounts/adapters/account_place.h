// The place of an account among the others (A1).
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_PLACE_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_PLACE_H_

#include "absl/status/status.h"
#include "common/store/store.h"
#include "services/accounts/adapters/sql_accounts.h"
#include "services/accounts/domain/account.h"

namespace bellwether::accounts {

// Before the account is written; `before` is null for a new one. ALREADY_EXISTS /
// EXTERNAL_ID_TAKEN; FAILED_PRECONDITION / PARENT_NOT_FOUND and as ValidateHierarchy.
absl::Status CheckPlace(store::Transaction& transaction, SqlAccounts& repository,
                        const Account* before, const Account& account);

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_PLACE_H_
