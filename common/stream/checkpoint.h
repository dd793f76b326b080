// A checkpoint on its way from the fold to the store.
#ifndef BELLWETHER_COMMON_STREAM_CHECKPOINT_H_
#define BELLWETHER_COMMON_STREAM_CHECKPOINT_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "common/stream/delivery_ledger.h"
#include "common/stream/fold.h"
#include "common/stream/offsets_table.h"

namespace bellwether::stream {

// Everything a commit needs, taken from the fold at one record's end. `expected.epoch` names the
// taking of the partition it belongs to: no two runners of a partition ever share one.
struct Checkpoint {
  int32_t partition = 0;
  OffsetsRow expected;  // the row as the commit before left it
  OffsetsRow next;      // the row as this commit leaves it; its commit id is given by the committer
  CheckpointWrite rows;
  // It may commit once everything issued before `effects` is acknowledged.
  std::shared_ptr<DeliveryLedger> ledger;
  int64_t effects = 0;
};

// What became of it: OK; ABORTED when another member took the partition; anything else when it
// cannot be committed. After other than OK the partition has to be loaded again.
struct CommitOutcome {
  int32_t partition = 0;
  int64_t epoch = 0;
  int64_t next_offset = 0;
  bool fenced = false;
  bool taken_for_owner = false;  // fenced, for us to take the partition back at once
  absl::Status status;
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_CHECKPOINT_H_
