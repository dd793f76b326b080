#include "services/accounts/application/account_commands.h"

#include <optional>
#include <utility>

#include "common/base/status.h"

namespace bellwether::accounts {

absl::StatusOr<Account> AccountCommands::Create(const Account& account,
                                                const idempotency::Request& request) {
  // Before the transaction too, so that what can never be disturbs nobody's group.
  RETURN_IF_ERROR(Validate(account));
  return Run(request, [&](store::Transaction& transaction, absl::Time now) {
    return writer_.Insert(transaction, account, now);
  });
}

absl::StatusOr<Account> AccountCommands::Update(const std::string& account_id, Edit edit,
                                                const idempotency::Request& request) {
  return Run(request,
             [&](store::Transaction& transaction, absl::Time now) -> absl::StatusOr<Account> {
               ASSIGN_OR_RETURN(const std::optional<Account> present,
                                repository_.FindForUpdate(transaction, account_id));
               if (!present.has_value()) {
                 return Error(absl::StatusCode::kNotFound, {"ACCOUNT_NOT_FOUND", "account.name"},
                              "there is no such account");
               }
               ASSIGN_OR_RETURN(Account wanted, edit(*present));
               return writer_.Update(transaction, *present, std::move(wanted), now);
             });
}

absl::StatusOr<Account> AccountCommands::Run(
    const idempotency::Request& request,
    absl::FunctionRef<absl::StatusOr<Account>(store::Transaction&, absl::Time now)> mutate) {
  std::string answer;
  const absl::Status outcome = group_.Run([&](store::Transaction& transaction) -> absl::Status {
    const absl::Time now = clock_.Now();
    ASSIGN_OR_RETURN(
        answer, idempotency::AnswerOnce(transaction, request, now,
                                        [&](store::Transaction&) -> absl::StatusOr<std::string> {
                                          ASSIGN_OR_RETURN(const Account account,
                                                           mutate(transaction, now));
                                          return repository_.Encode(account);
                                        }));
    return absl::OkStatus();
  });
  RETURN_IF_ERROR(idempotency::OutcomeFor(request, outcome));
  changes_.Committed();
  return repository_.Decode(answer);
}

}  // namespace bellwether::accounts
