// Port: publishes changes to the journal, through the outbox.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_CHANGES_H_
#define BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_CHANGES_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/store/store.h"
#include "services/accounts/domain/account.h"

namespace bellwether::accounts {

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

#endif  // BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_CHANGES_H_
