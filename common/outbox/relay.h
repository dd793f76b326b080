// The relay: sole publisher of a service's outbox.
#ifndef BELLWETHER_COMMON_OUTBOX_RELAY_H_
#define BELLWETHER_COMMON_OUTBOX_RELAY_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/lease/lease.h"
#include "common/metrics/metrics.h"
#include "common/outbox/deliveries.h"
#include "common/outbox/outbox.h"
#include "common/outbox/stamp.h"
#include "common/runtime/background_loop.h"
#include "common/store/store.h"

namespace bellwether::outbox {

struct RelayOptions {
  std::string service;  // label of the metrics
  std::string owner;    // of the lease: fresh for each process
  size_t batch_rows_max = 1'024;
  // How long rows may lie when no Wake came: those of other replicas and of a crash.
  absl::Duration poll_interval = absl::Milliseconds(100);
  absl::Duration delivery_wait_max = absl::Seconds(10);
  absl::Duration retry_wait_min = absl::Milliseconds(50);
  absl::Duration retry_wait_max = absl::Seconds(10);
  absl::Duration lease_duration = absl::Seconds(15);
  // Sent rows are kept this long, for people who look.
  absl::Duration retention = absl::Hours(24 * 7);
  absl::Duration upkeep_interval = absl::Minutes(1);
  int64_t prune_rows_max = 10'000;  // of one upkeep
  // More upkeep of the service's tables, run with the pruning, in its transaction.
  std::function<absl::Status(store::Transaction&, absl::Time now)> upkeep;
};

// Publishes unsent rows in order per subject: a row leaves only after the bus has acknowledged the
// subject's row before it. A row that the bus has not answered for is not given to it again: while
// a broker is away one copy waits for it. Rows are marked sent after the acknowledgement, so a
// crash between the two sends a row again, with the same `entity_version`. Failures are retried
// without end, with backoff.
//
// Only the holder of the lease publishes; a second relay waits. One that has lost the lease can no
// longer mark rows, but what it has given to the bus may still be written, behind newer rows of the
// same subject: readers pass over what is not newer than what they have.
//
// One thread of its own between Start and Stop. Outlived by store, bus, clock and registry.
class Relay {
 public:
  Relay(store::Store& store, bus::Bus& bus, const Clock& clock, metrics::Registry& registry,
        std::unique_ptr<StampPolicy> stamp, RelayOptions options);
  ~Relay();

  void Start() { loop_.Start(); }
  // Finishes the round under way, gives the lease back.
  void Stop();
  // Rows have been committed: send them now. Thread-safe.
  void Wake() { loop_.Wake(); }
  // OK while the last round went well.
  absl::Status Ready() const { return loop_.last_status(); }

  struct Round {
    bool leading = false;  // held the lease
    size_t sent = 0;
    size_t failed = 0;  // left for the next round, with the rows of the same subjects behind them
    bool more = false;  // the batch was full
  };
  // One batch. What the thread runs; for tests also without it.
  absl::StatusOr<Round> RunRound();

 private:
  // How long to wait before the next round.
  absl::StatusOr<absl::Duration> Step();
  absl::Status Upkeep(absl::Time now);
  absl::StatusOr<int32_t> PartitionFor(const OutboxRow& row);
  bus::Message Stamped(OutboxRow& row, absl::Time now) const;
  // The positions acknowledged, ascending.
  absl::StatusOr<std::vector<int64_t>> Publish(std::vector<UnsentRow>& rows);

  store::Store& store_;
  bus::Bus& bus_;
  const Clock& clock_;
  const std::unique_ptr<StampPolicy> stamp_;
  const RelayOptions options_;
  lease::Lease lease_;
  metrics::Counter& sent_;
  metrics::Counter& failed_;
  metrics::Gauge& oldest_unsent_seconds_;

  // Of the relay's thread.
  std::unique_ptr<bus::Producer> producer_;
  Deliveries deliveries_;  // by position
  absl::flat_hash_map<std::string, int32_t> partitions_by_topic_;
  absl::Time next_upkeep_ = absl::InfinitePast();

  runtime::BackgroundLoop loop_;  // last: its thread uses the rest
};

}  // namespace bellwether::outbox

#endif  // BELLWETHER_COMMON_OUTBOX_RELAY_H_
