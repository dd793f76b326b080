#include "services/health/domain/series.h"

#include <utility>

namespace bellwether::health {
DailySeries& SeriesSet::FindOrAdd(SeriesId id) {
  const size_t slot = Slot(id);
  if (!Has(id)) {
    series_.reserve(series_.size() + 1);
    series_.insert(series_.begin() + static_cast<ptrdiff_t>(slot),
                   DailySeries(DefinitionOf(id).shape));
    present_ |= Bit(id);
  }
  return series_[slot];
}

bool SeriesSet::Insert(SeriesId id, DailySeries series) {
  if (Has(id)) return false;
  FindOrAdd(id) = std::move(series);
  return true;
}

bool SeriesSet::HasEntries() const {
  for (const DailySeries& series : series_) {
    if (!series.empty()) return true;
  }
  return false;
}

size_t SeriesSet::bytes() const {
  size_t bytes = (series_.capacity() - series_.size()) * sizeof(DailySeries);
  for (const DailySeries& series : series_) bytes += series.bytes();
  return bytes;
}

}  // namespace bellwether::health
