#include "services/health/domain/restatement.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace bellwether::health {

bool Moved(int64_t now, int64_t before, int64_t materiality) {
  if (now == before) return false;
  if (now == kAbsent || before == kAbsent) return true;
  const __int128 difference = static_cast<__int128>(now) - before;
  return difference > materiality || -difference > materiality;
}

void RestatedSpans::Add(Day day, const std::vector<int64_t>& before,
                        const std::vector<int64_t>& after) {
  for (size_t i = 0; i < open_.size(); ++i) {
    const int value = static_cast<int>(i);
    if (!Moved(after[i], before[i], model_.MaterialityOf(value))) continue;
    if (open_[i] >= 0) {
      RestatedSpan& last = spans_[static_cast<size_t>(open_[i])];
      if (last.last_day + 1 == day && last.before == before[i] && last.after == after[i]) {
        last.last_day = day;
        continue;
      }
    }
    open_[i] = static_cast<int>(spans_.size());
    spans_.push_back({value, day, day, before[i], after[i]});
  }
}

std::vector<RestatedSpan> RestatedSpans::Take() && {
  if (spans_.size() > kRestatedSpansMax) {
    std::sort(spans_.begin(), spans_.end(), [](const RestatedSpan& a, const RestatedSpan& b) {
      return std::tie(b.last_day, a.value) < std::tie(a.last_day, b.value);
    });
    spans_.resize(kRestatedSpansMax);
  }
  std::sort(spans_.begin(), spans_.end(), [](const RestatedSpan& a, const RestatedSpan& b) {
    return std::tie(a.value, a.first_day) < std::tie(b.value, b.first_day);
  });
  return std::move(spans_);
}

}  // namespace bellwether::health
