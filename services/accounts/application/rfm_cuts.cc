#include "services/accounts/application/rfm_cuts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/base/status.h"

namespace bellwether::accounts {
namespace {

// How far every partition has come, and where the earliest of them began; nothing while one of them
// has no tick.
struct Progress {
  absl::Time began;
  absl::Time watermark;
};

std::optional<Progress> ProgressOf(const std::vector<consume::Position>& positions,
                                   int32_t partitions) {
  Progress progress{absl::InfiniteFuture(), absl::InfiniteFuture()};
  int32_t ticked = 0;
  for (const consume::Position& position : positions) {
    if (!position.first_tick.has_value() || !position.watermark.has_value()) continue;
    ++ticked;
    progress.began = std::min(progress.began, *position.first_tick);
    progress.watermark = std::min(progress.watermark, *position.watermark);
  }
  if (ticked < partitions) return std::nullopt;
  return progress;
}

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
  ASSIGN_OR_RETURN(RfmSchedule schedule, parts_.rfm.Schedule(transaction));
  ASSIGN_OR_RETURN(const std::vector<consume::Position> positions,
                   parts_.positions.All(transaction));
  const std::optional<Progress> progress = ProgressOf(positions, parts_.partitions);
  if (!progress.has_value()) return taken;
  const RfmSchedule before = schedule;
  if (!schedule.next_cut.has_value())
    schedule.next_cut = parts_.calendar.NextMidnight(progress->began);

  while (!taken.cut && *schedule.next_cut <= progress->watermark) {
    RfmCut cut{.time = *schedule.next_cut};
    ASSIGN_OR_RETURN(std::vector<FiguresAt> figures, parts_.rfm.FiguresAsOf(transaction, cut.time));
    const int32_t day_that_ends = parts_.calendar.LocalDayOf(cut.time) - 1;
    cut.places = RankRfm(RankedOrders(std::move(figures), day_that_ends), parts_.scheme);
    schedule.next_cut = parts_.calendar.NextMidnight(cut.time);
    if (!schedule.begun && cut.places.empty()) continue;
    schedule.begun = true;
    taken.cut = true;
    RETURN_IF_ERROR(parts_.rfm.SaveCut(transaction, cut));
    ASSIGN_OR_RETURN(const std::vector<AccountTier> tiers, parts_.accounts.Tiers(transaction));
    RETURN_IF_ERROR(KeepChanges(transaction, cut, tiers));
    // Of the nights that are made up for only the last one speaks of the present.
    if (*schedule.next_cut > now) {
      ASSIGN_OR_RETURN(taken.tiers_changed, AlignTiers(transaction, cut, tiers, now));
    }
    RETURN_IF_ERROR(parts_.rfm.PruneFigures(transaction, cut.time));
  }
  if (schedule != before) RETURN_IF_ERROR(parts_.rfm.SaveSchedule(transaction, schedule));
  return taken;
}

absl::Status RfmCuts::KeepChanges(store::Transaction& transaction, const RfmCut& cut,
                                  const std::vector<AccountTier>& tiers) {
  ASSIGN_OR_RETURN(const std::vector<RfmLevelSince> known, parts_.rfm.Levels(transaction));
  const auto levels = LevelsOf(cut);
  // Every account that was ever seen, by id, with the level it had.
  std::map<std::string, std::optional<RfmLevel>> previous;
  for (const AccountTier& account : tiers) previous[account.account_id];
  for (const auto& [account_id, level] : levels) previous[account_id];
  for (const RfmLevelSince& each : known) previous[each.account_id] = each.level;

  std::vector<RfmLevelChange> changes;
  for (const auto& [account_id, before] : previous) {
    const RfmLevel level = LevelIn(levels, account_id);
    if (before != level) changes.push_back({account_id, cut.time, before, level});
  }
  return parts_.rfm.SaveChanges(transaction, changes);
}

absl::StatusOr<int> RfmCuts::AlignTiers(store::Transaction& transaction, const RfmCut& cut,
                                        const std::vector<AccountTier>& tiers, absl::Time now) {
  const auto levels = LevelsOf(cut);
  int changed = 0;
  for (const AccountTier& account : tiers) {
    const absl::string_view tier = TierOf(LevelIn(levels, account.account_id));
    if (account.pinned || account.tier == tier) continue;
    ASSIGN_OR_RETURN(const std::optional<Account> before,
                     parts_.accounts.FindForUpdate(transaction, account.account_id));
    // Another replica may have pinned it between the two reads.
    if (!before.has_value() || before->tier_pinned || before->tier == tier) continue;
    RETURN_IF_ERROR(writer_.ChangeTier(transaction, *before, tier, cut.time, now));
    ++changed;
  }
  return changed;
}

}  // namespace bellwether::accounts
