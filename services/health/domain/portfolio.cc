#include "services/health/domain/portfolio.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <tuple>

#include "common/base/check.h"

namespace bellwether::health {

ScoreBins::ScoreBins(int points) : width_(points * kMicrosPerUnit) {
  BELLWETHER_CHECK(points >= 1 && points <= kBinPointsMax, "bins of whole points");
  counts_.resize(static_cast<size_t>((kPointsMaxMicros + width_ - 1) / width_));
}

void ScoreBins::Add(int64_t score_micros) {
  const int64_t bin = std::max<int64_t>(score_micros, 0) / width_;
  ++counts_[std::min(static_cast<size_t>(bin), counts_.size() - 1)];
}

int64_t ScoreBins::below_micros(size_t bin) const {
  return bin + 1 == counts_.size() ? kPointsMaxMicros + 1 : from_micros(bin + 1);
}

bool IsListed(const Move& move, MoveOrder order, int64_t minimum_micros) {
  const int64_t points = move.points_micros();
  if (points == 0 || std::abs(points) < minimum_micros) return false;
  return order == MoveOrder::kGreatest || (points > 0) == (order == MoveOrder::kRisen);
}

bool MovesBefore(const Move& a, const Move& b) {
  return std::make_tuple(-std::abs(a.points_micros()), std::cref(a.account)) <
         std::make_tuple(-std::abs(b.points_micros()), std::cref(b.account));
}

}  // namespace bellwether::health
