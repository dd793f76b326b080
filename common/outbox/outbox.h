// The outbox: rows that leave for the bus because the transaction that wrote them committed.
#ifndef BELLWETHER_COMMON_OUTBOX_OUTBOX_H_
#define BELLWETHER_COMMON_OUTBOX_OUTBOX_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/bus/bus.h"
#include "common/store/store.h"

namespace bellwether::outbox {

// Makes the tables of the outbox and of the lease its relay holds; once per store, at start.
absl::Status CreateTables(store::Store& store);

struct OutboxRow {
  // Rows of one subject leave in the order they were appended: "opportunities/7".
  std::string subject;
  // Of the subject after the change; receivers ignore what is not newer.
  int64_t entity_version = 0;
  std::string topic;
  // The partition of the message's key unless given.
  std::optional<int32_t> partition;
  // Without `recorded_at` and `backfill`: those are the relay's to stamp.
  bus::Message message;
  // When the change happened, for journals that are not live yet (StampPolicy).
  absl::Time change_time;
};

// Writes rows in the caller's transaction, after whose commit Relay::Wake makes them leave at once.
// INVALID_ARGUMENT / MESSAGE_TOO_LARGE for what the bus would never take: such a row would stop its
// subject forever.
absl::Status Append(store::Transaction& transaction, absl::Span<const OutboxRow> rows,
                    absl::Time now);

struct UnsentRow {
  int64_t position = 0;
  absl::Time appended;
  OutboxRow row;
};

// The first unsent rows, in order of position.
absl::StatusOr<std::vector<UnsentRow>> ReadUnsent(store::Transaction& transaction, size_t rows_max);
// `positions` ascending, all among those read in one ReadUnsent.
absl::Status MarkSent(store::Transaction& transaction, absl::Span<const int64_t> positions,
                      absl::Time now);
struct Backlog {
  int64_t rows = 0;
  std::optional<absl::Time> oldest;  // when it was appended
};
// The rows that have not left.
absl::StatusOr<Backlog> BacklogOf(store::Transaction& transaction);
// Deletes rows sent before `before`, at most `rows_max` of them; the number deleted.
absl::StatusOr<int64_t> PruneSent(store::Transaction& transaction, absl::Time before,
                                  int64_t rows_max);

}  // namespace bellwether::outbox

#endif  // BELLWETHER_COMMON_OUTBOX_OUTBOX_H_
