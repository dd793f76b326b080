#include "common/stream/delivery_ledger.h"

#include <utility>

#include "common/base/check.h"

namespace bellwether::stream {

// Settles its number once: by the bus's answer, or as failed when it is dropped without one.
class DeliveryLedger::Answer {
 public:
  Answer(std::shared_ptr<DeliveryLedger> ledger, int64_t number)
      : ledger_(std::move(ledger)), number_(number) {}
  Answer(Answer&&) noexcept = default;
  Answer& operator=(Answer&&) = delete;
  ~Answer() {
    if (ledger_ != nullptr) {
      ledger_->Settle(number_, absl::UnavailableError("the delivery was never answered for"));
    }
  }

  void operator()(absl::StatusOr<bus::Position> position) {
    std::exchange(ledger_, nullptr)->Settle(number_, position.status());
  }

 private:
  std::shared_ptr<DeliveryLedger> ledger_;
  int64_t number_;
};

DeliveryLedger::DeliveryLedger(size_t outstanding_max, std::shared_ptr<Bell> bell)
    : outstanding_max_(static_cast<int64_t>(outstanding_max)),
      bell_(std::move(bell)),
      acknowledged_(outstanding_max) {
  BELLWETHER_CHECK(outstanding_max > 0 && (outstanding_max & (outstanding_max - 1)) == 0,
                   "outstanding_max must be a power of two");
}

bus::Delivered DeliveryLedger::Issue() {
  BELLWETHER_CHECK(HasRoom(), "ask HasRoom before Issue");
  return Answer(shared_from_this(), issued_++);
}

absl::Status DeliveryLedger::failure() const {
  absl::MutexLock lock(&mutex_);
  return failure_;
}

void DeliveryLedger::RingAt(int64_t number) {
  absl::ReleasableMutexLock lock(&mutex_);
  if (settled() < number && failure_.ok()) {
    ring_at_.push_back(number);
    return;
  }
  lock.Release();
  bell_->Ring();
}

void DeliveryLedger::Settle(int64_t number, const absl::Status& status) {
  absl::ReleasableMutexLock lock(&mutex_);
  if (!status.ok()) {
    if (failure_.ok()) failure_ = status;
    failed_.store(true, std::memory_order_release);
    lock.Release();
    bell_->Ring();
    return;
  }
  const int64_t mask = outstanding_max_ - 1;
  acknowledged_[number & mask] = true;
  int64_t settled = settled_.load(std::memory_order_relaxed);
  if (number != settled) return;
  while (acknowledged_[settled & mask]) {
    acknowledged_[settled & mask] = false;
    ++settled;
  }
  settled_.store(settled, std::memory_order_release);
  bool reached = false;
  while (!ring_at_.empty() && ring_at_.front() <= settled) {
    ring_at_.pop_front();
    reached = true;
  }
  lock.Release();
  if (reached) bell_->Ring();
}

}  // namespace bellwether::stream
