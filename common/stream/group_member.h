// A member of the consumer group: loads the partitions it is assigned and drives their folds.
#ifndef BELLWETHER_COMMON_STREAM_GROUP_MEMBER_H_
#define BELLWETHER_COMMON_STREAM_GROUP_MEMBER_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "common/stream/bell.h"
#include "common/stream/committer.h"
#include "common/stream/counters.h"
#include "common/stream/log_ends.h"
#include "common/stream/offsets_table.h"
#include "common/stream/options.h"
#include "common/stream/partition_runner.h"
#include "common/stream/status.h"

namespace bellwether::stream {

// Whatever goes wrong with a partition (a failed delivery, a lost commit, another member's epoch),
// its fold is dropped and loaded again; nothing is repaired in place. A partition whose log is not
// the one its state was folded from is refused and stays so; the others go on.
//
// One thread, except for the committer and the log's ends, which may have their own. Destroying it
// without Close leaves everything since the last commit to be folded again.
class GroupMember final : private bus::RebalanceListener {
 public:
  // `id` is unique among all members that ever were.
  GroupMember(ProcessorOptions options, Ports ports, std::string id);
  ~GroupMember() override;

  // Joins the group. FAILED_PRECONDITION when the offsets table names another log or offsets
  // outside it; retryable while the bus or the store is away.
  absl::Status Open();
  bool open() const { return consumer_ != nullptr; }
  // The group has assigned it its partitions, be it none.
  bool joined() const { return consumer_ != nullptr && consumer_->Joined(); }
  // Applies what one poll brings and takes the checkpoints that are due. The poll's error if it
  // failed; everything else is dealt with and seen in Describe.
  absl::Status RunOnce(absl::Duration max_wait);
  // Takes no partition any more until Close: what others leave is not for a member that leaves,
  // too. Thread-safe.
  void AboutToClose() { about_to_close_.store(true); }
  // Commits what can be committed within `revoke_timeout` and leaves the group.
  void Close();

  // NOT_FOUND when the partition is not assigned, UNAVAILABLE when its fold is not loaded or in the
  // middle of a record.
  absl::Status Inspect(int32_t partition, absl::AnyInvocable<void(const PartitionFold&)>& look);
  // Folds the partition again from its first record under a new generation.
  absl::Status Rebuild(int32_t partition);

  std::vector<PartitionStatus> Describe() const;
  const Counters& counters() const { return counters_; }
  Committer& committer() { return committer_; }
  // Whose status is an error while the bus is away.
  LogEnds& ends() { return ends_; }

 private:
  // An assigned partition.
  struct Slot {
    explicit Slot(int32_t number) : partition(number) {}

    const int32_t partition;
    std::unique_ptr<PartitionRunner> runner;  // null while it is not loaded
    PartitionState state = PartitionState::kLoading;
    absl::Status reason;
    absl::Time retry_at = absl::InfinitePast();
    absl::Duration retry_delay = kReloadDelayMin;
    bool rebuild = false;      // the next loading starts a new generation
    bool reposition = false;   // the consumer stands elsewhere: nothing it brings may be applied
    bool not_reading = false;  // paused at the consumer
    bool report_committed = false;  // to the consumer
    int commits_in_flight = 0;
    absl::Time checkpoint_taken_at;              // or loaded
    absl::Time committed_at;                     // or loaded
    int64_t end_when_loaded = 0;                 // of the log
    absl::Time shown_at = absl::InfinitePast();  // in the cache
    bool caught_up = false;
  };

  // bus::RebalanceListener
  absl::StatusOr<int64_t> OnAssigned(int32_t partition) override;
  void OnRevoked(int32_t partition) override;
  void OnLost(int32_t partition) override;

  // Takes the partition and loads its fold; sets the slot's state either way.
  absl::Status Load(Slot& slot);
  absl::Status TakeAndLoad(Slot& slot);
  void RetryLoads(absl::Time now);
  // Lets go of the fold; `why` is a bounded label.
  void Drop(Slot& slot, absl::string_view why, absl::Status reason);
  void DropAndReload(Slot& slot, absl::string_view why, absl::Status reason);

  void TakeCommitOutcomes();
  // Makes the consumer read what can be applied, from where it is to go on.
  void DirectReading();
  void ApplyBatch(const bus::RecordBatch& batch);
  void AfterRun(Slot& slot, PartitionRunner::Progress progress);
  // `records_wait`: the last poll left some.
  void KeepCachesUp(absl::Time now, bool records_wait);
  bool CheckpointDue(const Slot& slot, absl::Time now) const;
  void TakeCheckpoint(Slot& slot);
  bool Busy() const;
  // Records of the log, as far as known, that are not applied yet; none while that is not known.
  std::optional<int64_t> LagOf(const Slot& slot) const;
  // Over all its partitions.
  bool FarBehind() const;

  const ProcessorOptions options_;
  const Ports ports_;
  const std::string id_;
  const OffsetsTable offsets_;
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  int64_t takes_ = 0;
  RunnerSettings settings_;
  Counters counters_;
  absl::Time show_at_ = absl::InfinitePast();  // in the cache, while records wait
  // Until when partitions revoked in one poll may wait for their last commits, all together.
  std::optional<absl::Time> revoke_by_;

  std::atomic<bool> about_to_close_ = false;

  Committer committer_;
  LogEnds ends_;
  std::map<int32_t, Slot> slots_;            // assigned partitions
  std::unique_ptr<bus::Consumer> consumer_;  // null before Open and after Close
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_GROUP_MEMBER_H_
