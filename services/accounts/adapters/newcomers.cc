#include "services/accounts/adapters/newcomers.h"

#include <optional>
#include <string>

#include "common/base/status.h"
#include "services/accounts/application/rfm_classes.h"

namespace bellwether::accounts {

absl::Status Newcomers::Classify(store::Transaction& transaction, Account& account) const {
  ASSIGN_OR_RETURN(const std::optional<RfmLevel> level, rfm_.ClassifyNew(transaction, account.id));
  if (level.has_value() && account.tier.empty()) account.tier = TierOf(classes_, *level);
  return absl::OkStatus();
}

absl::Status Newcomers::Release(store::Transaction& transaction, const Account& before,
                                Account& wanted) const {
  const bool released = before.tier_pinned && !wanted.tier_pinned && wanted.tier == before.tier;
  if (!released && !wanted.tier.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<RfmLevel> level, rfm_.ClassifyNew(transaction, wanted.id));
  if (!level.has_value()) return absl::OkStatus();
  const std::string tier = TierOf(classes_, *level);
  if (!tier.empty()) wanted.tier = tier;
  return absl::OkStatus();
}

}  // namespace bellwether::accounts
