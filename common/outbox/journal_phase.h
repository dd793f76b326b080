// Whether the journal is live, by what it says of itself (ADR 0004).
#ifndef BELLWETHER_COMMON_OUTBOX_JOURNAL_PHASE_H_
#define BELLWETHER_COMMON_OUTBOX_JOURNAL_PHASE_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/bus/bus.h"

namespace bellwether::outbox {

// A journal without a live tick is empty or a past being built. From its first live tick on it is
// live for good (nobody may build a past then). Every process sees the same ticks, so none has to
// ask another for the phase.
//
// Ticks come to every partition in the same round: one is watched. Thread-safe. Outlived by the
// bus.
class JournalPhase {
 public:
  explicit JournalPhase(bus::Bus& bus) : bus_(bus) {}

  // As of the present end of the journal, to which it reads on until it is live. Blocks. The bus's
  // failures.
  absl::StatusOr<bool> IsLive();

 private:
  absl::Status Look() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ReadTo(int64_t end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  bus::Bus& bus_;
  std::atomic<bool> live_ = false;
  absl::Mutex mutex_;
  // Until it is live; null before the first look and after a failed one.
  std::unique_ptr<bus::Reader> reader_ ABSL_GUARDED_BY(mutex_);
  int64_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  bool tick_seen_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace bellwether::outbox

#endif  // BELLWETHER_COMMON_OUTBOX_JOURNAL_PHASE_H_
