// Which effects of a partition the bus has answered for.
#ifndef BELLWETHER_COMMON_STREAM_DELIVERY_LEDGER_H_
#define BELLWETHER_COMMON_STREAM_DELIVERY_LEDGER_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "common/bus/bus.h"
#include "common/stream/bell.h"

namespace bellwether::stream {

// Numbers the effects of one loaded partition in the order they leave and remembers up to which
// number all of them are acknowledged. A checkpoint may commit once everything issued before it is.
//
// Shared by the partition's runner (issues), the bus's threads (answer) and the committer (asks);
// lives until the last of them lets go, so that an answer that comes after the partition was
// dropped finds a ledger and changes nothing that matters. A failed or never answered delivery
// fails the ledger for good: its effects may or may not have been written, and the partition is
// loaded again.
class DeliveryLedger : public std::enable_shared_from_this<DeliveryLedger> {
 public:
  // `outstanding_max` is a power of two. `bell` is rung when what RingAt asked for is reached or
  // the ledger fails.
  DeliveryLedger(size_t outstanding_max, std::shared_ptr<Bell> bell);

  // Issuer's thread only.
  bool HasRoom() const { return issued_ - settled() < outstanding_max_; }
  // The answer to the next effect. Requires HasRoom().
  bus::Delivered Issue();
  int64_t issued() const { return issued_; }
  int64_t outstanding() const { return issued_ - settled(); }

  // Any thread. Everything issued before this number is acknowledged.
  int64_t settled() const { return settled_.load(std::memory_order_acquire); }
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  absl::Status failure() const;
  // Numbers asked for rise from call to call.
  void RingAt(int64_t number);

 private:
  class Answer;
  void Settle(int64_t number, const absl::Status& status);

  const int64_t outstanding_max_;
  const std::shared_ptr<Bell> bell_;
  int64_t issued_ = 0;
  std::atomic<int64_t> settled_ = 0;
  std::atomic<bool> failed_ = false;

  mutable absl::Mutex mutex_;
  std::deque<int64_t> ring_at_ ABSL_GUARDED_BY(mutex_);
  // Acknowledged numbers in [settled, settled + outstanding_max), as a ring.
  std::vector<bool> acknowledged_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_DELIVERY_LEDGER_H_
