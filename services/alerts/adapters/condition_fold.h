// The fold of signals into conditions, one partition (stream::PartitionFold).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_CONDITION_FOLD_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_CONDITION_FOLD_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/node_hash_map.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/base/clock.h"
#include "common/metrics/metrics.h"
#include "common/stream/fold.h"
#include "services/alerts/adapters/sql_case_rows.h"
#include "services/alerts/application/case_book.h"
#include "services/alerts/domain/import_holds.h"
#include "services/alerts/domain/subject.h"

namespace bellwether::alerts {

// Raised when what the fold computes from the same rules changes; rule changes are seen by
// themselves.
inline constexpr int64_t kConditionCodeVersion = 3;

// Condition changes not committed yet, at which the fold asks for a commit even of a past that is
// being built.
inline constexpr size_t kPendingChangesMax = 10'000;

// What every partition's fold shares; outlives them all.
struct ConditionFoldContext {
  const RuleSet* rules = nullptr;
  const CaseBook* cases = nullptr;
  const CaseRowsContext* rows = nullptr;
  const Clock* clock = nullptr;  // of the checkpoint, never of the fold
  // SubjectFold.
  absl::Duration closed_kept = absl::Hours(24);
  // How long news of a held account waits that no import brought.
  absl::Duration import_hold_max = kImportHoldMaxDefault;
  // Accounts judged as they were held no more, and runs whose lease ran out. May be null.
  metrics::Counter* import_accounts_judged = nullptr;
  metrics::Counter* import_leases_expired = nullptr;
  // From the instant of a live condition change to its being stored. May be null.
  metrics::Histogram* decision_delay_seconds = nullptr;
};

// Keeps values and conditions of every subject in memory, and the condition changes since the last
// checkpoint; the checkpoint brings rows and changes into the store in one transaction, so that a
// change becomes a case exactly once. A change asks for a commit at once (WantsCommit).
//
// The only clock of conditions is the watermarks, which come as ticks: time passes for a subject in
// its own signals, and for all of them once a watermark says that everything before it has been
// published. A record that is written late but is about earlier instants so never meets a deadline
// that it would have moved. That is why no timer is handed to the library.
//
// Going live: the first record without the backfill mark says that the past ends at its instant;
// what it lets happen before that instant still belongs to the past. With the watermark of that
// instant, or whatever comes after it, every condition that holds becomes an open alert
// (ChangeKind::kHeldAtGoLive), once for the partition.
//
// Imports: signals of a held account are taken and judged later (ImportHolds), with the record that
// ends its last run or with the watermark that has reached its due instant. An import's end stands
// for a watermark, since everything before it has been said, too.
//
// While the partition is folded again from its beginning (Clear … EmitAll) changes are dropped: the
// cases exist. At its end the conditions that hold are brought in line with them as restatements.
class ConditionFold final : public stream::PartitionFold {
 public:
  ConditionFold(int32_t partition, const ConditionFoldContext& context);

  absl::Status Load(store::Transaction& transaction, absl::Time stream_time) override;
  void Apply(const bus::Record& record, const stream::Moment& moment,
             stream::Effects& effects) override;
  void OnTick(const stream::Moment& moment, stream::Effects& effects) override;
  std::optional<stream::Timer> NextTimer() const override { return std::nullopt; }
  void Fire(const stream::Timer&, const stream::Moment&, stream::Effects&) override {}
  void EmitAll(const stream::Moment& moment, stream::Effects& effects) override;
  stream::CheckpointWrite TakeCheckpoint() override;
  absl::Status Clear(store::Transaction& transaction) override;
  bool WantsCommit() const override { return wants_commit_; }

  size_t subjects() const { return subjects_.size(); }

 private:
  struct Held {
    SubjectState state;
    absl::Time due = absl::InfiniteFuture();  // its place in timers_
    bool dirty = false;
    bool forgotten = false;  // closed long ago: goes with the next checkpoint
  };
  // By key (SubjectKey).
  using Subjects = absl::node_hash_map<std::string, Held>;

  // The subject's timer and dirt after its state has changed; takes over what happened.
  void Settle(Subjects::value_type& subject);
  void Schedule(Subjects::value_type& subject);
  // Nothing that would happen to the subject at `due` does: it is judged once its account is held
  // no more.
  bool Waits(const SubjectState& state, absl::Time due) const;
  void NoteLive(const stream::Moment& moment);
  void ApplyImportRun(const stream::Moment& moment);
  // Since when the account of the signal is held, this step included; infinite future if it is not.
  absl::Time HeldWith(const std::string& account, const events::v1::Cause& cause,
                      const stream::Moment& moment);
  // Judges what has waited: accounts in order of their ids, each with its subjects.
  void JudgeReleased(const std::vector<ImportHolds::Released>& released,
                     const stream::Moment& moment);
  // What holds as the past ends.
  void OpenHeld(const stream::Moment& moment);
  // What happens then is of the past that was built.
  bool IsPast(absl::Time time, bool marked) const { return marked || time < live_since_; }
  Step ToStep(const events::v1::SignalStep& step, const RuleScope& scope, bool backfill) const;

  const int32_t partition_;
  const ConditionFoldContext& context_;
  const SubjectFold fold_;
  ImportHolds imports_;
  int64_t judged_after_imports_ = 0;  // accounts, since the last checkpoint
  int64_t leases_counted_ = 0;        // of imports_.leases_expired()
  Subjects subjects_;
  // (due, subject) of every subject that has something to wait for; the views are keys of
  // subjects_.
  absl::btree_set<std::pair<absl::Time, absl::string_view>> timers_;
  std::vector<Subjects::value_type*> dirty_;
  std::vector<ConditionChange> changes_;
  std::optional<Restatement> restatement_;
  bool refolding_ = false;
  bool wants_commit_ = false;
  // When the past ended; infinite future while it is being built.
  absl::Time live_since_ = absl::InfiniteFuture();
  bool opened_ = false;        // OpenHeld has been done
  bool has_past_ = false;      // something may hold that was never notified
  bool live_dirty_ = false;    // the two above are to be stored
  events::v1::Signal signal_;  // reused over records
};

class ConditionFoldFactory final : public stream::FoldFactory {
 public:
  explicit ConditionFoldFactory(const ConditionFoldContext& context) : context_(context) {}
  std::unique_ptr<stream::PartitionFold> New(int32_t partition) override {
    return std::make_unique<ConditionFold>(partition, context_);
  }
  // Follows the rules: under changed conditions everything is folded again.
  int64_t code_version() const override;

 private:
  const ConditionFoldContext& context_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_CONDITION_FOLD_H_
