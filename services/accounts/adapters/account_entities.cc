#include "services/accounts/adapters/account_entities.h"

#include <algorithm>

#include "common/base/status.h"
#include "common/command/field_changes.h"
#include "services/accounts/adapters/account_journal.h"
#include "services/accounts/adapters/account_messages.h"
#include "services/accounts/adapters/account_place.h"

namespace bellwether::accounts {
namespace {

// Where a change belongs in a past that is being built: when the command says so, else when the
// account became a customer, as far as is known, else before everything.
absl::Time ChangeTime(const Account& account, const command::Moment& moment) {
  if (moment.past) return moment.at;
  return std::min(account.customer_since.value_or(absl::UnixEpoch()), moment.at);
}

}  // namespace

absl::StatusOr<std::optional<Account>> AccountEntities::FindForUpdate(
    store::Transaction& transaction, const std::string& id) {
  return repository_.FindForUpdate(transaction, id);
}

absl::Status AccountEntities::Complete(store::Transaction& transaction, const Account& before,
                                       Account& wanted) {
  return newcomers_.Release(transaction, before, wanted);
}

absl::Status AccountEntities::Insert(store::Transaction& transaction, Account& account) {
  RETURN_IF_ERROR(CheckNotAhead(nullptr, account, account.updated + ahead_max_));
  RETURN_IF_ERROR(CheckPlace(transaction, repository_, nullptr, account));
  RETURN_IF_ERROR(newcomers_.Classify(transaction, account));
  return repository_.Insert(transaction, account);
}

absl::Status AccountEntities::Update(store::Transaction& transaction, const Account& before,
                                     const Account& after) {
  RETURN_IF_ERROR(CheckNotAhead(&before, after, after.updated + ahead_max_));
  RETURN_IF_ERROR(CheckPlace(transaction, repository_, &before, after));
  return repository_.Update(transaction, after);
}

std::vector<outbox::OutboxRow> AccountEntities::Outgoing(const Account*, const Account& after,
                                                         const command::Moment& moment) const {
  return {JournalRow(after, ChangeTime(after, moment), moment.at)};
}

std::vector<audit::v1::FieldChange> AccountEntities::Difference(const Account* before,
                                                                const Account& after) const {
  if (before == nullptr) return command::FieldChanges(nullptr, ToProto(after));
  const v1::Account was = ToProto(*before);
  return command::FieldChanges(&was, ToProto(after));
}

std::string AccountEntities::Encode(const Account& account) const {
  return repository_.Encode(account);
}

absl::StatusOr<Account> AccountEntities::Decode(const std::string& bytes) const {
  return repository_.Decode(bytes);
}

}  // namespace bellwether::accounts
