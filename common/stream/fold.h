// The fold: what a service implements so that the stream library can run it on a journal.
//
// A PartitionFold holds the state of one partition in memory. Everything it does is a pure function
// of the records and timers it is given: it has no clock, no randomness and no I/O but that it may
// read again what it was given before. That is what makes replay, explanation, backtest and
// verification one and the same thing.
#ifndef BELLWETHER_COMMON_STREAM_FOLD_H_
#define BELLWETHER_COMMON_STREAM_FOLD_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "common/cache/cache.h"
#include "common/store/store.h"

namespace bellwether::stream {

inline constexpr int kGenerationShift = 40;

// Version of everything emitted while applying the record at `offset`. < 2⁵³ for generations below
// 2¹³.
constexpr int64_t VersionOf(int64_t generation, int64_t offset) {
  return (generation << kGenerationShift) + offset;
}

// The instant at which a record or a timer is applied.
struct Moment {
  // Stream time: for a record the greatest `recorded_at` so far (after clamping), for a timer its
  // own due instant.
  absl::Time time;
  // The version of every effect made now.
  int64_t version = 0;
  // Offset of the record being applied, also for the timers it lets fire.
  int64_t offset = 0;
  // The record builds a past: what is decided is stored, never notified.
  bool backfill = false;
};

// Part of the state: fires once stream time reaches `due`. Timers fire in the order of
// (due, subject, kind).
struct Timer {
  absl::Time due;
  std::string subject;
  int32_t kind = 0;

  friend bool operator==(const Timer&, const Timer&) = default;
  friend bool operator<(const Timer& a, const Timer& b) {
    return std::tie(a.due, a.subject, a.kind) < std::tie(b.due, b.subject, b.kind);
  }
};

// What a fold wants done. Bus effects leave at once and in order; cache writes are coalesced
// (PartitionFold::Show); rejections go to the dead-letter topic with the whole record.
class Effects {
 public:
  struct BusEffect {
    std::string topic;
    int32_t partition = 0;
    bus::Message message;
  };
  struct Rejection {
    std::string reason;  // UPPER_SNAKE_CASE, bounded set
    std::string field;
    std::string rule;
    std::string message;
  };

  void Emit(std::string topic, int32_t partition, bus::Message message) {
    bus_effects.push_back({std::move(topic), partition, std::move(message)});
  }
  void Put(cache::Write write) { cache_writes.push_back(std::move(write)); }
  void Reject(Rejection rejection) { rejections.push_back(std::move(rejection)); }
  // The fold could not read what it was given before: it is dropped, and loaded again to go on from
  // its last checkpoint.
  void Fail(absl::Status why) { failure = std::move(why); }

  bool empty() const { return bus_effects.empty() && cache_writes.empty() && rejections.empty(); }
  void clear() {
    bus_effects.clear();
    cache_writes.clear();
    rejections.clear();
    failure = absl::OkStatus();
  }

  std::vector<BusEffect> bus_effects;
  std::vector<cache::Write> cache_writes;
  std::vector<Rejection> rejections;
  absl::Status failure;
};

// The rows a checkpoint writes. Owns copies of what it needs: the fold goes on while it runs, on
// another thread, and it may be called again with a new transaction after a failed one.
using CheckpointWrite = absl::AnyInvocable<absl::Status(store::Transaction&)>;

// State and code of one partition. Used by one thread at a time.
class PartitionFold {
 public:
  virtual ~PartitionFold() = default;

  // Reads the state as of the last checkpoint. `stream_time` is the partition's stream time then
  // (absl::InfinitePast() for a partition without records): values that follow from time alone
  // are derived from it here.
  virtual absl::Status Load(store::Transaction& transaction, absl::Time stream_time) = 0;

  // Applies one record. What cannot be applied is rejected through `effects` and leaves the state
  // as it was; only what may be tried again fails (Effects::Fail). Never called for ticks: see
  // OnTick.
  virtual void Apply(const bus::Record& record, const Moment& moment, Effects& effects) = 0;

  // Stream time has reached `moment.time` through a tick; all timers due have fired. The place to
  // pass a watermark on.
  virtual void OnTick(const Moment& moment, Effects& effects) = 0;

  // The first timer of the state, in the order of Timer.
  virtual std::optional<Timer> NextTimer() const = 0;
  // When NextTimer is due, absl::InfiniteFuture() without one. Asked for every record, so a fold
  // with many timers answers it without building a Timer.
  virtual absl::Time NextTimerDue() const {
    const std::optional<Timer> timer = NextTimer();
    return timer.has_value() ? timer->due : absl::InfiniteFuture();
  }
  // Fires the timer NextTimer returned; it must be gone or later afterwards. Timers are let fire by
  // a record or a tick and share its version: Apply or OnTick always follows the last Fire, which
  // is where a fold that may emit once per subject and version emits.
  virtual void Fire(const Timer& timer, const Moment& moment, Effects& effects) = 0;

  // Emits the present value of everything, exactly, with `moment.version`: after a rebuild, and to
  // refill a cache that lost its data (then only the cache writes are used). Leaves the state as it
  // was, the last emitted values too: what is emitted later depends on the records alone, not on
  // when a cache was refilled.
  virtual void EmitAll(const Moment& moment, Effects& effects) = 0;

  // Puts into the cache what changed since the last call. Called between two records whenever the
  // cache is to show them: rarely while the partition is far behind. A fold may as well Put with
  // each record.
  virtual void Show(Effects& /*effects*/) {}

  // What has become dirty since the last call; the state counts as clean afterwards. If the commit
  // fails for good the library drops this fold and loads a new one.
  virtual CheckpointWrite TakeCheckpoint() = 0;
  // Deletes the partition's rows: a rebuild starts from an empty state.
  virtual absl::Status Clear(store::Transaction& transaction) = 0;

  // True when what was applied must be committed soon (≤ 10 ms) rather than by replay distance.
  virtual bool WantsCommit() const { return false; }
};

// Makes the fold of a partition. One per processor.
class FoldFactory {
 public:
  virtual ~FoldFactory() = default;
  virtual std::unique_ptr<PartitionFold> New(int32_t partition) = 0;
  // Raised with every change of what the fold computes: a new version re-folds every partition.
  virtual int64_t code_version() const = 0;
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_FOLD_H_
