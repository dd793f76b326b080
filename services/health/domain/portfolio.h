// How a portfolio stands: scores by height, and accounts by tier and band (H9, L7). Pure.
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_PORTFOLIO_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_PORTFOLIO_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "services/health/domain/model.h"

namespace bellwether::health {

inline constexpr int kBinPointsDefault = 5;
inline constexpr int kBinPointsMax = 50;

// Scores of enough confidence by height, from 0 to 100 in steps of whole points.
class ScoreBins {
 public:
  // 1 ≤ points ≤ kBinPointsMax.
  explicit ScoreBins(int points);

  void Add(int64_t score_micros);

  size_t size() const { return counts_.size(); }
  int64_t count(size_t bin) const { return counts_[bin]; }
  int64_t from_micros(size_t bin) const { return static_cast<int64_t>(bin) * width_; }
  // The last one holds the highest score, too.
  int64_t below_micros(size_t bin) const;

 private:
  const int64_t width_;
  std::vector<int64_t> counts_;
};

// Accounts of one tier by band, best band first.
class BandCounts {
 public:
  // `bands` as the model has them: best first, outlives this.
  explicit BandCounts(absl::Span<const Band> bands) : bands_(bands), counts_(bands.size()) {}

  void Add(int64_t score_micros) { ++counts_[BandIndexOf(bands_, score_micros)]; }
  void AddLowConfidence() { ++low_confidence_; }

  int64_t count(size_t band) const { return counts_[band]; }
  int64_t low_confidence() const { return low_confidence_; }

 private:
  const absl::Span<const Band> bands_;
  std::vector<int64_t> counts_;
  int64_t low_confidence_ = 0;
};

// A move of a score between two closes.
struct Move {
  std::string account;
  int64_t before_micros = 0;
  int64_t after_micros = 0;

  int64_t points_micros() const { return after_micros - before_micros; }
};

enum class MoveOrder { kGreatest, kFallen, kRisen };

// Whether that order lists such a move at all: at least `minimum_micros` and in its direction.
bool IsListed(const Move& move, MoveOrder order, int64_t minimum_micros);
// The further it moved the earlier; ties by account.
bool MovesBefore(const Move& a, const Move& b);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_PORTFOLIO_H_
