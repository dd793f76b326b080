// The midnight timers of one partition: one per account whose values decay.
#ifndef BELLWETHER_SERVICES_HEALTH_APPLICATION_MIDNIGHT_QUEUE_H_
#define BELLWETHER_SERVICES_HEALTH_APPLICATION_MIDNIGHT_QUEUE_H_

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/base/check.h"
#include "common/calendar/calendar.h"

namespace bellwether::health {

// All timers of a partition are due at the same instant, the next local midnight, so they are kept
// as one list in the order of accounts and a place in it: a million timers cost a pass over the
// list a day. `Slot` has a member `decays`, kept by Track and Settle.
template <typename Slot>
class MidnightQueue {
 public:
  explicit MidnightQueue(const Calendar& calendar) : calendar_(calendar) {}

  // The local day the partition stands in.
  int32_t today() const { return today_; }

  // Stream time has reached `time`; every timer due by then has fired.
  void Advance(absl::Time time) {
    if (time < midnight_ && time >= day_begin_) return;
    if (decaying_ > 0) {
      BELLWETHER_CHECK(time < midnight_, "a midnight was passed over");
      return;
    }
    SetDay(calendar_.LocalDayOf(time));
  }

  // The account exists; `id` outlives the queue.
  void Track(const std::string& id, Slot& slot) {
    sorted_ = sorted_ && (order_.empty() || *order_.back().first < id);
    order_.emplace_back(&id, &slot);
  }
  // The account's state has changed: does it decay now?
  void Settle(Slot& slot, bool decays) {
    decaying_ += static_cast<int64_t>(decays) - static_cast<int64_t>(slot.decays);
    slot.decays = decays;
  }

  absl::Time NextDue() const { return decaying_ > 0 ? midnight_ : absl::InfiniteFuture(); }

  // The first account whose midnight has not fired. Requires one that decays.
  const std::pair<const std::string*, Slot*>& First() {
    Sort();
    while (!order_[place_].second->decays) ++place_;
    return order_[place_];
  }
  // First() has fired: its account stands in the new day. After the last one the day turns.
  void Pop() {
    ++place_;
    while (place_ < order_.size() && !order_[place_].second->decays) ++place_;
    if (place_ < order_.size()) return;
    place_ = 0;
    SetDay(today_ + 1);
  }

  // All accounts in order.
  const std::vector<std::pair<const std::string*, Slot*>>& InOrder() {
    Sort();
    return order_;
  }

 private:
  void SetDay(int32_t day) {
    today_ = day;
    day_begin_ = calendar_.StartOfDay(day);
    midnight_ = calendar_.StartOfDay(day + 1);
    place_ = 0;
  }
  void Sort() {
    if (sorted_) return;
    // Accounts come only between midnights, so no place in the list is lost.
    BELLWETHER_CHECK(place_ == 0, "an account appeared in the middle of a midnight");
    std::sort(order_.begin(), order_.end(),
              [](const auto& a, const auto& b) { return *a.first < *b.first; });
    sorted_ = true;
  }

  const Calendar& calendar_;
  int32_t today_ = 0;
  absl::Time day_begin_ = absl::InfiniteFuture();
  absl::Time midnight_ = absl::InfinitePast();
  int64_t decaying_ = 0;
  bool sorted_ = true;
  size_t place_ = 0;
  std::vector<std::pair<const std::string*, Slot*>> order_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_APPLICATION_MIDNIGHT_QUEUE_H_
