// How far a reader has read a topic, in the tables of the reading service.
#ifndef BELLWETHER_COMMON_CONSUME_POSITIONS_H_
#define BELLWETHER_COMMON_CONSUME_POSITIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "common/store/store.h"

namespace bellwether::consume {

// Makes the table in a service's own store, or brings it up to date.
absl::Status CreateTables(store::Store& store);

// One partition's. `next_offset` and the effects of every record before it are committed together.
struct Position {
  int32_t partition = 0;
  std::string log_id;
  int64_t next_offset = 0;
  // Times of the first and of the latest tick before `next_offset`; the latter only rises.
  std::optional<absl::Time> first_tick;
  std::optional<absl::Time> watermark;

  friend bool operator==(const Position&, const Position&) = default;
};

// Notes a tick that has been read.
void NoteTick(absl::Time time, Position& position);

// FAILED_PRECONDITION with one of these reasons: reading on would skip or repeat records, so nobody
// does until somebody decides.
inline constexpr char kReasonLogReplaced[] = "TOPIC_REPLACED";
inline constexpr char kReasonOutsideLog[] = "POSITION_OUTSIDE_LOG";
absl::Status CheckAgainstLog(const Position& position, absl::string_view topic,
                             absl::string_view log_id, const bus::OffsetRange& range);

// The rows of one reader. Holds no state; thread-safe.
class Positions {
 public:
  explicit Positions(std::string reader) : reader_(std::move(reader)) {}

  // Of every partition that was ever read, by partition.
  absl::StatusOr<std::vector<Position>> All(store::Transaction& transaction) const;
  absl::StatusOr<std::optional<Position>> Of(store::Transaction& transaction,
                                             int32_t partition) const;

  // Moves a position on from `read_from` (none: the partition has no row yet). ABORTED /
  // POSITION_MOVED when it is no longer there: another process has read the partition meanwhile.
  absl::Status Move(store::Transaction& transaction, const Position& position,
                    std::optional<int64_t> read_from) const;

 private:
  const std::string reader_;
};

}  // namespace bellwether::consume

#endif  // BELLWETHER_COMMON_CONSUME_POSITIONS_H_
