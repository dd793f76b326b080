#include "services/accounts/application/partition_figures.h"

namespace bellwether::accounts {
namespace {

void Take(const FigureUpdate& update, std::optional<int64_t>& figure) {
  if (update.changed) figure = update.value;
}

// The day that lies so many days before `today`.
FigureUpdate DayOf(FigureUpdate days_ago, int32_t today) {
  if (days_ago.value.has_value()) days_ago.value = today - *days_ago.value;
  return days_ago;
}

bool SameFigures(const OrderFigures& a, OrderFigures b) {
  b.version = a.version;
  return a == b;
}

}  // namespace

PartitionFigures::PartitionFigures(int32_t partition, const Calendar& calendar,
                                   absl::Span<const FiguresAt> latest)
    : partition_(partition), calendar_(calendar) {
  for (const FiguresAt& each : latest) figures_[each.account_id] = each.figures;
}

void PartitionFigures::Apply(absl::string_view account_id, int64_t version,
                             absl::Span<const FigureStep> steps) {
  auto known = figures_.find(account_id);
  if (known != figures_.end() && version <= known->second.version) return;
  for (const FigureStep& step : steps) {
    if (!step.recency_days.changed && !step.order_count.changed && !step.order_value_minor.changed)
      continue;
    if (known == figures_.end()) known = figures_.try_emplace(std::string(account_id)).first;
    OrderFigures& figures = known->second;
    const OrderFigures before = figures;
    figures.version = version;
    Take(DayOf(step.recency_days, calendar_.LocalDayOf(step.time)), figures.last_order_day);
    Take(step.order_count, figures.order_count);
    Take(step.order_value_minor, figures.order_value_minor);
    if (SameFigures(before, figures)) continue;
    changed_[{std::string(account_id), calendar_.NextMidnight(step.time)}] = figures;
  }
}

std::vector<FiguresAt> PartitionFigures::TakeChanged() {
  std::vector<FiguresAt> changed;
  changed.reserve(changed_.size());
  for (const auto& [key, figures] : changed_) {
    changed.push_back({partition_, key.first, key.second, figures});
  }
  changed_.clear();
  return changed;
}

}  // namespace bellwether::accounts
