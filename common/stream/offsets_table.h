// The offsets table: where each partition of each processor stands, who may move it, and under
// which generation its effects are made. The truth; offsets committed to the bus are advisory.
#ifndef BELLWETHER_COMMON_STREAM_OFFSETS_TABLE_H_
#define BELLWETHER_COMMON_STREAM_OFFSETS_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/bus/bus.h"
#include "common/store/store.h"
#include "common/stream/fold.h"
#include "common/stream/stream_time.h"

namespace bellwether::stream {

// One row. `next_offset`, `time` and the fold's own rows always change in one transaction.
struct OffsetsRow {
  int64_t epoch = 0;        // raised by each taker of the partition; fences all before
  int64_t generation = 0;   // ≥ 1; raised when what is emitted starts anew
  int64_t next_offset = 0;  // everything before is in the state
  // While a new generation folds again what an older one had folded: the offset up to which it is
  // muted and at which it then emits everything once. Not set when effects leave as usual.
  std::optional<int64_t> fold_back_until;
  StreamTime time;
  std::string log_id;
  int64_t code_version = 0;
  std::string commit_id;  // of the last transaction that wrote the row

  friend bool operator==(const OffsetsRow&, const OffsetsRow&) = default;
};

// Begins the commit id of a row that was taken not to fold the partition but to have its owner fold
// it do so again: "for-owner-<epoch>-…", the epoch being the owner's. Once fenced, the owner takes
// it back at once, and nobody else does: one who had lost the partition before may be refused
// first. Ids of members begin otherwise.
inline constexpr char kTakenForOwner[] = "for-owner-";
// The owner's epoch; nothing where the row was not taken for an owner.
std::optional<int64_t> OwnersEpoch(const OffsetsRow& row);

// Why what is committed cannot be read: UNAVAILABLE with this reason.
inline constexpr char kReasonFoldingBack[] = "FOLDING_BACK";
// UNAVAILABLE while a new generation has not yet come to where the old one was: what is committed
// then is of the past, or not there yet.
absl::Status CheckCaughtUp(const OffsetsRow& row, int32_t partition);

// Why a partition is not folded: FAILED_PRECONDITION with one of these reasons.
inline constexpr char kReasonLogChanged[] = "LOG_CHANGED";
inline constexpr char kReasonOffsetOutsideLog[] = "OFFSET_OUTSIDE_LOG";
inline constexpr char kReasonLogTrimmed[] = "LOG_TRIMMED";
// True for these: trying again would end the same until somebody decides. Other failures with the
// same code, such as a database that may only be read for a while, pass.
bool IsRefusal(const absl::Status& status);

// Creates the table in a service's own store, or brings it up to date.
absl::Status CreateTables(store::Store& store);

// The rows of one processor name. Holds no state and does no locking of its own.
class OffsetsTable {
 public:
  explicit OffsetsTable(std::string processor) : processor_(std::move(processor)) {}

  // Nothing where the partition was never taken. `lock` holds the row until the transaction ends.
  absl::StatusOr<std::optional<OffsetsRow>> Read(store::Store& store,
                                                 store::Transaction& transaction, int32_t partition,
                                                 bool lock) const;

  // Refuses to go on from `row`: another log, or an offset that lies outside it.
  static absl::Status CheckAgainstLog(const OffsetsRow& row, int32_t partition,
                                      absl::string_view log_id, const bus::OffsetRange& range);

  struct TakeRequest {
    int32_t partition = 0;
    std::string log_id;
    bus::OffsetRange range;
    int64_t code_version = 0;
    bool rebuild = false;    // fold again from the first offset even under the same code version
    bool for_owner = false;  // not to fold it: `commit_id` is put behind kTakenForOwner
    std::string commit_id;
  };
  // Takes the partition in a transaction of its own: raises the epoch, and the generation when the
  // code version changed or a rebuild is asked for, clearing `fold`'s rows then. The row as
  // committed. UNKNOWN when the result of the commit is not known: taking again is safe.
  absl::StatusOr<OffsetsRow> Take(store::Store& store, const TakeRequest& request,
                                  PartitionFold& fold) const;

  // Moves the row from `expected` to `next` within a checkpoint's transaction. False when the row
  // is no longer at (expected.epoch, expected.next_offset): somebody else took the partition.
  absl::StatusOr<bool> Advance(store::Transaction& transaction, int32_t partition,
                               const OffsetsRow& expected, const OffsetsRow& next) const;

 private:
  const std::string processor_;
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_OFFSETS_TABLE_H_
