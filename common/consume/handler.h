// What a service does with the records of a topic.
#ifndef BELLWETHER_COMMON_CONSUME_HANDLER_H_
#define BELLWETHER_COMMON_CONSUME_HANDLER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/consume/positions.h"
#include "common/journal/envelope.h"
#include "common/store/store.h"

namespace bellwether::consume {

// One record whose envelope was readable. The views live as long as the call.
struct Received {
  int32_t partition = 0;
  int64_t offset = 0;
  const journal::Envelope& envelope;
  absl::string_view key;
  absl::string_view value;
};

// When what was taken is to be saved.
enum class Commit {
  kWhenDue,  // after the usual number of records or the usual time
  kNow,      // with the batch this record came in
};

// Whether one transaction was enough.
enum class Saved {
  kAll,
  kMore,  // Save is to be called again, in a transaction of its own
};

// The part of a consumer that a service writes. It knows of records and of its own rows, not of
// groups, offsets or retries (common/consume/topic_consumer.h does those).
//
// All calls come from the consumer's one thread. A failure of any of them, and of a commit, ends
// every partition: what was taken and not committed is forgotten here and comes again.
class Handler {
 public:
  virtual ~Handler() = default;

  // The partition is ours from `from` on: loads what Take needs to know of it. `reading` is the
  // snapshot that `from` was read in.
  virtual absl::Status Begin(store::Transaction& /*reading*/, const Position& /*from*/) {
    return absl::OkStatus();
  }
  // The partition is no longer ours; what of it was not saved is dropped. Only after Begin, also
  // one that failed.
  virtual void End(int32_t /*partition*/) {}

  // Takes one record, ticks too, in the order of offsets within a partition. INVALID_ARGUMENT sends
  // the record to the dead letters and goes on; then nothing of it may be left behind here.
  virtual absl::StatusOr<Commit> Take(const Received& record) = 0;

  // Writes what the records taken since the last commit have changed. The positions behind them
  // have moved in this transaction already.
  virtual absl::StatusOr<Saved> Save(store::Transaction& transaction, absl::Time now) = 0;
  // What Save wrote is committed.
  virtual void Committed() {}
};

}  // namespace bellwether::consume

#endif  // BELLWETHER_COMMON_CONSUME_HANDLER_H_
