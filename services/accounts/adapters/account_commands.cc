#include "services/accounts/adapters/account_commands.h"

#include <string>

#include "common/base/status.h"
#include "services/accounts/adapters/account_messages.h"
#include "services/accounts/adapters/account_update.h"

namespace bellwether::accounts {

AccountCommands::AccountCommands(command::Runner& runner, command::Entities<Account>& accounts)
    : commands_(runner, accounts,
                {.type = "account",
                 .not_found = {"ACCOUNT_NOT_FOUND", "account.name", ""},
                 .exists = {"ACCOUNT_EXISTS", "account_id", "A1"}}) {}

absl::StatusOr<v1::Account> AccountCommands::Create(const v1::CreateAccountRequest& request,
                                                    const rpc::Call& call) {
  ASSIGN_OR_RETURN(const Account account, FromProto(request.account(), request.account_id()));
  RETURN_IF_ERROR(Validate(account));
  ASSIGN_OR_RETURN(const Account created, commands_.Create(command::Of(request, call), account));
  return ToProto(created);
}

absl::StatusOr<v1::Account> AccountCommands::Update(const v1::UpdateAccountRequest& request,
                                                    const rpc::Call& call) {
  ASSIGN_OR_RETURN(const std::string id, AccountIdOf(request.account().name(), "account.name"));
  command::Command update = command::Of(request, call);
  update.etag = request.account().etag();
  if (update.etag.empty()) {
    return InvalidArgument("ETAG_MISSING", "account.etag", "read the account to get its etag");
  }
  ASSIGN_OR_RETURN(
      const Account updated,
      commands_.Change(
          update, id,
          [&](const Account& present, const command::Moment&) -> absl::StatusOr<Account> {
            ASSIGN_OR_RETURN(const v1::Account merged,
                             Merge(ToProto(present), request.account(), request.update_mask()));
            ASSIGN_OR_RETURN(Account wanted, FromProto(merged, id));
            RETURN_IF_ERROR(Validate(wanted, &present));
            return wanted;
          }));
  return ToProto(updated);
}

}  // namespace bellwether::accounts
