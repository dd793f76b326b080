#include "services/accounts/adapters/newcomers.h"

#include <optional>

#include "common/base/status.h"
#include "services/accounts/application/rfm_classes.h"

namespace bellwether::accounts {

absl::Status Newcomers::Classify(store::Transaction& transaction, Account& account) const {
  ASSIGN_OR_RETURN(const std::optional<RfmLevel> level, rfm_.ClassifyNew(transaction, account.id));
  if (level.has_value() && account.tier.empty()) account.tier = TierOf(classes_, *level);
  return absl::OkStatus();
}

}  // namespace bellwether::accounts
