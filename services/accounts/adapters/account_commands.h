// The commands of AccountsService: each reads its request, and a domain function does the rest.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_COMMANDS_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_COMMANDS_H_

#include "absl/status/statusor.h"
#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "common/command/entity_commands.h"
#include "common/rpc/call.h"
#include "services/accounts/domain/account.h"

namespace bellwether::accounts {

// Thread-safe. Errors as Validate, CheckPlace and EntityCommands.
class AccountCommands {
 public:
  AccountCommands(command::Runner& runner, command::Entities<Account>& accounts);

  absl::StatusOr<v1::Account> Create(const v1::CreateAccountRequest& request,
                                     const rpc::Call& call);
  absl::StatusOr<v1::Account> Update(const v1::UpdateAccountRequest& request,
                                     const rpc::Call& call);

 private:
  command::EntityCommands<Account> commands_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_COMMANDS_H_
