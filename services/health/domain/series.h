// The daily series of an account (H1).
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_SERIES_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_SERIES_H_

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/health/domain/daily_series.h"

namespace bellwether::health {

// A series by the number of its entry in fact_kinds.cc, which is part of stored state.
enum class SeriesId : uint8_t {};
inline constexpr size_t kSeriesMax = 64;

// What a stored figure is in; metrics come in 10⁻⁶ of a unit.
enum class Unit : uint8_t { kCount, kDays, kHours, kMoney, kRatio, kPoints, kInstant };

struct SeriesDefinition {
  SeriesId id;
  absl::string_view name;
  SeriesShape shape;
  Unit unit;
  // One stored figure is micros_numerator / micros_denominator millionths of the unit. Stored
  // figures stay as small as the fact gives them, so that they pack well.
  int64_t micros_numerator;
  int64_t micros_denominator;
};

// By number; fact_kinds.cc defines them.
absl::Span<const SeriesDefinition> AllSeries();
inline const SeriesDefinition& DefinitionOf(SeriesId id) {
  return AllSeries()[static_cast<size_t>(id)];
}
std::optional<SeriesId> SeriesByName(absl::string_view name);

// A kind of fact (H1) by the place of its entry in fact_kinds.cc.
enum class FactKind : uint8_t {};

// What one fact gives one series.
struct Observation {
  SeriesId series;
  int64_t value;
  // Adds to the day's sum and is no fact of the series: DailySeries::AddToSum.
  bool only_sum = false;
};

// The observations of one fact, without allocation.
class Observations {
 public:
  static constexpr size_t kSizeMax = 8;

  void Add(SeriesId series, int64_t value, bool only_sum = false) {
    if (size_ < kSizeMax) items_[size_++] = {series, value, only_sum};
  }
  void clear() { size_ = 0; }
  size_t size() const { return size_; }
  const Observation* begin() const { return items_.data(); }
  const Observation* end() const { return items_.data() + size_; }

 private:
  std::array<Observation, kSizeMax> items_;
  size_t size_ = 0;
};

// The series of one account that ever had a fact, by id.
class SeriesSet {
 public:
  const DailySeries* Find(SeriesId id) const { return Has(id) ? &series_[Slot(id)] : nullptr; }
  DailySeries& FindOrAdd(SeriesId id);
  // Takes a stored series; false when it is there already.
  bool Insert(SeriesId id, DailySeries series);

  // Calls visit(SeriesId, const DailySeries&) in the order of ids.
  template <typename Visit>
  void ForEach(Visit visit) const {
    size_t slot = 0;
    for (uint64_t left = present_; left != 0; left &= left - 1) {
      visit(static_cast<SeriesId>(std::countr_zero(left)), series_[slot++]);
    }
  }
  template <typename Visit>
  void ForEachMutable(Visit visit) {
    size_t slot = 0;
    for (uint64_t left = present_; left != 0; left &= left - 1) {
      visit(static_cast<SeriesId>(std::countr_zero(left)), series_[slot++]);
    }
  }

  size_t size() const { return series_.size(); }
  // True while any series has an entry: only then does time alone move a value.
  bool HasEntries() const;
  size_t bytes() const;

  friend bool operator==(const SeriesSet&, const SeriesSet&) = default;

 private:
  static uint64_t Bit(SeriesId id) { return uint64_t{1} << static_cast<int>(id); }
  bool Has(SeriesId id) const { return (present_ & Bit(id)) != 0; }
  size_t Slot(SeriesId id) const {
    return static_cast<size_t>(std::popcount(present_ & (Bit(id) - 1)));
  }

  uint64_t present_ = 0;             // kSeriesMax bits
  std::vector<DailySeries> series_;  // one per bit of present_, in their order
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_SERIES_H_
