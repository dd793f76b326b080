#include "services/accounts/domain/rfm.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <tuple>
#include <utility>

#include "absl/numeric/int128.h"
#include "common/base/status.h"

namespace bellwether::accounts {
namespace {

// Scores of `figures`, in their order, where a greater figure is better.
std::vector<int> Scores(const std::vector<int64_t>& figures) {
  std::vector<int64_t> sorted = figures;
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<int64_t>(sorted.size());
  std::vector<int> scores;
  scores.reserve(figures.size());
  for (const int64_t figure : figures) {
    const int64_t worse = std::lower_bound(sorted.begin(), sorted.end(), figure) - sorted.begin();
    scores.push_back(static_cast<int>(1 + kRfmScoreMax * worse / n));
  }
  return scores;
}

template <typename Figure>
std::vector<int64_t> Figures(const std::vector<RfmOrders>& orders, Figure figure) {
  std::vector<int64_t> figures;
  figures.reserve(orders.size());
  for (const RfmOrders& each : orders) figures.push_back(figure(each));
  return figures;
}

// The number of accounts in the levels up to and including `level`.
size_t EndOf(size_t level, size_t n, const RfmScheme& scheme) {
  const int64_t cumulative = std::accumulate(scheme.share_micros.begin(),
                                             scheme.share_micros.begin() + level + 1, int64_t{0});
  return static_cast<size_t>(absl::int128(n) * cumulative / kMicros);
}

}  // namespace

absl::Status Validate(const RfmScheme& scheme) {
  const int64_t weights[] = {scheme.recency_weight_micros, scheme.frequency_weight_micros,
                             scheme.monetary_weight_micros};
  const auto is_negative = [](int64_t figure) { return figure < 0; };
  if (std::any_of(std::begin(weights), std::end(weights), is_negative) ||
      std::accumulate(std::begin(weights), std::end(weights), int64_t{0}) != kMicros) {
    return InvalidArgument("RFM_WEIGHTS_INVALID", "weights",
                           "the weights are not negative and add up to 1", "A3");
  }
  if (std::any_of(scheme.share_micros.begin(), scheme.share_micros.end(), is_negative) ||
      std::accumulate(scheme.share_micros.begin(), scheme.share_micros.end(), int64_t{0}) !=
          kMicros) {
    return InvalidArgument("RFM_SHARES_INVALID", "levels",
                           "the shares are not negative and add up to 1", "A3");
  }
  return absl::OkStatus();
}

std::vector<RfmPlace> RankRfm(std::vector<RfmOrders> orders, const RfmScheme& scheme) {
  const std::vector<int> recency =
      Scores(Figures(orders, [](const RfmOrders& each) { return -each.recency_days; }));
  const std::vector<int> frequency =
      Scores(Figures(orders, [](const RfmOrders& each) { return each.order_count; }));
  const std::vector<int> monetary =
      Scores(Figures(orders, [](const RfmOrders& each) { return each.order_value_minor; }));

  std::vector<RfmPlace> places;
  places.reserve(orders.size());
  for (size_t i = 0; i < orders.size(); ++i) {
    places.push_back({.orders = std::move(orders[i]),
                      .recency_score = recency[i],
                      .frequency_score = frequency[i],
                      .monetary_score = monetary[i],
                      .composite_micros = scheme.recency_weight_micros * recency[i] +
                                          scheme.frequency_weight_micros * frequency[i] +
                                          scheme.monetary_weight_micros * monetary[i]});
  }
  std::sort(places.begin(), places.end(), [](const RfmPlace& a, const RfmPlace& b) {
    return std::tie(b.composite_micros, b.orders.order_value_minor, a.orders.account_id) <
           std::tie(a.composite_micros, a.orders.order_value_minor, b.orders.account_id);
  });
  size_t rank = 0;
  for (size_t level = 0; level < kRfmLevels; ++level) {
    for (const size_t end = EndOf(level, places.size(), scheme); rank < end; ++rank) {
      places[rank].level = static_cast<RfmLevel>(level);
    }
  }
  return places;
}

}  // namespace bellwether::accounts
