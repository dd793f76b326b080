#include "services/accounts/application/account_writer.h"

#include <string>

#include "common/base/status.h"

namespace bellwether::accounts {

absl::Status AccountWriter::ChangeTier(store::Transaction& transaction, const Account& before,
                                       absl::string_view tier, absl::Time cut, absl::Time now) {
  Account account = before;
  account.tier = std::string(tier);
  account.version = before.version + 1;
  account.updated = now;
  RETURN_IF_ERROR(repository_.Update(transaction, account));
  return changes_.Record(transaction, account, cut, now);
}

}  // namespace bellwether::accounts
