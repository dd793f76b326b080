// Reads a topic in the transaction of what was read.
#ifndef BELLWETHER_COMMON_CONSUME_TOPIC_CONSUMER_H_
#define BELLWETHER_COMMON_CONSUME_TOPIC_CONSUMER_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/consume/handler.h"
#include "common/consume/positions.h"
#include "common/consume/refused_records.h"
#include "common/metrics/metrics.h"
#include "common/runtime/background_loop.h"
#include "common/store/store.h"

namespace bellwether::consume {

struct TopicConsumerOptions {
  std::string reader;   // names the group, the positions and the label of the metrics
  std::string topic;    // there when Start is called, as is the dead-letter topic
  std::string service;  // who refuses, in dead letters
  size_t records_per_poll_max = 2'000;
  absl::Duration poll_wait = absl::Milliseconds(200);
  // A commit comes after this many records or this long, and when the handler asks for it.
  size_t records_per_commit_max = 50'000;
  absl::Duration commit_interval = absl::Seconds(1);
  absl::Duration dead_letter_wait = absl::Seconds(10);
  absl::Duration lag_interval = absl::Seconds(5);
};

// All outlive the consumer, as does the handler.
struct TopicConsumerPorts {
  store::Store& store;
  bus::Bus& bus;
  const Clock& clock;
  metrics::Registry& metrics;
};

// A member of the reader's group. Positions and what the handler saves are committed together, so a
// record counts once however often it is delivered; a process that has lost a partition cannot
// commit for it any more. Offsets committed to the bus are for other tools to look at.
//
// After any failure all that is not committed is dropped, the group is left, and reading begins
// again at the positions, with backoff. Of a log that was replaced, or no longer holds what comes
// next, nothing is read (positions.h); Ready names the reason. A record that cannot be read or that
// the handler refuses goes to the dead letters and stops nothing.
//
// One thread of its own between Start and Stop.
class TopicConsumer final : private bus::RebalanceListener {
 public:
  TopicConsumer(const TopicConsumerPorts& ports, TopicConsumerOptions options, Handler& handler);
  ~TopicConsumer() override;

  void Start() { loop_.Start(); }
  // Commits what was taken and leaves the group. Idempotent.
  void Stop();
  // OK while the last step went well and the group has said what is ours.
  absl::Status Ready() const;

  // One poll and what follows from it; how long to wait before the next. What the thread runs; for
  // tests also without it.
  absl::StatusOr<absl::Duration> Step();

 private:
  struct Assigned {
    Position position;
    std::optional<int64_t> committed;  // none while the partition has no row
    bool moved() const { return committed != position.next_offset; }
  };

  // bus::RebalanceListener
  absl::StatusOr<int64_t> OnAssigned(int32_t partition) override;
  void OnRevoked(int32_t partition) override;
  void OnLost(int32_t partition) override { Drop(partition); }

  absl::Status Connect();
  absl::Status Read();
  absl::Status Take(const bus::Record& record);
  absl::StatusOr<Commit> Handle(const bus::Record& record, Position& position);
  bool CommitIsDue(absl::Time now) const;
  absl::Status CommitAll(absl::Time now);
  absl::StatusOr<Saved> CommitOnce(absl::Time now);
  void MeasureLag(absl::Time now);
  void Drop(int32_t partition);
  void DropAll();
  void Reset();

  const TopicConsumerPorts ports_;
  const TopicConsumerOptions options_;
  const Positions positions_;
  Handler& handler_;
  metrics::Counter& taken_;
  metrics::Counter& refused_;
  metrics::Gauge& lag_;
  std::atomic<bool> joined_ = false;

  // Of the loop's thread.
  RefusedRecords letters_;
  std::unique_ptr<bus::Consumer> consumer_;
  bus::TopicDescription topic_;
  std::map<int32_t, Assigned> assigned_;
  size_t pending_ = 0;  // records taken since the last commit
  bool commit_now_ = false;
  absl::Status revoke_failure_;  // of a commit inside a rebalance
  absl::Time committed_at_ = absl::InfinitePast();
  absl::Time lag_at_ = absl::InfinitePast();

  runtime::BackgroundLoop loop_;  // last: its thread uses the rest
};

}  // namespace bellwether::consume

#endif  // BELLWETHER_COMMON_CONSUME_TOPIC_CONSUMER_H_
