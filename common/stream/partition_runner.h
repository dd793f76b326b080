// Drives the fold of one partition, record by record.
#ifndef BELLWETHER_COMMON_STREAM_PARTITION_RUNNER_H_
#define BELLWETHER_COMMON_STREAM_PARTITION_RUNNER_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/stream/checkpoint.h"
#include "common/stream/counters.h"
#include "common/stream/delivery_ledger.h"
#include "common/stream/fold.h"
#include "common/stream/offsets_table.h"
#include "common/stream/partition_cache.h"
#include "common/stream/stamp.h"

namespace bellwether::stream {

// The same for all partitions of a processor.
struct RunnerSettings {
  std::string processor;  // named in dead letters
  std::string topic;
  int32_t partitions = 0;
  int32_t dead_letter_partitions = 0;
  // Records applied beyond the last commit; at this many the partition waits for the store.
  int64_t uncommitted_records_max = 0;
};

// Owns one loaded fold and applies records strictly in order: stream time, timers in order, the
// record, its effects. Effects leave at once; when the bus cannot take them (or the store falls too
// far behind) the runner stops where it is, in the middle of a record if need be, keeps the records
// it was given and goes on there. Nothing it does depends on where it stopped or a batch ended.
// Lives from one taking of the partition to its loss; one thread.
class PartitionRunner {
 public:
  enum class Progress {
    kDone,              // every record it was given is applied
    kWaitingForBus,     // too many effects unanswered, or the producer's queue is full
    kWaitingForCommit,  // uncommitted_records_max reached
    kFailed,            // an effect may be lost: see failure(); drop the partition
  };

  // `row` as taken, `fold` loaded from the state it stands for. `producer` leaves no gaps:
  // receivers drop what is older than what they have, so an effect must never get through before
  // those that left earlier. The references outlive the runner.
  PartitionRunner(const RunnerSettings& settings, int32_t partition, OffsetsRow row,
                  std::unique_ptr<PartitionFold> fold, std::unique_ptr<bus::Producer> producer,
                  std::shared_ptr<DeliveryLedger> ledger, PartitionCache cache, const Clock& clock,
                  Counters& counters);

  // Applies `records` after what it still holds. What is not applied on return is held, and
  // `storage` with it.
  Progress Run(const std::shared_ptr<const void>& storage, absl::Span<const bus::Record> records);
  // Goes on with what it holds.
  Progress Continue();
  // Waits for the answers to what has left.
  absl::Status Flush(absl::Duration timeout) { return producer_->Flush(timeout); }
  // Records are held: the partition's reading should pause.
  bool holding() const { return !held_.empty(); }

  // Between two records, with every effect handed to the bus: the only place to take a checkpoint
  // or to look at the fold.
  bool AtBoundary() const { return !in_record_ && pending_.empty(); }
  // Something was applied since the last checkpoint was taken.
  bool Dirty() const {
    return AtBoundary() && (row_.next_offset != taken_.next_offset || generation_settled());
  }
  // A new generation has emitted everything, which no checkpoint taken so far says.
  bool generation_settled() const {
    return taken_.fold_back_until.has_value() && !row_.fold_back_until.has_value();
  }
  // Requires AtBoundary().
  Checkpoint TakeCheckpoint();
  void OnCommitted(int64_t next_offset) { committed_offset_ = next_offset; }

  // Brings the cache to where the fold is; between two records.
  void ShowInCache(absl::Time now);
  // Between two records: fills the cache again where writes were lost; returns how many it wrote.
  // Nothing while folding back: what is in the fold then is not yet the present.
  size_t RefillCacheIfDue(absl::Time now);

  const PartitionFold& fold() const { return *fold_; }
  const PartitionCache& cache() const { return cache_; }
  bool folding_back() const { return row_.fold_back_until.has_value(); }
  int64_t next_offset() const { return row_.next_offset; }
  int64_t committed_offset() const { return committed_offset_; }
  int64_t shown_offset() const { return shown_offset_; }
  int64_t taken_offset() const { return taken_.next_offset; }
  int64_t epoch() const { return row_.epoch; }
  int64_t generation() const { return row_.generation; }
  const StreamTime& time() const { return row_.time; }
  const DeliveryLedger& ledger() const { return *ledger_; }
  absl::Status failure() const;
  bool fold_failed() const { return fold_failed_; }

 private:
  // Records not applied yet, and what owns their bytes.
  struct Held {
    std::shared_ptr<const void> storage;
    std::vector<bus::Record> records;
    size_t next = 0;
  };

  // Applies from `next` on, which it moves.
  Progress Drive(absl::Span<const bus::Record> records, size_t& next);
  // Checks the record and moves stream time to it. False when it went to the dead letter.
  bool Begin(const bus::Record& record);
  void FireNextTimer(const bus::Record& record);
  // False when the fold has failed.
  bool Finish(const bus::Record& record);
  void EmitEverything();
  // False when the cache takes nothing.
  bool GatherForCache();
  // Takes over what the fold just asked for: nothing while muted.
  void Collect(const bus::Record* record);
  void AddDeadLetter(const bus::Record& record, const Effects::Rejection& rejection);
  Progress Send();
  // The version of what was applied last.
  int64_t LastVersion() const { return VersionOf(row_.generation, row_.next_offset - 1); }

  const RunnerSettings& settings_;
  const int32_t partition_;
  const std::unique_ptr<PartitionFold> fold_;
  const std::unique_ptr<bus::Producer> producer_;  // used by nobody else
  const std::shared_ptr<DeliveryLedger> ledger_;
  PartitionCache cache_;
  Effects shown_;  // cache writes only; kept for its memory
  const Clock& clock_;
  Counters& counters_;

  OffsetsRow row_;    // as of the last applied record; `time` runs ahead within one
  OffsetsRow taken_;  // as of the last checkpoint taken
  int64_t committed_offset_;
  int64_t shown_offset_;  // everything before has been given to the cache

  // Within a record: set from Begin to Finish.
  bool in_record_ = false;
  bool tick_ = false;
  Moment moment_;
  std::optional<Timer> last_fired_;
  bool last_backfill_ = false;  // of the last record applied

  Effects pending_;  // bus effects [sent_, end) still have to leave
  size_t sent_ = 0;
  std::deque<Held> held_;
  absl::Status failure_;
  bool fold_failed_ = false;
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_PARTITION_RUNNER_H_
