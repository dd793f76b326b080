#include "services/accounts/adapters/rfm_cuts.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/base/status.h"
#include "services/accounts/application/rfm_classes.h"

namespace bellwether::accounts {
namespace {

// The orders as of `day`, of the accounts that have any.
std::vector<RfmOrders> RankedOrders(std::vector<FiguresAt> figures, int32_t day) {
  std::vector<RfmOrders> orders;
  for (FiguresAt& at : figures) {
    const OrderFigures& each = at.figures;
    if (!each.last_order_day.has_value() || each.order_count.value_or(0) <= 0) continue;
    orders.push_back({std::move(at.account_id), day - *each.last_order_day, *each.order_count,
                      each.order_value_minor.value_or(0)});
  }
  return orders;
}

absl::flat_hash_map<std::string, RfmLevel> LevelsOf(const RfmCut& cut) {
  absl::flat_hash_map<std::string, RfmLevel> levels;
  for (const RfmPlace& place : cut.places) levels[place.orders.account_id] = place.level;
  return levels;
}

// Accounts without orders in the window are maintenance.
RfmLevel LevelIn(const absl::flat_hash_map<std::string, RfmLevel>& levels,
                 const std::string& account_id) {
  const auto found = levels.find(account_id);
  return found == levels.end() ? RfmLevel::kMaintenance : found->second;
}

}  // namespace

absl::StatusOr<RfmCuts::Taken> RfmCuts::TakeDue(store::Transaction& transaction, absl::Time now) {
  Taken taken;
  while (!taken.cut) {
    ASSIGN_OR_RETURN(const std::optional<cut::Cuts::Due> due, ports_.rfm.NextCut(transaction));
    ASSIGN_OR_RETURN(const std::optional<absl::Time> correction,
                     CorrectionBefore(transaction, due));
    if (correction.has_value()) return Correct(transaction, *correction, due, now);
    if (!due.has_value()) break;
    ASSIGN_OR_RETURN(const std::optional<absl::Time> move, ports_.rfm.NextMove(transaction));
    if (!move.has_value() || *move > due->at) {
      ASSIGN_OR_RETURN(taken.tiers_changed, PassOver(transaction, *due, move, now));
      continue;
    }
    ASSIGN_OR_RETURN(const RfmCut cut, Rank(transaction, due->at));
    taken.cut = true;
    RETURN_IF_ERROR(ports_.rfm.KeepCut(transaction, *due, cut));
    ASSIGN_OR_RETURN(taken.tiers_changed, Follow(transaction, cut, now));
    RETURN_IF_ERROR(ports_.rfm.PruneFigures(transaction, cut.time));
  }
  return taken;
}

absl::StatusOr<std::optional<absl::Time>> RfmCuts::CorrectionBefore(
    store::Transaction& transaction, const std::optional<cut::Cuts::Due>& due) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> at, corrections_.NextDue(transaction));
  if (!at.has_value() || (due.has_value() && due->at < *at)) return std::nullopt;
  ASSIGN_OR_RETURN(const std::optional<absl::Time> reached, ports_.rfm.Reached(transaction));
  if (!reached.has_value() || *reached < *at) return std::nullopt;
  return at;
}

absl::StatusOr<RfmCuts::Taken> RfmCuts::Correct(store::Transaction& transaction, absl::Time at,
                                                const std::optional<cut::Cuts::Due>& due,
                                                absl::Time now) {
  Taken taken{.corrected = true};
  ASSIGN_OR_RETURN(const std::optional<RfmCut> newest, corrections_.Take(transaction, at));
  // Of a cut that is due at the same instant everything follows anew.
  if (newest.has_value() && (!due.has_value() || due->at > at)) {
    ASSIGN_OR_RETURN(taken.tiers_changed, Follow(transaction, *newest, now));
  }
  return taken;
}

absl::StatusOr<int> RfmCuts::Follow(store::Transaction& transaction, const RfmCut& cut,
                                    absl::Time now) {
  ASSIGN_OR_RETURN(const std::vector<AccountTier> tiers, ports_.accounts.Tiers(transaction));
  std::vector<std::string> accounts;
  accounts.reserve(tiers.size());
  for (const AccountTier& account : tiers) accounts.push_back(account.account_id);
  RETURN_IF_ERROR(ports_.rfm.Classify(transaction, cut, accounts));
  if (!IsLastNight(cut, now)) return 0;
  return AlignTiers(transaction, cut, tiers, now);
}

absl::StatusOr<RfmCut> RfmCuts::Rank(store::Transaction& transaction, absl::Time midnight) const {
  ASSIGN_OR_RETURN(std::vector<FiguresAt> figures, ports_.rfm.FiguresAsOf(transaction, midnight));
  const int32_t day_that_ends = ports_.calendar.LocalDayOf(midnight) - 1;
  return RfmCut{midnight, RankRfm(RankedOrders(std::move(figures), day_that_ends), ports_.scheme),
                midnight, midnight};
}

absl::StatusOr<int> RfmCuts::PassOver(store::Transaction& transaction, const cut::Cuts::Due& due,
                                      std::optional<absl::Time> move, absl::Time now) {
  // Nothing beyond a correction that is still to be taken.
  ASSIGN_OR_RETURN(const std::optional<absl::Time> correction, corrections_.NextDue(transaction));
  const absl::Time present =
      std::min(due.reached + absl::Microseconds(1), correction.value_or(absl::InfiniteFuture()));
  RETURN_IF_ERROR(
      ports_.rfm.PassOverCut(transaction, due, std::min(move.value_or(present), present)));
  if (correction.has_value() && *correction <= due.reached) return 0;
  if (!due.begun || (move.has_value() && *move <= due.reached)) return 0;
  ASSIGN_OR_RETURN(const std::optional<RfmCut> cut, ports_.rfm.CutAsOf(transaction, due.reached));
  if (!IsLastNight(*cut, now)) return 0;
  ASSIGN_OR_RETURN(const std::vector<AccountTier> tiers, ports_.accounts.Tiers(transaction));
  return AlignTiers(transaction, *cut, tiers, now);
}

bool RfmCuts::IsLastNight(const RfmCut& cut, absl::Time now) const {
  return ports_.calendar.NextMidnight(cut.time) > now;
}

absl::StatusOr<int> RfmCuts::AlignTiers(store::Transaction& transaction, const RfmCut& cut,
                                        const std::vector<AccountTier>& tiers, absl::Time now) {
  const auto levels = LevelsOf(cut);
  int changed = 0;
  for (const AccountTier& account : tiers) {
    const std::string tier = TierOf(ports_.classes, LevelIn(levels, account.account_id));
    if (account.pinned || tier.empty() || account.tier == tier) continue;
    ASSIGN_OR_RETURN(const std::optional<Account> before,
                     ports_.accounts.FindForUpdate(transaction, account.account_id));
    // Another replica may have pinned it between the two reads.
    if (!before.has_value() || before->tier_pinned || before->tier == tier) continue;
    RETURN_IF_ERROR(ChangeTier(transaction, *before, tier, std::max(cut.time, cut.known), now));
    ++changed;
  }
  return changed;
}

absl::Status RfmCuts::ChangeTier(store::Transaction& transaction, Account account, std::string tier,
                                 absl::Time cut, absl::Time now) {
  account.tier = std::move(tier);
  ++account.version;
  account.updated = now;
  RETURN_IF_ERROR(ports_.accounts.Update(transaction, account));
  return ports_.changes.Record(transaction, account, cut, now);
}

}  // namespace bellwether::accounts
