#include "services/accounts/application/restated_figures.h"

#include <algorithm>
#include <set>
#include <utility>

namespace bellwether::accounts {
namespace {

using Figures = std::vector<FigureSpan> RestatedFigures::*;

constexpr Figures kAllFigures[] = {&RestatedFigures::last_order_days,
                                   &RestatedFigures::order_counts,
                                   &RestatedFigures::order_values_minor};

// What was said of the day last; false where nothing was.
bool LastSaid(const std::vector<RestatedFigures>& restated, Figures figures, int32_t day,
              std::optional<int64_t>& value) {
  for (auto said = restated.rbegin(); said != restated.rend(); ++said) {
    const std::vector<FigureSpan>& spans = (*said).*figures;
    const auto span = std::lower_bound(
        spans.begin(), spans.end(), day,
        [](const FigureSpan& each, int32_t wanted) { return each.last_day < wanted; });
    if (span == spans.end() || span->first_day > day) continue;
    value = span->value;
    return true;
  }
  return false;
}

// The days of `spans` that `later` does not speak of, and those of `later`.
std::vector<FigureSpan> Overridden(const std::vector<FigureSpan>& spans,
                                   const std::vector<FigureSpan>& later) {
  std::vector<FigureSpan> all = later;
  for (FigureSpan left : spans) {
    for (const FigureSpan& said : later) {
      if (said.last_day < left.first_day) continue;
      if (said.first_day > left.last_day) break;
      if (left.first_day < said.first_day) {
        all.push_back({left.first_day, said.first_day - 1, left.value});
      }
      left.first_day = said.last_day + 1;
    }
    if (left.first_day <= left.last_day) all.push_back(left);
  }
  std::sort(all.begin(), all.end(),
            [](const FigureSpan& a, const FigureSpan& b) { return a.first_day < b.first_day; });
  std::vector<FigureSpan> joined;
  for (const FigureSpan& span : all) AddSpan(span, joined);
  return joined;
}

}  // namespace

void RestatedFigures::Override(const RestatedFigures& later) {
  for (const Figures figures : kAllFigures) {
    this->*figures = Overridden(this->*figures, later.*figures);
  }
}

void AddSpan(const FigureSpan& span, std::vector<FigureSpan>& spans) {
  if (!spans.empty() && spans.back().last_day + 1 == span.first_day &&
      spans.back().value == span.value) {
    spans.back().last_day = span.last_day;
  } else {
    spans.push_back(span);
  }
}

RestatedDays::RestatedDays(std::vector<RestatedFigures> restated) {
  for (RestatedFigures& each : restated) {
    std::vector<RestatedFigures>& of_account = by_account_[each.account_id];
    of_account.push_back(std::move(each));
  }
}

std::vector<int32_t> RestatedDays::Days() const {
  std::set<std::pair<int32_t, int32_t>> spans;
  for (const auto& [account, restated] : by_account_) {
    for (const RestatedFigures& each : restated) {
      for (const Figures figures : kAllFigures) {
        for (const FigureSpan& span : each.*figures) spans.emplace(span.first_day, span.last_day);
      }
    }
  }
  std::vector<int32_t> days;  // ascending
  for (const auto& [first, last] : spans) {
    for (int32_t day = days.empty() ? first : std::max(first, days.back() + 1); day <= last; ++day)
      days.push_back(day);
  }
  std::reverse(days.begin(), days.end());
  return days;
}

std::vector<RfmOrders> RestatedDays::Correct(int32_t day, std::vector<RfmOrders> shown) const {
  struct Orders {
    std::optional<int64_t> last_day;
    std::optional<int64_t> count;
    std::optional<int64_t> value_minor;
  };
  std::vector<RfmOrders> corrected;
  corrected.reserve(shown.size());
  const auto correct = [&](const std::string& account, Orders orders,
                           const std::vector<RestatedFigures>& restated) {
    LastSaid(restated, &RestatedFigures::last_order_days, day, orders.last_day);
    LastSaid(restated, &RestatedFigures::order_counts, day, orders.count);
    LastSaid(restated, &RestatedFigures::order_values_minor, day, orders.value_minor);
    if (!orders.last_day.has_value() || orders.count.value_or(0) <= 0) return;
    corrected.push_back(
        {account, day - *orders.last_day, *orders.count, orders.value_minor.value_or(0)});
  };
  absl::flat_hash_map<std::string, Orders> known;
  for (RfmOrders& each : shown) {
    if (by_account_.contains(each.account_id)) {
      known[each.account_id] = {day - each.recency_days, each.order_count, each.order_value_minor};
    } else {
      corrected.push_back(std::move(each));
    }
  }
  for (const auto& [account, restated] : by_account_) {
    const auto orders = known.find(account);
    correct(account, orders == known.end() ? Orders() : orders->second, restated);
  }
  return corrected;
}

}  // namespace bellwether::accounts
