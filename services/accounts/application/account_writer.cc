#include "services/accounts/application/account_writer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::accounts {
namespace {

// Where the account belongs in a past that is being built: when it became a customer, as far as is
// known, else before everything.
absl::Time PastOf(const Account& account, absl::Time now) {
  return std::min(account.customer_since.value_or(absl::UnixEpoch()), now);
}

}  // namespace

absl::StatusOr<Account> AccountWriter::Insert(store::Transaction& transaction, Account account,
                                              absl::Time now) {
  RETURN_IF_ERROR(Validate(account));
  RETURN_IF_ERROR(CheckNotAhead(nullptr, account, now + ahead_max_));
  ASSIGN_OR_RETURN(const std::optional<Account> existing,
                   repository_.Find(transaction, account.id));
  if (existing.has_value()) {
    return Error(absl::StatusCode::kAlreadyExists, {"ACCOUNT_EXISTS", "account_id", "A1"},
                 "an account of that id exists");
  }
  RETURN_IF_ERROR(CheckExternalIds(transaction, account));
  RETURN_IF_ERROR(CheckParent(transaction, account, nullptr));
  account.version = 1;
  account.created = account.updated = now;
  RETURN_IF_ERROR(repository_.Insert(transaction, account));
  RETURN_IF_ERROR(changes_.Record(transaction, account, PastOf(account, now), now));
  return account;
}

absl::StatusOr<Account> AccountWriter::Update(store::Transaction& transaction,
                                              const Account& before, Account account,
                                              absl::Time now) {
  if (account.id != before.id) {
    return InvalidArgument("ID_CHANGED", "account.name", "an account keeps its id", "A1");
  }
  RETURN_IF_ERROR(Validate(account));
  RETURN_IF_ERROR(CheckNotAhead(&before, account, now + ahead_max_));
  RETURN_IF_ERROR(CheckExternalIds(transaction, account));
  RETURN_IF_ERROR(CheckParent(transaction, account, &before));
  account.version = before.version + 1;
  account.created = before.created;
  account.updated = now;
  RETURN_IF_ERROR(repository_.Update(transaction, account));
  RETURN_IF_ERROR(changes_.Record(transaction, account, PastOf(account, now), now));
  return account;
}

absl::Status AccountWriter::ChangeTier(store::Transaction& transaction, const Account& before,
                                       absl::string_view tier, absl::Time cut, absl::Time now) {
  Account account = before;
  account.tier = std::string(tier);
  account.version = before.version + 1;
  account.updated = now;
  RETURN_IF_ERROR(repository_.Update(transaction, account));
  return changes_.Record(transaction, account, cut, now);
}

absl::Status AccountWriter::CheckExternalIds(store::Transaction& transaction,
                                             const Account& account) {
  for (size_t i = 0; i < account.external_ids.size(); ++i) {
    ASSIGN_OR_RETURN(const std::string holder,
                     repository_.FindByExternalId(transaction, account.external_ids[i]));
    if (!holder.empty() && holder != account.id) {
      return Error(absl::StatusCode::kAlreadyExists,
                   {"EXTERNAL_ID_TAKEN", absl::StrCat("external_ids[", i, "]"), "A1"},
                   absl::StrCat("accounts/", holder, " has that external id"));
    }
  }
  return absl::OkStatus();
}

absl::Status AccountWriter::CheckParent(store::Transaction& transaction, const Account& account,
                                        const Account* before) {
  if (account.parent_id.empty()) return absl::OkStatus();
  if (before != nullptr && before->parent_id == account.parent_id) return absl::OkStatus();
  // Two accounts that move at the same time could close a circle neither sees, so a move holds the
  // accounts above. A new account has nobody below it and cannot.
  constexpr size_t kAncestorsMax = kHierarchyDepthMax + 1;
  ASSIGN_OR_RETURN(
      std::vector<std::string> ancestors,
      before == nullptr
          ? repository_.Lineage(transaction, account.parent_id, kAncestorsMax)
          : repository_.LineageForUpdate(transaction, account.parent_id, kAncestorsMax));
  // An account that is its own parent is a cycle also before it exists.
  if (ancestors.empty() && account.parent_id != account.id) {
    return FailedPrecondition("PARENT_NOT_FOUND", "parent", "there is no such account", "A1");
  }
  if (ancestors.empty()) ancestors.push_back(account.id);
  return ValidateHierarchy(account.id, ancestors);
}

}  // namespace bellwether::accounts
