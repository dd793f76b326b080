// The open door on the bus: facts that others write to bellwether.facts.v1 (X1).
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACTS_TOPIC_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACTS_TOPIC_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/metrics/metrics.h"
#include "services/gateway/application/fact_validation.h"
#include "services/gateway/application/facts_passage.h"
#include "services/gateway/application/journal_state.h"

namespace bellwether::gateway {

// How far the facts topic has been taken, for all gateways of a deployment.
//
// No epochs, as the folds' offsets have: that every record before an offset is answered for remains
// true whichever process says it, so a place only ever moves forward, and a process that still
// commits for a partition it has lost says nothing wrong.
class FactsOffsets {
 public:
  struct Place {
    std::string log_id;
    int64_t next_offset = 0;
  };

  virtual ~FactsOffsets() = default;
  // Nothing where the partition was never taken.
  virtual absl::StatusOr<std::optional<Place>> Load(int32_t partition) = 0;
  // In the same log only forward: the partition's last owner may still be answering for it.
  virtual absl::Status Begin(int32_t partition, const Place& place) = 0;
  // Replaces the place, also by an earlier one: everything from there is taken again.
  virtual absl::Status BeginAgain(int32_t partition, const Place& place) = 0;
  // By partition; no place moves back, nor one in another log.
  virtual absl::Status Advance(absl::string_view log_id,
                               const std::map<int32_t, int64_t>& next_offsets) = 0;
};

// A member of the group that takes facts off the topic. Every record is answered for as an event of
// a call is, in the journal or among the dead letters, at least once: the place is stored behind
// it, and what came twice the fold counts once. The offsets that are committed to the bus are for
// other tools to look at; the port does not read them back.
//
// Records wait in the topic while a past is being built, and while the journal does not keep up.
// The first one makes an empty journal live, as a call does.
//
// After any failure of the bus everything is dropped and begun again at the stored places; while
// only the store is away, nothing new is taken, but it stays in the group. One thread.
class FactsTopic final : private bus::RebalanceListener {
 public:
  static constexpr char kGroup[] = "gateway-facts";
  static constexpr size_t kRecordsPerPollMax = 1'000;
  static constexpr absl::Duration kPollWait = absl::Milliseconds(200);
  // Between two looks for room in a journal that does not keep up, or for a store that is away.
  static constexpr absl::Duration kRoomWait = absl::Milliseconds(10);
  static constexpr absl::Duration kCommitInterval = absl::Seconds(1);
  static constexpr absl::Duration kLagInterval = absl::Seconds(5);
  // How long a partition that is taken from us may keep the others waiting for the last answers.
  static constexpr absl::Duration kRevokeWait = absl::Seconds(5);

  // All outlive it; clock and metrics the bus, too, which may answer for records long after a
  // failure, or after Close has waited in vain.
  struct Ports {
    bus::Bus& bus;
    const FactValidator& validator;
    JournalState& state;
    FactsOffsets& offsets;
    const Clock& clock;
    metrics::Registry& metrics;
    // Learns of what was accepted; null: nobody does. Shared with records in flight.
    std::shared_ptr<FeedTally> feeds = nullptr;
  };

  explicit FactsTopic(const Ports& ports);
  // Without Close it is as if the process had been killed.
  ~FactsTopic() override = default;

  // Takes what there is; how long to wait before the next step.
  absl::StatusOr<absl::Duration> Step();
  // Leaves the group after the last answers, if they come within kRevokeWait, and a last commit.
  void Close();

 private:
  struct Assigned {
    std::shared_ptr<PartitionAnswers> answers;
    int64_t committed = 0;
    bool paused = false;
  };

  // bus::RebalanceListener
  absl::StatusOr<int64_t> OnAssigned(int32_t partition) override;
  void OnRevoked(int32_t partition) override;
  void OnLost(int32_t partition) override;

  absl::Status Connect();
  // Looks at the phase and commits what is due; fails while the store is away.
  absl::Status AskStore(absl::Time now);
  absl::Status Read();
  // What it brings, in spite of a pause too, goes to the end of `waiting_`.
  absl::Status Poll(bool pause, absl::Duration max_wait);
  // Remains a member without reading on: the others' rebalance waits for every member's poll.
  absl::Status Wait() { return Poll(/*pause=*/true, kRoomWait); }
  // Takes from `waiting_` until there is no room, or a past is being built.
  absl::Status TakeWaiting();
  absl::Status Commit(absl::Time now);
  void MeasureLag(absl::Time now);
  // Forgets the partition; what of it still waits is not ours any more.
  void Drop(int32_t partition);

  const Ports ports_;
  metrics::Counter& accepted_;
  metrics::Counter& refused_;
  metrics::Counter& passed_over_;
  metrics::Gauge& lag_;

  std::unique_ptr<FactsPassage> passage_;    // null while not connected
  std::unique_ptr<bus::Consumer> consumer_;  // and this
  bus::TopicDescription topic_;
  std::map<int32_t, Assigned> assigned_;
  std::deque<bus::RecordBatch> waiting_;  // read, in order, for want of room not taken yet
  size_t next_ = 0;                       // in the first of `waiting_`
  absl::Time committed_at_ = absl::InfinitePast();
  absl::Time lag_at_ = absl::InfinitePast();
  absl::Time revoke_by_ = absl::InfinitePast();  // of the rebalance that is under way
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACTS_TOPIC_H_
