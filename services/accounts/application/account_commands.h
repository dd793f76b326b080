// Use cases: create and update an account.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_COMMANDS_H_
#define BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_COMMANDS_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/idempotency/request_ids.h"
#include "common/store/group_commit.h"
#include "common/store/store.h"
#include "services/accounts/application/account_repository.h"
#include "services/accounts/application/account_writer.h"
#include "services/accounts/domain/account.h"

namespace bellwether::accounts {

// Thread-safe. State, kept answer and outbox row are one transaction; concurrent calls share its
// trip to the disk. Errors as AccountWriter and AnswerOnce.
class AccountCommands {
 public:
  AccountCommands(store::Store& store, AccountRepository& repository, AccountChanges& changes,
                  const Clock& clock, absl::Duration ahead_max = kAheadMaxDefault)
      : repository_(repository),
        changes_(changes),
        writer_(repository, changes, ahead_max),
        clock_(clock),
        group_(store) {}

  absl::StatusOr<Account> Create(const Account& account, const idempotency::Request& request);

  // `edit` turns the present account into the wanted one, or refuses; it may run more than once.
  // NOT_FOUND / ACCOUNT_NOT_FOUND.
  using Edit = absl::FunctionRef<absl::StatusOr<Account>(const Account& present)>;
  absl::StatusOr<Account> Update(const std::string& account_id, Edit edit,
                                 const idempotency::Request& request);

 private:
  absl::StatusOr<Account> Run(
      const idempotency::Request& request,
      absl::FunctionRef<absl::StatusOr<Account>(store::Transaction&, absl::Time now)> mutate);

  AccountRepository& repository_;
  AccountChanges& changes_;
  AccountWriter writer_;
  const Clock& clock_;
  store::GroupCommit group_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_ACCOUNT_COMMANDS_H_
