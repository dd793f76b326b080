#include "services/accounts/adapters/account_place.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::accounts {
namespace {

absl::Status CheckExternalIds(store::Transaction& transaction, SqlAccounts& repository,
                              const Account& account) {
  for (size_t i = 0; i < account.external_ids.size(); ++i) {
    ASSIGN_OR_RETURN(const std::string holder,
                     repository.FindByExternalId(transaction, account.external_ids[i]));
    if (!holder.empty() && holder != account.id) {
      return Error(absl::StatusCode::kAlreadyExists,
                   {"EXTERNAL_ID_TAKEN", absl::StrCat("external_ids[", i, "]"), "A1"},
                   absl::StrCat("accounts/", holder, " has that external id"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckParent(store::Transaction& transaction, SqlAccounts& repository,
                         const Account* before, const Account& account) {
  if (account.parent_id.empty()) return absl::OkStatus();
  if (before != nullptr && before->parent_id == account.parent_id) return absl::OkStatus();
  // Two accounts that move at the same time could close a circle neither sees, so a move holds the
  // accounts above. A new account has nobody below it and cannot.
  constexpr size_t kAncestorsMax = kHierarchyDepthMax + 1;
  ASSIGN_OR_RETURN(
      std::vector<std::string> ancestors,
      before == nullptr
          ? repository.Lineage(transaction, account.parent_id, kAncestorsMax)
          : repository.LineageForUpdate(transaction, account.parent_id, kAncestorsMax));
  // An account that is its own parent is a cycle also before it exists.
  if (ancestors.empty() && account.parent_id != account.id) {
    return FailedPrecondition("PARENT_NOT_FOUND", "parent", "there is no such account", "A1");
  }
  if (ancestors.empty()) ancestors.push_back(account.id);
  return ValidateHierarchy(account.id, ancestors);
}

}  // namespace

absl::Status CheckPlace(store::Transaction& transaction, SqlAccounts& repository,
                        const Account* before, const Account& account) {
  RETURN_IF_ERROR(CheckExternalIds(transaction, repository, account));
  return CheckParent(transaction, repository, before, account);
}

}  // namespace bellwether::accounts
